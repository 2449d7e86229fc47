"""Quotations without a cue, in which the last speaker goes on."""

from __future__ import annotations

from detente.analysis.lexicon.cues import cue_words
from detente.analysis.statements.findings import Finding
from detente.analysis.statements.trees import Tree

#: The subject of a sentence is among its first words.
_REACH = 30


def carry_on(tree: Tree, number: int, owner: dict[int, Finding]) -> bool:
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


def float_on(tree: Tree, number: int, owner: dict[int, Finding], cued: dict[int, Finding]) -> Finding | None:
    """A whole quotation that stands as a sentence of its own. `cued` has the last finding of each sentence with its cue."""
    quotation, previous = tree.quotations[number], owner.get(number - 1)
    if quotation.carries_on and previous is not None:
        return _following(tree, number, previous)
    near = previous is not None and quotation.paragraph - tree.quotations[number - 1].paragraph <= 1
    beside = near and quotation.paragraph == tree.quotations[number - 1].paragraph
    if not tree.is_sentence_like(number, words=1 if beside else 3) or not _stands_alone(tree, number):
        return None
    before = tree.word_before(tree.token_at(quotation.opens))
    last = cued.get(tree.sentence[before]) if before >= 0 and tree.paragraph_at[before] == quotation.paragraph else None
    if last is not None:
        return _following(tree, number, last)
    if near and previous is not None:
        return _following(tree, number, previous)
    if quotation.single:
        return None
    return Finding.quoted(tree.quotations, number, "floating", None, _last_subject(tree, tree.token_at(quotation.opens)))


def _stands_alone(tree: Tree, number: int) -> bool:
    """Whether a quotation begins and ends as a sentence does."""
    quotation = tree.quotations[number]
    first, after = tree.token_at(quotation.opens), tree.token_from(quotation.closes)
    opens = first == 0 or tree.paragraph_at[first - 1] != quotation.paragraph
    opens = opens or tree.words[tree.word_before(first)][-1] in ".?!"
    at_end = after >= len(tree.words) or quotation.closes >= tree.paragraphs[quotation.paragraph].end
    return opens and (at_end or tree.text[quotation.end - 1] in ".?!…")


def _last_subject(tree: Tree, first: int) -> int | None:
    """Whom the sentence before a quotation is about: in running prose its subject is who speaks next."""
    at = tree.word_before(first)
    if at <= 0 or tree.paragraph_at[first] - tree.paragraph_at[at] > 1:
        return None
    for i in range(tree.sentence[at], min(at, tree.sentence[at] + _REACH)):
        if tree.deps[i] == "nsubj" and tree.deps[tree.heads[i]] == "ROOT" and tree.pos[i] in ("PROPN", "PRON"):
            return None if tree.words[i] in cue_words("things") else i
    return None


def _following(tree: Tree, number: int, previous: Finding) -> Finding:
    found = Finding.quoted(tree.quotations, number, "floating", previous.cue, previous.speaker)
    found.follows = previous
    return found
