"""Quoted speech: which quotation belongs to which cue."""

from __future__ import annotations

from detente.analysis.lexicon.cues import Cues
from detente.analysis.statements.findings import Finding
from detente.analysis.statements.floats import carry_on, float_on
from detente.analysis.statements.phrases import inside_phrase
from detente.analysis.statements.speakers import speaker_of_verb
from detente.analysis.statements.trees import Tree
from detente.contracts import StatementKind

#: How far from its quotation a cue stands: "…," said the deputy head of the committee on trade and industry, Ann Smith.
_REACH = 30
#: An unknown verb right behind a quotation and its subject is one of saying: "…," she surmised.
_NEAR = 6
_STOPS = frozenset((".", ";", ":", "?", "!"))
_COMMAS = frozenset((",", "—", "--", "–", "-"))
_NOMINAL = ("PROPN", "NOUN", "PRON")
#: A verb behind these is governed by them, and its subject is not the speaker: "…," Ito, who said little, told us.
_GOVERNING = ("WP", "WDT", "TO", "DT", "PRP$", "POS", "IN")
#: Parts of speech that go on with a clause, where a closing mark is no end of it.
_CONTINUING = ("ADP", "NOUN", "SCONJ", "AUX", "VERB", "PRON", "PART")
#: “President Ito: “…””: a name and its titles are no longer than this.
_MAX_LABEL = 6
#: What a colon introduces is speech if it is longer than a term.
_MIN_CHARS = 20


def attribute_quotations(tree: Tree, cues: Cues, findings: list[Finding]) -> list[Finding]:
    """Findings for the quotations that no report covers, given those that one does."""
    owner: dict[int, Finding] = {}
    for finding in findings:
        for number in finding.quotations:
            owner.setdefault(number, finding)
    found: list[Finding] = []
    cued_at = {tree.sentence[cue]: finding for cue, finding in sorted(_by_cue(findings).items())}
    for number in range(len(tree.quotations)):
        if number in owner or tree.quotations[number].end <= tree.quotations[number].start:
            continue
        cued = _cue_after(tree, cues, number)
        if cued is None and carry_on(tree, number, owner):
            continue
        attributed = cued or _cue_before(tree, cues, number) or inside_phrase(tree, cues, number)
        if attributed is not None and attributed.cue is not None:
            cued_at[tree.sentence[attributed.cue]] = attributed
        attributed = attributed or float_on(tree, number, owner, cued_at)
        if attributed is not None:
            owner[number] = attributed
            found.append(attributed)
    return found


def _by_cue(findings: list[Finding]) -> dict[int, Finding]:
    return {finding.cue: finding for finding in findings if finding.cue is not None}


def _cue_after(tree: Tree, cues: Cues, number: int) -> Finding | None:
    """“…,” said Ito. “…?” Ito asked."""
    quotation = tree.quotations[number]
    after = tree.token_from(quotation.closes)
    if not quotation.closed or quotation.end <= quotation.start or after >= len(tree.words):
        return None
    if tree.is_term(number):
        return None
    has_comma = tree.words[after] in _COMMAS
    if tree.paragraph_at[after] != quotation.paragraph or not (has_comma or tree.text[quotation.end - 1] in ",?!—–-…"):
        return None
    return _verb_after(tree, cues, number, after + has_comma)


def _verb_after(tree: Tree, cues: Cues, number: int, after: int) -> Finding | None:
    """The verb of saying in what follows a quotation, with its subject before or behind it."""
    plain: int | None = None
    for i in range(after, min(after + _REACH, len(tree.words))):
        if tree.paragraph_at[i] != tree.quotations[number].paragraph or tree.quoted[i] >= 0 or tree.words[i] in _STOPS:
            break
        if i > after and tree.tags[i - 1] in _GOVERNING:
            continue
        if tree.words[i] in cues.finite:
            speaker = _beside(tree, i, after)
            return None if speaker is None else Finding.quoted(tree.quotations, number, "quote-before-cue", i, speaker)
        if plain is None and tree.tags[i] in ("VBD", "VBZ") and tree.pos[i] == "VERB" and after < i <= after + _NEAR:
            plain = i
    if plain is None or not tree.is_sentence_like(number):
        return None
    subject = tree.kid(plain, "nsubj")
    if subject is None or not after <= subject < plain:
        return None
    return Finding.quoted(tree.quotations, number, "quote-before-verb", plain, subject)


def _beside(tree: Tree, verb: int, after: int) -> int | None:
    """The head of the phrase that speaks in “…,” Ito said, or “…,” said Ito."""
    subject = tree.kid(verb, "nsubj")
    if subject is not None and after <= subject < after + _REACH and tree.quoted[subject] < 0:
        return subject
    before = _first_phrase(tree, after, verb)
    return before if before is not None else _first_phrase(tree, verb + 1, min(verb + 12, tree.sentence_end[verb]))


def _first_phrase(tree: Tree, first: int, end: int) -> int | None:
    """The last word of the first run of nouns between two words."""
    head = None
    for i in range(first, end):
        # Parsers take an unknown noun right before its verb for an adjective: “…,” the editorial read.
        if tree.pos[i] in _NOMINAL or (tree.tags[i] == "JJ" and i == end - 1):
            head = i
        elif (head is not None and tree.tags[i] != "POS") or tree.words[i] in _STOPS:
            break
    return head


def _cue_before(tree: Tree, cues: Cues, number: int) -> Finding | None:
    """Ito said: “…” and, at the end of the paragraph before, Ito said:"""
    quotation = tree.quotations[number]
    at = tree.last_before(tree.token_at(quotation.opens))
    if at < 0 or quotation.carries_on or tree.paragraph_at[at] < quotation.paragraph - 1:
        return None
    colon = tree.words[at][-1] == ":"
    beside = tree.paragraph_at[at] == quotation.paragraph and tree.quoted[at] < 0 and tree.words[at] not in _STOPS
    if not colon and (not beside or tree.is_term(number)):
        return None
    for i in range(at, max(tree.sentence[at], at - (2 * _REACH if colon else _REACH)) - 1, -1):
        if tree.quoted[i] >= 0 and not colon:
            return None
        if tree.pos[i] == "NOUN" and i == at - 1 and tree.words[at] == "," and _is_verb_after_all(tree, cues, i):
            return Finding.quoted(tree.quotations, number, "cue-before-quote", i, _head_of_name(tree, i - 1))
        if tree.pos[i] in ("VERB", "AUX") and "quote" in cues.of_verb(tree.lemmas[i]):
            if not (colon or tree.words[at] == "," or at - i <= 1 or tree.is_sentence_like(number)):
                return None
            found = Finding.quoted(tree.quotations, number, "cue-before-quote", i, speaker_of_verb(tree, i))
            return found if colon or tree.words[at] == "," else _with_rest(tree, number, i, at, found)
    return _before_colon(tree, number, at) if colon else None


def _is_verb_after_all(tree: Tree, cues: Cues, i: int) -> bool:
    """“The ministry notes, “…””: right behind a name and before a comma and a quotation, what may be a verb is one."""
    return tree.tags[i] == "NNS" and tree.words[i] in cues.finite and i > 0 and tree.pos[i - 1] == "PROPN"


def _head_of_name(tree: Tree, last: int) -> int:
    """“Bureau” in “the Bureau of Mines”."""
    of = tree.heads[last]
    return tree.heads[of] if tree.words[of] == "of" and tree.heads[of] < of == last - 1 else last


def _with_rest(tree: Tree, number: int, cue: int, at: int, found: Finding) -> Finding:
    """Take in the plain words that make one clause with quoted ones: “admitted “some errors” in the count”."""
    quotation = tree.quotations[number]
    after, end = tree.token_from(quotation.closes), tree.bounds(cue)[1]
    start, stop = quotation.start, quotation.end
    if after < end and tree.quoted[after] < 0 and tree.pos[after] in _CONTINUING:
        last = next((i for i in range(after, end) if tree.words[i] in _STOPS or tree.words[i] == ","), end) - 1
        start, stop = quotation.opens, tree.end[max(last, after)]
    if at > cue + 1 and tree.tags[cue + 1] in ("TO", "DT", "PRP$", "NN", "NNS") and tree.quoted[cue + 1] < 0:
        start, stop = tree.start[cue + 1], max(stop, quotation.closes)
    if (start, stop) != (quotation.start, quotation.end):
        found.parts, found.kind = [(start, stop)], StatementKind.MIXED
    return found


def _before_colon(tree: Tree, number: int, at: int) -> Finding | None:
    """Words before a colon that hold no cue: the subject of their sentence speaks."""
    quotation = tree.quotations[number]
    if not tree.is_sentence_like(number) and quotation.end - quotation.start <= _MIN_CHARS:
        return None
    first = tree.bounds(at)[0]
    if at - first <= _MAX_LABEL and tree.pos[at - 1] == "PROPN":
        return Finding.quoted(tree.quotations, number, "label", None, at - 1)
    root = next((i for i in range(first, at) if tree.deps[i] == "ROOT"), None)
    if root is None:
        return None
    subject = tree.kid(root, "nsubj", "nsubjpass")
    if subject is None and tree.pos[root] in ("PROPN", "NOUN"):
        subject = root
    return Finding.quoted(tree.quotations, number, "colon", root if tree.pos[root] == "VERB" else None, subject)
