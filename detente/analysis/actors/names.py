"""Finds stretches of text that are names of people: by the model's entities, titles before them, appositions and cue verbs."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from detente.analysis.actors.nouns import is_role
from detente.analysis.lexicon.actor_words import actor_words
from detente.analysis.lexicon.given_names import given_names
from detente.analysis.lexicon.leaders import fold, leaders
from detente.analysis.lexicon.roles import honorifics, roles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc, Token

    from detente.analysis.actors.marks import Page

#: A name of more tokens is a list gone wrong. “Sheikh Mohammed bin Rashid al-Maktoum” has eight.
_LONGEST = 9
#: Capitals up to this length are an abbreviation.
_ABBREVIATED = 6
_NAME_TAGS = frozenset(("NNP", "NNPS"))
_OTHER_THINGS = frozenset(("ORG", "GPE", "LOC", "EVENT", "LAW", "PRODUCT", "WORK_OF_ART", "LANGUAGE", "DATE"))


def find_names(page: Page) -> list[tuple[int, int]]:
    """Stretches (start and end token) that name people, in order, without overlaps."""
    found: list[tuple[int, int]] = []
    end = 0
    for token in page.doc:
        if token.i < end:
            continue
        stretch = _name_at(page, token)
        if stretch is not None:
            found.append(stretch)
            end = stretch[1]
    return found


def _name_at(page: Page, token: Token) -> tuple[int, int] | None:
    if not _can_start(page, token):
        return None
    if page.sentences[token.i] in page.headlines:
        return _name_in_headline(page, token)
    end = _end_of_run(page, token.i)
    if end - token.i > _LONGEST or _starts_later(page.doc, token.i, end):
        return None
    return (token.i, end) if _is_person(page, token.i, end) else None


def _name_in_headline(page: Page, token: Token) -> tuple[int, int] | None:
    """Where every word is capitalized, a given name and the word after it: “Angela Merkel Meets Reporters”."""
    if token.text not in given_names() or token.i + 1 >= len(page.doc):
        return None
    after = page.doc[token.i + 1]
    if after.tag_ not in _NAME_TAGS or page.marks[after.i] is not None or not is_capitalized(after.text) or is_role_word(after):
        return None
    return None if after.lower_ in actor_words("not_people") else (token.i, token.i + 2)


def _starts_later(doc: Doc, start: int, end: int) -> bool:
    """“Exchequer Jane Roe”: a given name inside begins the name."""
    if doc[start].ent_type_ == "PERSON" or not start or doc[start - 1].lower_ not in ("of", "the"):
        return False
    return any(token.ent_type_ == "PERSON" and token.text in given_names() for token in doc[start + 1 : end])


def _can_start(page: Page, token: Token) -> bool:
    if page.marks[token.i] is not None or not is_capitalized(token.text):
        return False
    if token.lower_ in honorifics() or is_role_word(token):
        return False
    return token.tag_ in _NAME_TAGS or token.ent_type_ == "PERSON" or (bool(token.i) and _is_title(token.nbor(-1)))


def is_capitalized(text: str) -> bool:
    """“Putin”, “AK”, “F.W.”, “d'Estaing”, but not “BBC-TV1” and “e-mail”."""
    return text[:1].isupper() and all(char.isalpha() or char in ".'’-" for char in text)


def is_role_word(token: Token) -> bool:
    """“President”, “Foreign”: a word of an office, so no part of a name."""
    word = token.lower_
    if word in roles().nouns or word.removesuffix("s") in roles().nouns:
        return True
    if word not in roles().modifiers:
        return False
    # “Crown” is part of a title in “Crown Prince”, and a name in “Jane Crown”.
    follows = token.i + 1 < len(token.doc) and token.nbor().lower_ in roles().nouns
    return follows or token.ent_type_ != "PERSON"


def _end_of_run(page: Page, start: int) -> int:
    """Where the name that starts at a token ends."""
    doc, at = page.doc, start + 1
    entity_end = _entity_end(doc[start])
    while at < len(doc) and at - start <= _LONGEST:
        step = _step(page, at, entity_end)
        if step == 0:
            break
        at += step
    return at


def _entity_end(token: Token) -> int:
    """Where the model's entity that a token is part of ends. It is of any kind, since the model takes people for other things."""
    doc, at = token.doc, token.i + 1
    while at < len(doc) and at - token.i <= _LONGEST and doc[at].ent_iob_ == "I" and doc[at].ent_type_ == token.ent_type_:
        at += 1
    return at


def _step(page: Page, at: int, entity_end: int) -> int:
    """How many tokens the name goes on at a token: 0 where it ends, more where a particle or hyphen is followed by a name."""
    doc, token = page.doc, page.doc[at]
    if page.marks[at] is not None or token.is_space or doc[at - 1].text.endswith((",", ";")):
        return 0
    after = doc[at + 1] if at + 1 < len(doc) else None
    if token.text == "-" and not doc[at - 1].whitespace_ and not token.whitespace_ and after is not None and after.is_alpha:
        return 2
    if token.lower_ in actor_words("particles") and token.text.islower():
        return _step_of_particle(page, at)
    if not is_capitalized(token.text) or (token.is_sent_start and at >= entity_end):
        return 0
    if at < entity_end:
        return 1
    is_thing = token.ent_type_ in _OTHER_THINGS or is_role_word(token) or token.lower_ in actor_words("days")
    return int(token.tag_ in _NAME_TAGS and not is_thing and _is_same_name(token))


def _step_of_particle(page: Page, at: int) -> int:
    """“bin Laden”, “von der Leyen”, “al-Assad”."""
    doc, start = page.doc, at
    while at + 1 < len(doc) and at - start < 3 and doc[at].text in actor_words("particles"):
        at += 1
        if doc[at].text == "-" and not doc[at - 1].whitespace_:
            at += 1
    is_name = at < len(doc) and is_capitalized(doc[at].text) and page.marks[at] is None and not is_role_word(doc[at])
    return at + 1 - start if is_name else 0


def _is_same_name(token: Token) -> bool:
    before = token.nbor(-1)
    return before.head == token or token.head == before or before.head == token.head


def _is_person(page: Page, start: int, end: int) -> bool:
    doc = page.doc
    words = [token.lower_ for token in doc[start:end]]
    if words[-1] in actor_words("not_people") or len(words[-1].strip(".")) < 2 or goes_on_as_thing(page, end):
        return False
    if end - start == 1 and (doc[start].tag_ == "NNPS" or doc[start].pos_ in ("ADV", "PRON", "VERB")):
        return False
    kinds = {token.ent_type_ for token in doc[start:end]}
    if end - start == 1 and words[-1] in actor_words("days"):
        return False
    if _is_titled(doc, start) or (end - start == 1 and _is_known_leader(doc[start])):
        return True
    if "PERSON" in kinds:
        return end - start > 1 or _is_plain_person(doc, start)
    if end - start < 2:
        return False
    # The model takes names of people that it does not know for organizations and places.
    if doc[start].text in given_names() or _is_apposed(doc, start, end):
        return True
    return _speaks(doc, start, end, is_organization=bool(kinds & {"ORG", "EVENT", "DATE"}))


def _is_plain_person(doc: Doc, at: int) -> bool:
    """Whether a single word is a person's, as the model says: not in “the Rhine”, “Kempinski hotels”, “the daily Delo”, “MEP”."""
    token = doc[at]
    if token.dep_ in ("compound", "amod", "nmod") or (token.is_upper and len(token) < _ABBREVIATED):
        return False
    before = doc[at - 1] if at else None
    return before is None or not (before.lower_ == "the" or (before.head == token and before.tag_ in ("NN", "DT")))


def _is_known_leader(token: Token) -> bool:
    """“Erdogan”: a surname that points to one person of state, which the model does not always know."""
    return token.tag_ == "NNP" and any(spell.alone for spell in leaders().get(fold(token.text), ()))


def goes_on_as_thing(page: Page, end: int) -> bool:
    """“Clinton Foundation”: the name is only part of another."""
    if end >= len(page.doc):
        return False
    after = page.doc[end]
    follows = not after.is_sent_start and bool(page.doc[end - 1].whitespace_)
    return follows and is_capitalized(after.text) and after.lower_ in actor_words("not_people")


def _is_title(token: Token) -> bool:
    word = token.lower_
    if word in honorifics():
        return True
    if word in ("citizen", "state", "member", "head", "resident", "voter"):
        return False
    return word in roles().nouns or word.removesuffix("s") in roles().nouns


def _is_titled(doc: Doc, start: int) -> bool:
    """“President Putin”, “Mr. Speaker Smith”. A common noun counts before a name in the same phrase alone: “analyst Ann Lee”."""
    if start == 0:
        return False
    before = doc[start - 1]
    if not _is_title(before) or doc[start].is_sent_start:
        return False
    return before.text[:1].isupper() or before.dep_ == "compound" or doc[start].dep_ in ("appos", "compound")


def _is_apposed(doc: Doc, start: int, end: int) -> bool:
    """Next to a noun of a role, with a comma between: “chief of army staff, Ashfaq Pervez Kayani”."""
    root = _root(doc, start, end)
    if root.dep_ == "appos" and is_role(root.head):
        return True
    return any(child.dep_ == "appos" and is_role(child) for child in islice(root.rights, 12))


def _speaks(doc: Doc, start: int, end: int, *, is_organization: bool) -> bool:
    """“Says Jane Roe”. Organizations say much, but what “writes” is a person."""
    root = _root(doc, start, end)
    if root.dep_ != "nsubj" or root.tag_ != "NNP":
        return False
    return root.head.lemma_ in (("write", "tweet") if is_organization else actor_words("cues"))


def _root(doc: Doc, start: int, end: int) -> Token:
    inside = range(start, end)
    return next((doc[i] for i in reversed(inside) if doc[i].head.i not in inside), doc[end - 1])


def head_of(page: Page, start: int, end: int) -> Token:
    """The word of a stretch that governs the others."""
    return _root(page.doc, start, end)


def words_of(page: Page, start: int, end: int) -> Iterator[str]:
    """The words of a name, with hyphens joined: “Ban”, “Ki-moon”."""
    word = ""
    for token in page.doc[start:end]:
        word += token.text
        if token.whitespace_ or token.i == end - 1:
            yield word
            word = ""
