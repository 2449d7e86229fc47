"""Reported speech: a cue, the frame it stands in, and the clause or phrase that it reports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from detente.analysis.lexicon.cues import Cues, Frames
from detente.analysis.statements.speakers import speaker_of_verb
from detente.analysis.statements.trees import Tree


@dataclass(frozen=True)
class Report:
    """A cue at word `cue`, and the stretches of words (first, last) that it may report, by the name of its frame."""

    cue: int
    frame: str
    parts: tuple[tuple[int, int], ...]
    speaker: int | None


_SKIP = ("PUNCT", "SPACE")


def find_reports(tree: Tree, cues: Cues) -> Iterator[Report]:
    """Every frame of every cue that the lexicon knows, outside quotation marks."""
    inherited: dict[int, int | None] = {}
    for i, lemma in enumerate(tree.lemmas):
        if tree.quoted[i] >= 0:
            continue
        if tree.words[i] == "according":
            yield from _according(tree, i)
        elif tree.pos[i] in ("VERB", "AUX") and tree.deps[i] not in ("amod", "compound") and (frames := cues.of_verb(lemma)):
            yield from _verb(tree, cues, i, frames, inherited)
        elif tree.pos[i] in ("NOUN", "PROPN") and (frames := cues.of_noun(lemma)):
            yield from _noun(tree, i, frames)


def _verb(tree: Tree, cues: Cues, i: int, frames: Frames, inherited: dict[int, int | None]) -> Iterator[Report]:
    speaker = inherited[i] if i in inherited else speaker_of_verb(tree, i)
    if tree.words[i] == "said" and i and tree.words[i - 1] == "that" and i - 1 == tree.sentence[i]:
        return
    aside = _aside(tree, i, speaker)
    right = _clause(tree, i)
    if right and speaker is not None and right[0] <= speaker <= right[1]:
        right = None
    if aside and not (right and _is_close(tree, i, right[0])):
        if "aside" in frames:
            yield Report(i, "aside", aside, speaker)
        return
    for frame, first, last in _complements(tree, i, right):
        if frame in frames:
            if frame in ("object", "name") and speaker is None:
                return
            last = _over_coordination(tree, cues, i, frame, last)
            last, cut = _before_next_cue(tree, cues, i, first, last)
            if cut is not None:
                inherited[cut] = speaker
            yield Report(i, frame, ((first, last),), speaker)
            return


def _is_close(tree: Tree, i: int, clause: int) -> bool:
    """Whether a clause follows its verb without a comma, so that the verb is no aside."""
    if tree.words[clause] == "that":
        return True
    return clause - i < 12 and not any(tree.words[k] in _BREAKS for k in range(i + 1, clause))


def _over_coordination(tree: Tree, cues: Cues, i: int, frame: str, last: int) -> int:
    """Take in a clause that the parser hung on the cue though it goes on with what was said: “said X, but Y will not”."""
    if frame != "that":
        return last
    end = tree.sentence_end[i]
    for kid in tree.kids[i]:
        if kid > last and tree.deps[kid] == "conj" and tree.pos[kid] in ("VERB", "AUX") and not cues.of_verb(tree.lemmas[kid]):
            subject = tree.kid(kid, "nsubj", "nsubjpass", "expl")
            if subject is not None and last < subject < kid:
                last = min(tree.right[kid], end - 1)
    if last + 1 < end and tree.words[last + 1] == ":" and tree.quoted[last + 1] < 0:
        tail = min(end - 1, last + 120)
        if tree.quoted[min(last + 2, tail)] < 0:
            last = tail
    return last


def _before_next_cue(tree: Tree, cues: Cues, i: int, first: int, last: int) -> tuple[int, int | None]:
    """Where the reported words end if the speaker goes on with another cue: “said X, adding that Y”, “said X and warned Y”."""
    for j in range(first + 2, min(last, first + 120)):
        if tree.words[j] == "according" and tree.words[j - 1] == ",":
            return j - 2, None
        if tree.quoted[j] >= 0 or tree.pos[j] != "VERB" or not (frames := cues.of_verb(tree.lemmas[j])):
            continue
        k = j - 1
        while k > first and tree.pos[k] in ("ADV", "AUX"):
            k -= 1
        if tree.tags[j] == "VBG" and _ends_clause(tree, k) and "aside" in frames:
            return k - 1, j
        if tree.tags[j] == tree.tags[i] == "VBD" and tree.words[k] in ("and", "but") and "aside" in frames and tree.kid(j, "nsubj") is None:
            return k - 1, j
    return last, None


def _ends_clause(tree: Tree, k: int) -> bool:
    """Whether a comma stands at word `k`, or a comma within the quotation that ends there."""
    if tree.words[k] == ",":
        return True
    return tree.quoted[k] >= 0 and tree.words[k - 1] == ","


def _clause(tree: Tree, i: int) -> tuple[int, int] | None:
    """The clause to the right of a verb that tells what was said."""
    for kid in tree.kids[i]:
        if kid > i and tree.deps[kid] == "ccomp":
            first = max(tree.left[kid], i + 1)
            if tree.paragraph_at[first] == tree.paragraph_at[i]:
                return first, tree.right[kid]
    return None


def _complements(tree: Tree, i: int, clause: tuple[int, int] | None) -> Iterator[tuple[str, int, int]]:
    if clause:
        yield "that", *clause
    kids = [kid for kid in tree.kids[i] if kid > i]
    infinitive = next((k for k in kids if tree.deps[k] in ("xcomp", "advcl") and _is_infinitive(tree, k)), None)
    thing = next((k for k in kids if tree.deps[k] == "dobj"), None)
    if infinitive is not None:
        first = tree.left[thing] if thing is not None and thing < infinitive else tree.left[infinitive]
        yield "to", first, tree.right[infinitive]
    for kid in kids:
        if tree.deps[kid] in ("oprd",):
            first = tree.left[thing] if thing is not None and thing < kid else tree.left[kid]
            yield "name", first, tree.right[kid]
        if tree.deps[kid] == "prep" and tree.words[kid] == "as":
            first = tree.left[thing] if thing is not None and thing < kid else tree.left[kid]
            yield "as", first, tree.right[kid]
    for kid in kids:
        if tree.deps[kid] == "prep" and tree.right[kid] > kid:
            yield "prep:" + tree.words[kid], kid + 1, tree.right[kid]
    if thing is not None:
        yield "object", tree.left[thing], tree.right[thing]


def _is_infinitive(tree: Tree, verb: int) -> bool:
    return tree.tags[verb] == "VB" and any(tree.tags[k] == "TO" for k in tree.kids[verb] if k < verb)


_BREAKS = frozenset([",", "--", "—", "–", "-", "(", "\"", "”", "''", "’", "?", "!", ")", ";", ":"])


def _goes_on(tree: Tree, i: int, comma: int, first: int, last: int) -> bool:
    """Whether what follows “…, he said,” goes on with what was said, rather than telling how or where it was said."""
    if tree.quoted[first] >= 0:
        return False
    bare = comma == i + 1 and tree.tags[first] not in ("VBG", "WDT", "WP")
    return bare or _has_clause(tree, first, last) or tree.tags[first] not in _ADJUNCTS


#: What follows “…, he said,” and begins so tells of the saying, where it has no finite verb: “in an interview”, “citing costs”.
_ADJUNCTS = frozenset(("IN", "VBG", "VBN", "TO", "WDT", "WP", "WRB", "RB"))


def _aside(tree: Tree, i: int, speaker: int | None) -> tuple[tuple[int, int], ...]:
    """What stands around “…, he said, …” or “…, said Name.”: nothing where the cue is no aside."""
    if speaker is None or not tree.sentence[i] <= speaker < tree.sentence_end[i]:
        return ()
    if tree.heads[speaker] != i and (tree.tags[i] in ("VBG", "VB", "VBN") or tree.pos[speaker] not in ("PROPN", "PRON") or abs(speaker - i) > 2):
        return ()
    if tree.tags[speaker] in ("WP", "WDT") or tree.words[speaker] == "that" or tree.kid(i, "xcomp") is not None:
        return ()
    core = _core_left(tree, i, speaker)
    first, end = tree.sentence[i], tree.sentence_end[i]
    begin = first
    while begin < core and (tree.pos[begin] in _SKIP and tree.quoted[begin] < 0):
        begin += 1
    begin = _after_colon(tree, begin, core)
    if core <= begin or tree.words[core - 1] not in _BREAKS:
        return ()
    before = core - 1
    while before > begin and tree.pos[before] in _SKIP and tree.quoted[before] < 0:
        before -= 1
    if before - begin < 1 and tree.pos[begin] in ("CCONJ", "ADV", "SCONJ"):
        before = begin - 1
    parts = [(begin, before)] if before >= begin else []
    after = _core_right(tree, i, speaker, end)
    if after < end and tree.words[after] in _BREAKS:
        begin2 = after + 1
        last = end - 1
        while last > begin2 and tree.pos[last] in _SKIP:
            last -= 1
        if last > begin2 and _goes_on(tree, i, after, begin2, last) and (not parts or tree.quoted[before] < 0):
            parts.append((begin2, last))
    elif after < end - 1:
        return ()
    if before >= begin and tree.quoted[before] < 0 and not _has_clause(tree, begin, before):
        if len(parts) < 2 or tree.words[after] != "," or tree.kid(i, "dobj") is not None or not _has_clause(tree, *parts[1]):
            return ()
    return tuple(parts)


def _after_colon(tree: Tree, begin: int, core: int) -> int:
    """Where the words begin that a short heading with a colon introduces: “The upshot: prices, he said, will rise”."""
    for i in range(begin, min(begin + 6, core)):
        if tree.words[i] == ":" and tree.quoted[i] < 0 and i + 1 < core:
            return i + 1
    return begin


def _has_clause(tree: Tree, first: int, last: int) -> bool:
    """Whether a stretch holds a finite verb of a main clause."""
    if tree.deps[first] == "mark" or tree.tags[first] == "WRB":
        first = next((i for i in range(first, last) if tree.words[i] == ","), last)
    return any(
        tree.tags[i] in ("VBD", "VBZ", "VBP", "MD") and tree.deps[i] not in ("relcl",) and tree.deps[tree.heads[i]] != "relcl"
        for i in range(first, last + 1)
    )


def _core_left(tree: Tree, i: int, speaker: int) -> int:
    """Where “he said” begins: its subject, or in “said he” its verb with the auxiliaries."""
    left = i
    for kid in tree.kids[i]:
        if kid < i and tree.deps[kid] in ("aux", "auxpass", "neg", "nsubj", "nsubjpass", "advmod") and tree.words[kid] not in _BREAKS:
            if tree.deps[kid] == "advmod" and kid < i - 3:
                continue
            left = min(left, tree.left[kid])
    return left


def _core_right(tree: Tree, i: int, speaker: int, end: int) -> int:
    """The first word after “he said” with its adverbials, which a comma, a dash or the end of the sentence may follow."""
    at = i + 1
    if speaker > i:
        at = max(at, tree.right[speaker] + 1)
    while at < end and tree.words[at] not in _BREAKS and tree.words[at] not in (".",):
        at += 1
    while at < end and tree.words[at] == ".":
        at += 1
    return min(at, end)


def _noun(tree: Tree, i: int, frames: Frames) -> Iterator[Report]:
    owner = tree.kid(i, "poss")
    for kid in tree.kids[i]:
        if kid > i and tree.deps[kid] in ("acl", "ccomp", "relcl") and tree.words[tree.left[kid]] == "that" and tree.tags[tree.left[kid]] == "IN":
            frame = "that"
        elif kid > i and tree.deps[kid] == "acl" and _is_infinitive(tree, kid):
            frame = "to"
        else:
            continue
        if frame in frames:
            yield Report(i, frame, ((tree.left[kid], tree.right[kid]),), owner)
            return


def _according(tree: Tree, i: int) -> Iterator[Report]:
    """“…, according to X” and “According to X, …”."""
    to = next((k for k in range(i + 1, min(i + 2, len(tree.words))) if tree.words[k] == "to"), None)
    if to is None:
        return
    who = tree.kid(to, "pobj")
    if who is None:
        who = tree.kid(i, "pobj")
    if who is None:
        return
    first, end = tree.sentence[i], tree.sentence_end[i]
    stop = min(tree.right[who], end - 1)
    lead = i
    while lead > first and (tree.pos[lead - 1] in ("SPACE", "ADV", "CCONJ")):
        lead -= 1
    parts = []
    if lead <= first:
        begin = stop + 1
        while begin < end and tree.words[begin] not in (",", ":"):
            begin += 1
        last = end - 1
        while last > begin and tree.pos[last] in _SKIP:
            last -= 1
        if last > begin + 1:
            parts.append((begin + 1, last))
    else:
        last = i - 1
        while last > first and tree.pos[last] in _SKIP and tree.quoted[last] < 0:
            last -= 1
        parts.append((first, last))
        if tree.words[i - 1] == "," and stop + 1 < end and tree.words[stop + 1] == ",":
            tail = end - 1
            while tail > stop and tree.pos[tail] in _SKIP:
                tail -= 1
            if tail > stop + 3:
                parts.append((stop + 2, tail))
    if parts:
        yield Report(i, "according", tuple(parts), who)
