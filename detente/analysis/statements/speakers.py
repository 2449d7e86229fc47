"""Whose words they are: the word at the head of the phrase that names the speaker of a cue."""

from __future__ import annotations

from detente.analysis.statements.trees import MAX_CLIMB, Tree

_SUBJECTS = ("nsubj", "nsubjpass", "csubj", "expl")
#: What somebody issues to say something: the speaker is who issued it, not the paper.
VEHICLES = frozenset(
    "statement letter email e-mail tweet tweets post message memo release note op-ed column speech interview remark comment "
    "text video ad advertisement report filing briefing blog essay article conference appearance remarks testimony".split()
)
_ISSUING = frozenset("issue release send post write put publish tweet give make deliver air run sign file".split())


def speaker_of_verb(tree: Tree, verb: int) -> int | None:
    """The head word of the phrase that speaks through a verb: its subject, or that of the verb which governs it."""
    at = verb
    for _ in range(MAX_CLIMB):
        if (agent := _agent(tree, at)) is not None:
            return agent
        if at == verb and _is_passive(tree, verb):
            return None
        subject = tree.kid(at, *_SUBJECTS)
        if subject is not None and tree.deps[subject] != "expl":
            return subject
        dep, head = tree.deps[at], tree.heads[at]
        if head == at:
            return _nearest_subject(tree, verb)
        if dep == "acl" and tree.pos[head] in ("NOUN", "PROPN", "PRON"):
            return _issuer(tree, head)
        if dep == "relcl":
            return head
        if dep in ("amod", "nmod", "compound") and tree.pos[head] in ("NOUN", "PROPN"):
            return _nearest_subject(tree, verb)
        if dep == "xcomp" and (owner := tree.kid(head, "dobj")) is not None and head < owner < at and tree.lemmas[head] in _CONTROL:
            return owner
        at = head
    return _nearest_subject(tree, verb)


_CONTROL = frozenset("see hear quote cite show have catch prompt lead".split())


def _is_passive(tree: Tree, verb: int) -> bool:
    """“was told that …”, “when asked whether …”: who is told does not speak."""
    if tree.tags[verb] not in ("VBN", "VBD"):
        return False
    if tree.kid(verb, "auxpass", "nsubjpass") is not None:
        return True
    return tree.tags[verb] == "VBN" and tree.deps[verb] in ("advcl", "acl", "ROOT") and tree.kid(verb, "nsubj", "aux") is None




def _agent(tree: Tree, verb: int) -> int | None:
    """The actor of a passive: “was announced by the ministry”."""
    by = tree.kid(verb, "agent")
    return None if by is None else tree.kid(by, "pobj")


def _issuer(tree: Tree, noun: int) -> int:
    """Who put out the paper that speaks: “the ministry issued a statement saying”; else the paper itself."""
    if tree.lemmas[noun] not in VEHICLES:
        return noun
    owner = tree.kid(noun, "poss")
    if owner is not None:
        return owner
    at = tree.heads[noun]
    if tree.deps[noun] == "pobj" and tree.deps[at] == "prep":
        at = tree.heads[at]
    if tree.lemmas[at] in _ISSUING or (tree.deps[noun] == "pobj" and tree.pos[at] == "VERB"):
        subject = tree.kid(at, "nsubj")
        if subject is not None:
            return subject
        if tree.deps[at] == "conj":
            subject = tree.kid(tree.heads[at], "nsubj")
            if subject is not None:
                return subject
    return noun


def _nearest_subject(tree: Tree, verb: int) -> int | None:
    """Where the parser lost the subject: a name or pronoun right before the verb, or right after it in “…,” said Name."""
    first, end = tree.sentence[verb], tree.sentence_end[verb]
    for i in range(verb - 1, max(first, verb - 5) - 1, -1):
        if tree.pos[i] in ("PROPN", "PRON", "NOUN") and tree.quoted[i] < 0 and tree.tags[i] not in ("PRP$", "WP$"):
            return i
        if tree.pos[i] not in ("AUX", "ADV", "PART", "VERB"):
            break
    for i in range(verb + 1, min(end, verb + 6)):
        if tree.pos[i] in ("PROPN", "NOUN", "PRON") and tree.deps[i] != "compound":
            return i
        if tree.pos[i] not in ("DET", "ADJ", "PROPN", "NOUN"):
            break
    return None


#: A description longer than this is no longer a name but a story.
_MAX_PHRASE = 14


def phrase_around(tree: Tree, head: int) -> tuple[int, int]:
    """First and last word of the noun phrase around its head as printed, without its relative clauses."""
    if tree.pos[head] == "PRON" or tree.tags[head] in ("WP", "WDT"):
        return head, head
    left, right = tree.left[head], tree.right[head]
    for kid in tree.kids[head]:
        if kid > head and tree.deps[kid] in ("relcl", "acl", "advcl", "parataxis", "ccomp", "punct", "appos", "dep"):
            if tree.deps[kid] == "appos" and tree.pos[kid] == "PROPN" and tree.right[kid] - head < _MAX_PHRASE:
                continue
            if tree.deps[kid] == "punct" and tree.words[kid] in (",", "-", "–"):
                continue
            right = min(right, tree.left[kid] - 1)
    left = max(left, head - _MAX_PHRASE, tree.sentence[head])
    right = min(right, head + _MAX_PHRASE, tree.sentence_end[head] - 1)
    while right > head and tree.pos[right] in ("PUNCT", "SPACE", "CCONJ"):
        right -= 1
    while left < head and (tree.pos[left] in ("PUNCT", "SPACE", "CCONJ", "ADV") or tree.quoted[left] != tree.quoted[head]):
        left += 1
    return left, max(right, head)
