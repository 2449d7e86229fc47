"""Quoted words inside what a verb governs: “praised the “tireless” envoy”, “called the plan “reckless””."""

from __future__ import annotations

from detente.analysis.lexicon.cues import Cues
from detente.analysis.statements.findings import Finding
from detente.analysis.statements.speakers import speaker_of_verb
from detente.analysis.statements.trees import MAX_CLIMB, Tree
from detente.contracts import StatementKind

#: The head of quoted words is among the first of them.
_REACH = 30
#: Complements that make one phrase with the object before them: “called [the plan “reckless”]”.
_WITH_OBJECT = ("prep", "oprd", "xcomp", "ccomp", "acomp", "advcl", "dep")


def inside_phrase(tree: Tree, cues: Cues, number: int) -> Finding | None:
    """The whole phrase around a quotation, where the verb that governs it reports speech."""
    quotation = tree.quotations[number]
    found = _governor(tree, number)
    if found is None or "quoting" not in cues.of_verb(tree.lemmas[found[0]]):
        return None
    verb, at = found
    finding = Finding.quoted(tree.quotations, number, "phrase", verb, speaker_of_verb(tree, verb))
    start = max(_start(tree, verb, at), verb + 1)
    if tree.start[start] < quotation.opens:
        end = min(tree.end[tree.right[at]], tree.paragraphs[quotation.paragraph].end)
        finding.kind = StatementKind.MIXED
        finding.parts = [(tree.start[start], max(quotation.closes, end))]
    return finding


def _governor(tree: Tree, number: int) -> tuple[int, int] | None:
    """The verb outside a quotation that governs it, and the child of the verb on the way."""
    quotation = tree.quotations[number]
    first, end = tree.token_at(quotation.opens), tree.token_from(quotation.closes)
    inside = range(first, min(end, first + _REACH))
    at = next((i for i in inside if tree.quoted[tree.heads[i]] != number and tree.pos[i] != "PUNCT"), None)
    if at is None:
        return None
    for _ in range(MAX_CLIMB):
        head = tree.heads[at]
        if head == at or tree.paragraph_at[head] != quotation.paragraph:
            return None
        if tree.pos[head] == "VERB" and tree.quoted[head] < 0:
            return (head, at) if at > head else None
        at = head
    return None


def _start(tree: Tree, verb: int, at: int) -> int:
    thing = tree.kid(verb, "dobj")
    if thing is not None and verb < thing < at and tree.deps[at] in _WITH_OBJECT:
        return tree.left[thing]
    return at + 1 if tree.deps[at] == "prep" and tree.words[at] != "as" else tree.left[at]
