"""Links pronouns and titles (“he”, “it”, “the president”) to those for whom they stand."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Literal

from detente.analysis.actors.marks import Draft, Mark, Page
from detente.analysis.lexicon.roles import honorifics, roles
from detente.contracts import ActorKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Token

    from detente.analysis.lexicon.roles import Gender

Number = Literal["person", "thing", "many"]

_PRONOUNS: dict[str, tuple[Number, Gender | None]] = {
    "he": ("person", "m"), "him": ("person", "m"), "his": ("person", "m"), "himself": ("person", "m"),
    "she": ("person", "f"), "her": ("person", "f"), "hers": ("person", "f"), "herself": ("person", "f"),
    "it": ("thing", None), "its": ("thing", None), "itself": ("thing", None),
    "they": ("many", None), "them": ("many", None), "their": ("many", None), "themselves": ("many", None),
}  # fmt: skip
#: “It is clear”, “it seems”: the pronoun stands for nothing.
_EMPTY = frozenset("be seem appear happen look turn remain rain snow become take matter".split())
#: How far back a pronoun reaches: its own sentence and so many before.
_REACH = {"person": 3, "thing": 1, "many": 1}
#: Clauses nested deeper than this around a pronoun come from a parse gone wrong.
_CLAUSES = 8


class Subjects:
    """The subjects seen so far, by sentence."""

    def __init__(self) -> None:
        self._of: dict[int, list[Token]] = {}

    def add(self, sentence: int, token: Token) -> None:
        self._of.setdefault(sentence, []).append(token)

    def before(self, sentence: int, reach: int) -> Iterator[Token]:
        """The subjects of the sentences before, the nearest sentence first, in each the first subject first."""
        for number in range(sentence - 1, sentence - 1 - reach, -1):
            yield from islice(self._of.get(number, ()), 6)

    def within(self, sentence: int) -> Iterator[Token]:
        """The subjects so far of a sentence, the nearest first."""
        yield from islice(reversed(self._of.get(sentence, ())), 6)


def mark_pronouns(page: Page) -> None:
    """Resolve pronouns and titles in order of the text, so that one may lead to another."""
    subjects, titles = Subjects(), Titles()
    for token in page.doc:
        mark = page.marks[token.i]
        if mark is not None:
            titles.see(mark)
        elif (wanted := _PRONOUNS.get(token.lower_)) is not None and token.pos_ in ("PRON", "DET"):
            _resolve(page, token, subjects, *wanted)
        elif token.lower_ in roles().nouns and (person := titles.find(page, token)) is not None:
            page.put(Mark(titles.start(page, token), token.i + 1, "title", (person,)))
        if token.dep_ in ("nsubj", "nsubjpass"):
            subjects.add(page.sentences[token.i], token)


def _resolve(page: Page, pronoun: Token, subjects: Subjects, number: Number, gender: Gender | None) -> None:
    if number == "thing" and pronoun.dep_ == "nsubj" and pronoun.head.lemma_ in _EMPTY:
        return
    for candidate in _candidates(page, pronoun, subjects, number):
        fits = _fits(page, candidate, number, gender)
        if fits is None:
            continue
        if fits:
            _link(page, pronoun, candidate)
        return


def _candidates(page: Page, pronoun: Token, subjects: Subjects, number: Number) -> Iterator[Token]:
    sentence = page.sentences[pronoun.i]
    own = _verb_of(pronoun)
    nearby = list(subjects.within(sentence))
    if pronoun.dep_ in ("dobj", "pobj", "dative"):
        nearby = [token for token in nearby if token.head != own]
    yield from nearby
    yield from subjects.before(sentence, _REACH[number])


def _verb_of(token: Token) -> Token:
    for _ in range(_CLAUSES):
        if token.pos_ in ("VERB", "AUX") or token.head == token:
            break
        token = token.head
    return token


def _fits(page: Page, candidate: Token, number: Number, gender: Gender | None) -> bool | None:
    """True where it stands for the candidate, None to look further, False where another thing is in the way."""
    mark = page.at(candidate)
    if mark is None and candidate.i in page.links:
        candidate = page.doc[page.links[candidate.i]]
        mark = page.at(candidate)
    if number == "person":
        return _fits_person(candidate, mark, gender)
    if number == "thing":
        return _fits_thing(candidate, mark)
    return _fits_many(candidate, mark)


def _fits_person(candidate: Token, mark: Mark | None, gender: Gender | None) -> bool | None:
    if mark is not None and len(mark.who) == 1:
        draft = mark.who[0]
        if draft.kind is not ActorKind.PERSON or draft.gender not in (None, gender):
            return None
        return True
    if candidate.tag_ == "NN" and candidate.lemma_.lower() in roles().nouns:
        return True if honorifics().get(candidate.lower_) in (None, gender) else None
    return None


def _fits_thing(candidate: Token, mark: Mark | None) -> bool | None:
    if mark is not None:
        return True if len(mark.who) == 1 and mark.who[0].kind is not ActorKind.PERSON and mark.kind != "demonym" else None
    if candidate.pos_ == "PRON" or candidate.lemma_.lower() in roles().nouns:
        return None
    return candidate.tag_ in ("NN", "NNP")


def _fits_many(candidate: Token, mark: Mark | None) -> bool | None:
    if mark is not None:
        if mark.kind == "pair" or (mark.kind == "demonym" and candidate.tag_ in ("NNS", "NNPS")):
            return True
        return None
    if candidate.pos_ == "PRON":
        return None
    return candidate.tag_ in ("NNS", "NNPS") or None


def _link(page: Page, pronoun: Token, candidate: Token) -> None:
    mark = page.at(candidate)
    if mark is None:
        page.links[pronoun.i] = page.links.get(candidate.i, candidate.i)
        return
    page.put(Mark(pronoun.i, pronoun.i + 1, "pronoun", mark.who))


class Titles:
    """Who was last seen with each role: “the president” is the last president."""

    def __init__(self) -> None:
        self._last: dict[str, Draft] = {}

    def see(self, mark: Mark) -> None:
        """Remember the roles of a person who is mentioned."""
        for draft in mark.who:
            if draft.role is not None:
                self._last[draft.role.split(" of ")[0].split()[-1]] = draft

    def find(self, page: Page, noun: Token) -> Draft | None:
        """The person for whom “the president”, “the Russian leader” stands. An article before is needed, a name behind refused."""
        if noun.tag_ not in ("NN", "NNP") or noun.dep_ not in ("nsubj", "nsubjpass", "pobj", "dobj", "poss", "dative", "conj"):
            return None
        person = self._last.get(noun.lower_)
        start = self.start(page, noun)
        if person is None or start == 0 or page.doc[start - 1].lower_ != "the":
            return None
        if any(child.dep_ in ("appos", "prep", "relcl", "acl") for child in islice(noun.rights, 6)):
            return None
        words = {token.lower_ for token in page.doc[start : noun.i]}
        return person if words <= set((person.role or "").split()) else None

    @staticmethod
    def start(page: Page, noun: Token) -> int:
        """The first word of the role: “prime” in “the prime minister”."""
        at = noun.i
        while at and page.marks[at - 1] is None and page.doc[at - 1].lower_ in roles().modifiers:
            at -= 1
        return at
