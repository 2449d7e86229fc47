"""Quoted speech: which quotation belongs to which cue, and which goes on without one."""

from __future__ import annotations

from detente.analysis.lexicon.cues import Cues
from detente.analysis.statements.findings import Finding
from detente.analysis.statements.speakers import speaker_of_verb
from detente.analysis.statements.trees import MAX_CLIMB, Tree
from detente.contracts import StatementKind

#: How far from its quotation a cue stands: "…," said the deputy head of the committee on trade and industry, Ann Smith.
_REACH = 30


def attribute_quotations(tree: Tree, cues: Cues, findings: list[Finding]) -> list[Finding]:
    """Findings for the quotations that no report covers, given those that one does."""
    owner: dict[int, Finding] = {}
    for finding in findings:
        for number in finding.quotations:
            owner.setdefault(number, finding)
    found: list[Finding] = []
    for number in range(len(tree.quotations)):
        if number in owner:
            continue
        finding = _after(tree, cues, number)
        if finding is None and _carry_on(tree, number, owner):
            continue
        finding = finding or _before(tree, cues, number) or _governed(tree, cues, number) or _floating(tree, number, owner)
        if finding is not None:
            owner[number] = finding
            found.append(finding)
    return found


def _carry_on(tree: Tree, number: int, owner: dict[int, Finding]) -> bool:
    """Join the next paragraph of one long quotation to the part that it goes on from."""
    quotation, previous = tree.quotations[number], owner.get(number - 1)
    if not quotation.carries_on or previous is None or quotation.end <= quotation.start:
        return False
    start, end = previous.parts[-1]
    if not tree.quotations[number - 1].end <= end <= tree.quotations[number - 1].closes:
        return False
    previous.parts[-1] = (start, quotation.end)
    owner[number] = previous
    return True


def _tokens(tree: Tree, number: int) -> tuple[int, int]:
    """First word of a quotation with its opening mark, and the first word after it."""
    quotation = tree.quotations[number]
    return tree.token_at(quotation.opens), tree.token_from(quotation.closes)


def is_sentence_like(tree: Tree, number: int, *, words: int = 3) -> bool:
    """Whether a quotation is somebody's sentence and not a term, a title or a scare quote."""
    quotation = tree.quotations[number]
    said = tree.text[quotation.start : quotation.end]
    if not said:
        return False
    ends = said.rstrip("\"'’”")[-1:] in _ENDS or not quotation.closed or tree.text[quotation.closes : quotation.closes + 1] in ("!", "?")
    return ends and said.count(" ") >= words - 1


_ENDS = frozenset(".?!,…—–-")


def _after(tree: Tree, cues: Cues, number: int) -> Finding | None:
    """“…,” said Ito. “…?” Ito asked."""
    quotation = tree.quotations[number]
    if not quotation.closed or quotation.end <= quotation.start:
        return None
    last = tree.text[quotation.end - 1]
    _, after = _tokens(tree, number)
    if after >= len(tree.words) or tree.paragraph_at[after] != quotation.paragraph:
        return None
    follows = tree.words[after]
    if last not in ",?!—–-…" and follows not in (",", "—", "--", "–", "-"):
        return None
    if follows in (",", "—", "--", "–", "-"):
        after += 1
    return _verb_after(tree, cues, number, after)


def _verb_after(tree: Tree, cues: Cues, number: int, after: int) -> Finding | None:
    """The verb of saying in what follows a quotation, with its subject before or behind it."""
    paragraph = tree.quotations[number].paragraph
    plain: int | None = None
    for i in range(after, min(after + _REACH, len(tree.words))):
        if tree.paragraph_at[i] != paragraph or tree.quoted[i] >= 0 or tree.words[i] in _STOPS:
            break
        if i > after and tree.tags[i - 1] in ("WP", "WDT", "TO", "DT", "PRP$", "POS", "IN"):
            continue
        if tree.words[i] in cues.finite:
            speaker = _beside(tree, i, after)
            return None if speaker is None else _direct(tree, number, i, speaker, "quote-before-cue")
        if plain is None and tree.tags[i] in ("VBD", "VBZ") and tree.pos[i] == "VERB" and after < i <= after + 6:
            plain = i
    if plain is None or not is_sentence_like(tree, number):
        return None
    subject = tree.kid(plain, "nsubj")
    return None if subject is None or not after <= subject < plain else _direct(tree, number, plain, subject, "quote-before-verb")


_STOPS = frozenset([".", ";", ":", "?", "!"])
_NOMINAL = ("PROPN", "NOUN", "PRON")


def _beside(tree: Tree, verb: int, after: int) -> int | None:
    """The head of the phrase that speaks in “…,” Ito said, or “…,” said Ito."""
    subject = tree.kid(verb, "nsubj")
    if subject is not None and after <= subject < after + _REACH and tree.quoted[subject] < 0:
        return subject
    head = None
    for i in range(after, verb):
        if tree.pos[i] in _NOMINAL or tree.tags[i] == "JJ" and i == verb - 1:
            head = i
        elif head is not None and tree.tags[i] not in ("POS",):
            break
    if head is not None:
        return head
    for i in range(verb + 1, min(verb + 12, tree.sentence_end[verb])):
        if tree.pos[i] in _NOMINAL:
            head = i
        elif head is not None or tree.words[i] in _STOPS:
            break
    return head


def _before(tree: Tree, cues: Cues, number: int) -> Finding | None:
    """Ito said: “…” and, in the paragraph before, Ito said:"""
    quotation = tree.quotations[number]
    before, _ = _tokens(tree, number)
    at = before - 1
    while at >= 0 and tree.pos[at] == "SPACE":
        at -= 1
    if at < 0 or quotation.carries_on:
        return None
    colon = tree.words[at][-1] == ":"
    same = tree.paragraph_at[at] == quotation.paragraph
    if not (colon and tree.paragraph_at[at] >= quotation.paragraph - 1) and not (same and tree.quoted[at] < 0):
        return None
    if not colon and tree.words[at] in (".", "!", "?", ";"):
        return None
    lowest = max(tree.sentence[at], at - (2 * _REACH if colon else _REACH))
    for i in range(at, lowest - 1, -1):
        if tree.quoted[i] >= 0 and not colon:
            return None
        if tree.pos[i] in ("VERB", "AUX") and "quote" in cues.of_verb(tree.lemmas[i]):
            if not colon and not (tree.words[at] == "," or at - i <= 1 or is_sentence_like(tree, number)):
                return None
            return _direct(tree, number, i, speaker_of_verb(tree, i), "cue-before-quote")
    if colon and (is_sentence_like(tree, number) or tree.quotations[number].end - tree.quotations[number].start > 20):
        return _colon(tree, number, at)
    return None


def _governed(tree: Tree, cues: Cues, number: int) -> Finding | None:
    """Quoted words inside what a verb governs: “praised the “tireless” envoy”, “called the plan “reckless””."""
    quotation = tree.quotations[number]
    first, after = _tokens(tree, number)
    inside = range(first, min(after, first + _REACH))
    at = next((i for i in inside if tree.quoted[tree.heads[i]] != number and tree.pos[i] != "PUNCT"), None)
    if at is None:
        return None
    for _ in range(MAX_CLIMB):
        head = tree.heads[at]
        if head == at or tree.paragraph_at[head] != quotation.paragraph:
            return None
        if tree.pos[head] == "VERB" and tree.quoted[head] < 0:
            break
        at = head
    else:
        return None
    if at < head or "quoting" not in cues.of_verb(tree.lemmas[head]):
        return None
    start = tree.left[at]
    if tree.deps[at] == "prep" and tree.words[at] != "as":
        start = at + 1
    thing = tree.kid(head, "dobj")
    if thing is not None and head < thing < at and tree.deps[at] in ("prep", "oprd", "xcomp", "ccomp", "acomp", "advcl", "dep"):
        start = tree.left[thing]
    start = max(start, head + 1)
    if tree.start[start] >= quotation.opens:
        return _direct(tree, number, head, speaker_of_verb(tree, head), "governed")
    found = _direct(tree, number, head, speaker_of_verb(tree, head), "governed")
    found.kind = StatementKind.MIXED
    found.parts = [(tree.start[start], max(quotation.closes, min(tree.end[tree.right[at]], tree.paragraphs[quotation.paragraph].end)))]
    return found


def _colon(tree: Tree, number: int, at: int) -> Finding | None:
    """Words before a colon that hold no cue: the subject of their sentence speaks."""
    first = tree.sentence[at]
    root = next((i for i in range(first, at) if tree.deps[i] == "ROOT"), None)
    if root is None:
        return None
    subject = tree.kid(root, "nsubj", "nsubjpass")
    if subject is None:
        subject = root if tree.pos[root] in ("PROPN", "NOUN") else None
    return _direct(tree, number, root if tree.pos[root] == "VERB" else None, subject, "colon")


def _floating(tree: Tree, number: int, owner: dict[int, Finding]) -> Finding | None:
    """A whole quotation without a cue, where the last speaker goes on."""
    quotation = tree.quotations[number]
    previous = owner.get(number - 1)
    if quotation.carries_on and previous is not None:
        return _following(tree, number, previous)
    adjacent = previous is not None and tree.quotations[number - 1].paragraph == quotation.paragraph
    if not is_sentence_like(tree, number, words=1 if adjacent else 3) or quotation.single and previous is None:
        return None
    first, after = _tokens(tree, number)
    starts = first == 0 or tree.paragraph_at[first - 1] != quotation.paragraph or tree.words[tree.word_before(first)][-1] in ".?!"
    paragraph = tree.paragraphs[quotation.paragraph]
    ends = after >= len(tree.words) or tree.text[quotation.end - 1] in ".?!…" or quotation.closes >= paragraph.end
    if not starts or not ends:
        return None
    if previous is not None and quotation.paragraph - tree.quotations[number - 1].paragraph <= 1:
        return _following(tree, number, previous)
    return _direct(tree, number, None, _last_subject(tree, first), "floating")


def _last_subject(tree: Tree, first: int) -> int | None:
    """Whom the sentence before a quotation is about: in running prose its subject is who speaks next."""
    k = tree.word_before(first)
    if k <= 0 or tree.paragraph_at[first] - tree.paragraph_at[k] > 1:
        return None
    for i in range(tree.sentence[k], min(k, tree.sentence[k] + _REACH)):
        if tree.deps[i] == "nsubj" and tree.deps[tree.heads[i]] == "ROOT" and tree.pos[i] in ("PROPN", "PRON") and tree.words[i] not in _THINGS:
            return i
    return None


_THINGS = frozenset(("it", "this", "that", "which", "what", "there", "i", "we", "you"))


def _following(tree: Tree, number: int, previous: Finding) -> Finding:
    found = _direct(tree, number, previous.cue, previous.speaker, "floating")
    found.follows = previous
    return found


def _direct(tree: Tree, number: int, cue: int | None, speaker: int | None, rule: str) -> Finding:
    quotation = tree.quotations[number]
    return Finding([(quotation.start, quotation.end)], rule, cue, speaker, StatementKind.DIRECT, quotations=[number])
