"""Whose words they are: the word at the head of the phrase that names the speaker of a cue."""

from __future__ import annotations

from detente.analysis.lexicon.cues import cue_words
from detente.analysis.statements.trees import MAX_CLIMB, Tree

_SUBJECTS = ("nsubj", "nsubjpass", "csubj")
#: What the model takes for these says nothing.
_NOBODY = frozenset(("GPE", "LOC", "FAC", "DATE", "TIME"))
#: Forms that are never subjects: in “Tell me who it was” nobody speaks yet.
_OBJECTS = frozenset(("me", "him", "us", "them"))


def speaker_of_verb(tree: Tree, verb: int) -> int | None:
    """The head word of the phrase that speaks through a verb: its subject, or that of the verb which governs it."""
    at = verb
    for _ in range(MAX_CLIMB):
        if (agent := _agent(tree, at)) is not None:
            return agent
        if at == verb and _is_passive(tree, verb):
            return None
        if (subject := tree.kid(at, *_SUBJECTS)) is not None:
            return _nearer(tree, at, subject)
        head = tree.heads[at]
        if head == at:
            break
        if (found := _through_arc(tree, at, head)) is not None:
            return found
        at = head
    return _nearest_subject(tree, verb)


def _nearer(tree: Tree, verb: int, subject: int) -> int:
    """The name right before a finite verb, where the parser's subject lies further off: “LONDON (Reuters) - Ann Lee said”."""
    at = verb - 1
    while at > subject and tree.pos[at] in ("ADV", "AUX"):
        at -= 1
    is_name = (tree.pos[at] == "PROPN" or tree.tags[at] == "PRP") and tree.doc[at].ent_type_ not in ("DATE", "TIME")
    far = subject < at and not tree.left[subject] <= at <= tree.right[subject]
    dash = subject < at and any(tree.words[k] in _DASHES for k in range(max(subject, at - _MAX_PHRASE), at))
    return at if is_name and (far or dash) and tree.quoted[at] < 0 else subject


_DASHES = frozenset(("-", "—", "–", "--"))


def _through_arc(tree: Tree, at: int, head: int) -> int | None:
    """Who speaks where the arc from a verb to its head tells: “a letter saying”, “the man who said”, “saw him say”."""
    dep = tree.deps[at]
    if dep == "acl" and tree.pos[head] in ("NOUN", "PROPN", "PRON"):
        return _issuer(tree, head)
    if dep == "relcl":
        return somebody(tree, head)
    owner = tree.kid(head, "dobj")
    if dep == "xcomp" and owner is not None and head < owner < at and tree.lemmas[head] in cue_words("handing_on"):
        return owner
    return None


def somebody(tree: Tree, noun: int) -> int:
    """Who it is of whom a place is told: “a baker from Sydney, Australia, who said”."""
    at = noun
    for _ in range(MAX_CLIMB):
        if tree.doc[at].ent_type_ not in _NOBODY:
            if at != noun and tree.deps[at] == "appos" and tree.pos[tree.heads[at]] == "PROPN":
                at = tree.heads[at]
            return at if tree.pos[at] in ("NOUN", "PROPN", "PRON") else noun
        at = tree.heads[at]
        if tree.pos[at] == "ADP":
            at = tree.heads[at]
    return noun


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
    if tree.lemmas[noun] not in cue_words("vehicles"):
        return noun
    if (owner := tree.kid(noun, "poss")) is not None:
        return owner
    at = tree.heads[noun]
    within = tree.deps[noun] == "pobj"
    if within and tree.deps[at] == "prep":
        at = tree.heads[at]
    if not (tree.lemmas[at] in cue_words("issuing") or (within and tree.pos[at] == "VERB")):
        return noun
    subject = tree.kid(at, "nsubj")
    if subject is None and tree.deps[at] == "conj":
        subject = tree.kid(tree.heads[at], "nsubj")
    return noun if subject is None else subject


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
            return None if tree.words[i] in _OBJECTS else i
        if tree.pos[i] not in ("DET", "ADJ", "PROPN", "NOUN"):
            break
    return None


#: A description longer than this is no longer a name but a story.
_MAX_PHRASE = 14


def phrase_around(tree: Tree, head: int) -> tuple[int, int]:
    """First and last word of the noun phrase around its head as printed, without its relative clauses."""
    if tree.pos[head] == "PRON" or tree.tags[head] in ("WP", "WDT"):
        return head, head
    left = max(tree.left[head], head - _MAX_PHRASE, tree.sentence[head])
    right = min(_end_of_phrase(tree, head), head + _MAX_PHRASE, tree.sentence_end[head] - 1)
    while right > head and (tree.pos[right] in ("PUNCT", "SPACE", "CCONJ") or tree.tags[right] == "POS"):
        right -= 1
    while left < head and (tree.pos[left] in ("PUNCT", "SPACE", "CCONJ", "ADV") or tree.quoted[left] != tree.quoted[head]):
        left += 1
    return left, max(right, head)


def _end_of_phrase(tree: Tree, head: int) -> int:
    """The last word under a head before its first clause. Short names in apposition stay: “a spokesman, Jan Novak”."""
    right = tree.right[head]
    for kid in tree.kids[head][:_MAX_KIDS]:
        is_name = tree.deps[kid] == "appos" and tree.pos[kid] == "PROPN" and tree.right[kid] - head < _MAX_PHRASE
        if kid > head and tree.deps[kid] in _ADDITIONS and not is_name and tree.words[kid] not in (",", "-", "–"):
            right = min(right, tree.left[kid] - 1)
    return right


_ADDITIONS = frozenset(("relcl", "acl", "advcl", "parataxis", "ccomp", "punct", "appos", "dep"))
#: More than this hang on a noun in lists and on garbage alone.
_MAX_KIDS = 32
