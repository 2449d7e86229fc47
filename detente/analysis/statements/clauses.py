"""The clause or phrase that a verb of saying governs, and where it ends."""

from __future__ import annotations

from collections.abc import Iterator

from detente.analysis.lexicon.cues import Cues
from detente.analysis.statements.trees import Tree

#: Where a sentence goes on with another cue, it does so within a few lines.
_REACH = 120
#: Between a verb and its clause stand at most whom it is told, when and where.
_MAX_GAP = 12
BREAKS = frozenset([",", "--", "—", "–", "-", "(", '"', "”", "''", "’", "?", "!", ")", ";", ":"])


def clause_of(tree: Tree, verb: int) -> tuple[int, int] | None:
    """First and last word of the clause to the right of a verb that tells what was said."""
    for kid in tree.kids[verb]:
        if kid > verb and tree.deps[kid] == "ccomp":
            first = max(tree.left[kid], verb + 1)
            that = tree.kid(kid, "mark")
            if that is not None and first < that < kid and tree.words[that] == "that":
                first = that
            if tree.paragraph_at[first] == tree.paragraph_at[verb]:
                return first, tree.right[kid]
    return None


def is_close(tree: Tree, verb: int, clause: int) -> bool:
    """Whether a clause follows its verb without a comma, so that the verb is no aside."""
    if tree.words[clause] == "that":
        return True
    return clause - verb < _MAX_GAP and not any(tree.words[k] in BREAKS for k in range(verb + 1, clause))


def complements(tree: Tree, verb: int, clause: tuple[int, int] | None) -> Iterator[tuple[str, int, int]]:
    """The frames in which a verb stands, each with first and last word of what it governs, the surest first."""
    if clause:
        yield "that", *clause
    kids = [kid for kid in tree.kids[verb] if kid > verb]
    thing = next((kid for kid in kids if tree.deps[kid] == "dobj"), None)
    called_on = next((tree.kid(kid, "pobj") for kid in kids if kid == verb + 1 and tree.words[kid] in ("on", "upon")), None)
    for kid in kids:
        if tree.deps[kid] in ("xcomp", "advcl") and is_infinitive(tree, kid):
            yield "to", _with_object(tree, called_on if thing is None else thing, kid), tree.right[kid]
            break
    for kid in kids:
        if tree.deps[kid] == "oprd":
            yield "name", _with_object(tree, thing, kid), tree.right[kid]
        elif tree.deps[kid] == "prep" and tree.words[kid] == "as" and tree.kid(kid, "pcomp") is None:
            yield "as", _with_object(tree, thing, kid), tree.right[kid]
    for kid in kids:
        if tree.deps[kid] == "prep" and tree.right[kid] > kid:
            yield "prep:" + tree.words[kid], kid + 1, tree.right[kid]
    if thing is not None and tree.pos[thing] != "PRON":
        yield "object", tree.left[thing], tree.right[thing]


def _with_object(tree: Tree, thing: int | None, complement: int) -> int:
    """Where a complement begins with the object before it: “urged [the sides to talk]”, “called [the plan a farce]”."""
    return tree.left[thing] if thing is not None and thing < complement else tree.left[complement]


def is_infinitive(tree: Tree, verb: int) -> bool:
    return tree.tags[verb] == "VB" and any(tree.tags[kid] == "TO" for kid in tree.kids[verb] if kid < verb)


def extend(tree: Tree, cues: Cues, verb: int, last: int) -> int:
    """Take in what the parser hung elsewhere though it goes on with what was said: “said X, but Y will not”, “said X: Y”."""
    _, end = tree.bounds(verb)
    for kid in tree.kids[verb]:
        if kid > last and tree.deps[kid] == "conj" and tree.pos[kid] in ("VERB", "AUX") and not cues.of_verb(tree.lemmas[kid]):
            subject = tree.kid(kid, "nsubj", "nsubjpass", "expl")
            if subject is not None and last < subject < kid:
                last = min(tree.right[kid], end - 1)
    if last + 1 < end and tree.words[last + 1] == ":" and tree.quoted[last + 1] < 0:
        tail = min(end - 1, last + _REACH)
        if tree.quoted[min(last + 2, tail)] < 0:
            return tail
    return last


def before_next_cue(tree: Tree, cues: Cues, verb: int, first: int, last: int) -> tuple[int, int | None]:
    """Where reported words end if their speaker goes on with another cue, and that cue: “said X, adding that Y”."""
    for at in range(first + 2, min(last, first + _REACH)):
        if tree.words[at] == "according" and tree.words[at - 1] == ",":
            return at - 2, None
        if tree.quoted[at] >= 0 or tree.pos[at] != "VERB" or "aside" not in cues.of_verb(tree.lemmas[at]):
            continue
        joint = at - 1
        while joint > first and tree.pos[joint] in ("ADV", "AUX"):
            joint -= 1
        if tree.tags[at] == "VBG" and _ends_clause(tree, joint):
            return joint - 1, at
        both_past = tree.tags[at] == tree.tags[verb] == "VBD"
        if both_past and tree.words[joint] in ("and", "but") and tree.kid(at, "nsubj") is None:
            return joint - 1, at
    return last, None


def _ends_clause(tree: Tree, at: int) -> bool:
    """Whether a comma stands at a word, or a comma within the quotation that ends there."""
    return tree.words[at] == "," or (tree.quoted[at] >= 0 and tree.words[at - 1] == ",")
