"""Cues that stand inside or behind what they report: “…, he said, …”, “…, said Ito”, “…, according to Ito”."""

from __future__ import annotations

from detente.analysis.statements.clauses import BREAKS
from detente.analysis.statements.trees import Tree

Parts = tuple[tuple[int, int], ...]

_SKIP = ("PUNCT", "SPACE")
_FINITE = ("VBD", "VBZ", "VBP", "MD")
#: What follows “…, he said,” and begins so tells of the saying, where it has no finite verb: “in an interview”, “citing costs”.
_ADJUNCTS = frozenset(("IN", "VBG", "VBN", "TO", "WDT", "WP", "WRB", "RB"))
#: A heading before a colon, as in “The upshot: prices, he said, will rise”, is this short.
_MAX_HEADING = 6
#: Between “as Ito told” and its comma stands at most whom, and when.
_MAX_HEARER = 8


def words_around(tree: Tree, verb: int, speaker: int | None) -> Parts:
    """The stretches before and after “he said” or “said Ito”; none where the verb is no aside."""
    if speaker is None or not _can_be_aside(tree, verb, speaker):
        return ()
    first, end = tree.bounds(verb)
    core = _core_start(tree, verb)
    begin = _begin(tree, first, core)
    if core <= begin or tree.words[core - 1] not in BREAKS:
        return ()
    before = _last_word(tree, begin, core - 1)
    if before - begin < 1 and tree.pos[begin] in ("CCONJ", "ADV", "SCONJ"):
        before = begin - 1
    after = _core_end(tree, verb, speaker, end)
    if after < end - 1 and tree.words[after] not in BREAKS:
        return ()
    left = ((begin, before),) if before >= begin else ()
    right = _part_after(tree, verb, after, end) if not left or tree.quoted[before] < 0 else ()
    if left and tree.quoted[before] < 0 and not _has_clause(tree, begin, before) and not _makes_clause(tree, verb, after, right):
        return ()
    return left + right


def words_behind(tree: Tree, verb: int, speaker: int | None) -> Parts:
    """What follows a fronted “As Ito told the Tribune, …”."""
    first, end = tree.bounds(verb)
    if speaker is None or tree.words[first] != "as" or not first < speaker < verb or tree.tags[verb] not in _FINITE:
        return ()
    comma = next((i for i in range(verb + 1, min(verb + _MAX_HEARER, end)) if tree.words[i] in BREAKS), end)
    if comma >= end or tree.words[comma] != "," or tree.quoted[comma] >= 0:
        return ()
    last = _last_word_before(tree, comma + 1, end)
    return ((comma + 1, last),) if last > comma + 1 and tree.quoted[comma + 1] < 0 and _has_clause(tree, comma + 1, last) else ()


def _can_be_aside(tree: Tree, verb: int, speaker: int) -> bool:
    if not tree.sentence[verb] <= speaker < tree.sentence_end[verb]:
        return False
    if tree.tags[speaker] in ("WP", "WDT") or tree.words[speaker] == "that" or tree.kid(verb, "xcomp") is not None:
        return False
    # Without an arc from subject to verb, only a name or pronoun right beside a finite verb is its subject.
    adjacent = tree.pos[speaker] in ("PROPN", "PRON") and abs(speaker - verb) <= 2 and tree.tags[verb] not in ("VBG", "VB", "VBN")
    return tree.heads[speaker] == verb or adjacent


def _begin(tree: Tree, first: int, core: int) -> int:
    """The first word of the sentence, after a bullet or a short heading with a colon."""
    while first < core and tree.pos[first] in _SKIP and tree.quoted[first] < 0:
        first += 1
    for i in range(first, min(first + _MAX_HEADING, core - 1)):
        if tree.words[i] == ":" and tree.quoted[i] < 0:
            return i + 1
    return first


def _last_word(tree: Tree, begin: int, last: int) -> int:
    while last > begin and tree.pos[last] in _SKIP and tree.quoted[last] < 0:
        last -= 1
    return last


def _core_start(tree: Tree, verb: int) -> int:
    """Where “he said” begins: its subject, or in “said he” its verb with the auxiliaries."""
    left = verb
    for kid in tree.kids[verb]:
        if kid >= verb or tree.words[kid] in BREAKS:
            continue
        near = tree.deps[kid] == "advmod" and kid >= verb - 3
        if near or tree.deps[kid] in ("aux", "auxpass", "neg", "nsubj", "nsubjpass"):
            left = min(left, tree.left[kid])
    return left


def _core_end(tree: Tree, verb: int, speaker: int, end: int) -> int:
    """The first word after “he said” with its adverbials: a comma, a dash or the end of the sentence."""
    at = max(verb, tree.right[speaker]) + 1 if speaker > verb else verb + 1
    while at < end and tree.words[at] not in BREAKS and tree.words[at] != ".":
        at += 1
    while at < end and tree.words[at] == ".":
        at += 1
    return min(at, end)


def _part_after(tree: Tree, verb: int, comma: int, end: int) -> Parts:
    """What follows “…, he said,” if it goes on with what was said, rather than telling how or where it was said."""
    first, last = comma + 1, _last_word_before(tree, comma + 1, end)
    if last <= first or tree.quoted[first] >= 0:
        return ()
    bare = comma == verb + 1 and tree.tags[first] not in ("VBG", "WDT", "WP")
    goes_on = bare or tree.tags[first] not in _ADJUNCTS or _has_clause(tree, first, last)
    return ((first, last),) if goes_on else ()


def _last_word_before(tree: Tree, first: int, end: int) -> int:
    last = end - 1
    while last > first and tree.pos[last] in _SKIP:
        last -= 1
    return last


def _makes_clause(tree: Tree, verb: int, comma: int, right: Parts) -> bool:
    """Whether words without a verb become a clause by what follows: “The answer, he said, is no”."""
    return bool(right) and tree.words[comma] == "," and tree.kid(verb, "dobj") is None and _has_clause(tree, *right[0])


def _has_clause(tree: Tree, first: int, last: int) -> bool:
    """Whether a stretch holds a finite verb of a main clause."""
    if tree.deps[first] == "mark" or tree.tags[first] == "WRB":
        first = next((i for i in range(first, last) if tree.words[i] == ","), last)
    finite = (i for i in range(first, last + 1) if tree.tags[i] in _FINITE)
    return any("relcl" not in (tree.deps[i], tree.deps[tree.heads[i]]) for i in finite)


def words_according(tree: Tree, i: int) -> tuple[Parts, int] | None:
    """The stretches that “according to X” vouches for, and the head of X. `i` is the word “according”."""
    to = i + 1
    if to >= len(tree.words) or tree.words[to] != "to":
        return None
    who = tree.kid(to, "pobj")
    if who is None:
        who = tree.kid(i, "pobj")
    if who is None:
        return None
    first, end = tree.bounds(i)
    stop = min(tree.right[who], end - 1)
    lead = i
    while lead > first and tree.pos[lead - 1] in ("SPACE", "ADV", "CCONJ"):
        lead -= 1
    parts = _after_source(tree, stop, end) if lead <= first else _before_source(tree, i, first, stop, end)
    return (parts, who) if parts else None


def _after_source(tree: Tree, stop: int, end: int) -> Parts:
    """“According to X, …”."""
    begin = stop + 1
    while begin < end and tree.words[begin] not in (",", ":"):
        begin += 1
    if begin > stop + 2 and _has_clause(tree, stop + 1, begin - 1):
        begin = stop  # “According to the ministry ten people died, all of them miners”
    last = _last_word_before(tree, begin, end)
    return ((begin + 1, last),) if last > begin + 1 else ()


def _before_source(tree: Tree, i: int, first: int, stop: int, end: int) -> Parts:
    """“…, according to X”, and “…, according to X, …”."""
    parts: Parts = ((first, _last_word(tree, first, i - 1)),)
    if tree.words[i - 1] == "," and stop + 1 < end and tree.words[stop + 1] == ",":
        tail = _last_word_before(tree, stop, end)
        if tail > stop + 3:
            parts += ((stop + 2, tail),)
    return parts
