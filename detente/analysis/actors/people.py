"""Joins the names of people into persons, and gives them role and country from the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.analysis.actors.hints import hint
from detente.analysis.actors.marks import Draft, Mark, Page
from detente.analysis.actors.names import find_names, goes_on_as_thing, words_of
from detente.analysis.actors.offices import describe
from detente.analysis.lexicon.given_names import given_names
from detente.analysis.lexicon.leaders import fold, leaders
from detente.analysis.lexicon.roles import honorifics
from detente.contracts import ActorKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from spacy.tokens import Token

    from detente.analysis.lexicon.roles import Gender

_SUFFIXES = frozenset(("jr", "sr", "ii", "iii", "iv"))


class Persons:
    """The people of an article by the words of their names."""

    def __init__(self) -> None:
        self._people: list[Draft] = []
        self._by_word: dict[str, list[Draft]] = {}

    def introduce(self, words: tuple[str, ...]) -> None:
        """Make known a full name: one of two words and more."""
        keys = keys_of(words)
        if len(keys) < 2:
            return
        for person in self._by_word.get(keys[-1], ()):
            if _is_same(keys, keys_of(tuple(person.name.split()))):
                if len(words) > len(person.name.split()):
                    person.name = " ".join(words)
                return
        self._add(Draft(ActorKind.PERSON, " ".join(words)), keys)

    def find(self, words: tuple[str, ...], recent: Draft | None, gender: Gender | None) -> Draft:
        """The person of a name. A single word is the last name of somebody introduced, else the first, else a new person."""
        keys = keys_of(words) or tuple(word.lower() for word in words)
        known = [person for person in self._by_word.get(keys[-1], ()) if gender is None or person.gender in (None, gender)]
        if len(keys) > 1:
            known = [person for person in known if _is_same(keys, keys_of(tuple(person.name.split())))]
        else:
            known = [p for p in known if keys_of(tuple(p.name.split()))[-1] == keys[-1]] or known
        if recent in known:
            return recent
        if known:
            return known[0]
        person = Draft(ActorKind.PERSON, " ".join(words))
        self._add(person, keys)
        return person

    def first_names(self, surname: str) -> set[str]:
        """The first names of those introduced whose last name it is."""
        key = surname.lower()
        names = [person.name.split() for person in self._by_word.get(key, ())]
        return {words[0] for words in names if len(words) > 1 and (keys_of(tuple(words)) or ("",))[-1] == key}

    def _add(self, person: Draft, keys: Iterable[str]) -> None:
        self._people.append(person)
        for key in dict.fromkeys(keys):
            self._by_word.setdefault(key, []).append(person)


def keys_of(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a name that tell people apart, folded: without “Jr.” and initials, “al-Assad” as “assad”."""
    folded = [word.lower().strip(".,'’") for word in words]
    folded = [word.removeprefix("al-").removeprefix("el-") for word in folded]
    return tuple(word for word in folded if word not in _SUFFIXES and word not in ("al", "el", "bin", "de", "van", "von"))


def _is_same(keys: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """“Barack Obama” and “Barack Hussein Obama” are one, “Bill Clinton” and “Hillary Clinton” two."""
    if keys[-1] != other[-1]:
        return False
    first, second = keys[0], other[0]
    initial = len(first.replace(".", "")) <= 2 or len(second.replace(".", "")) <= 2
    return first == second or len(other) == 1 or (initial and first[:1] == second[:1])


def mark_people(pages: tuple[Page, ...], day: date | None) -> None:
    """Mark the people of body and title. Full names are gathered first, so that a surname in the title finds its bearer.

    `day` is the day of the article, for the list of leaders.
    """
    persons = Persons()
    names = [find_names(page) for page in pages]
    for page, stretches in zip(pages, names, strict=True):
        for start, end in stretches:
            persons.introduce(tuple(words_of(page, start, end)))
    for page, stretches in zip(pages, names, strict=True):
        _mark(page, sorted(stretches + _known_surnames(page, stretches, persons)), persons, day)


def _known_surnames(page: Page, stretches: list[tuple[int, int]], persons: Persons) -> list[tuple[int, int]]:
    """Last names of people who are named in full elsewhere, whatever the model takes the words for."""
    taken = {at for start, end in stretches for at in range(start, end)}
    found = []
    for token in page.doc:
        if token.i in taken or page.marks[token.i] is not None or not token.text[:1].isupper():
            continue
        firsts = persons.first_names(token.text)
        if firsts and _is_whole_word(page, token):
            with_first = token.i - 1 not in taken and token.i and page.doc[token.i - 1].text in firsts
            found.append((token.i - 1 if with_first else token.i, token.i + 1))
    return found


def _is_whole_word(page: Page, token: Token) -> bool:
    """Whether the word is no part of a compound (“Clinton-era”) or of another name (“Clinton Foundation”)."""
    doc = page.doc
    before, after = (doc[token.i - 1] if token.i else None), (doc[token.i + 1] if token.i + 1 < len(doc) else None)
    if (before is not None and before.text == "-" and not before.whitespace_) or (after is not None and after.text == "-"):
        return False
    return after is None or not goes_on_as_thing(page, after.i)


def _mark(page: Page, stretches: list[tuple[int, int]], persons: Persons, day: date | None) -> None:
    recent: dict[str, Draft] = {}
    for start, end in stretches:
        words = tuple(words_of(page, start, end))
        gender = _gender_before(page, start) or _gender_of(words)
        person = persons.find(words, recent.get((keys_of(words) or words)[-1]), gender)
        person.gender = person.gender or gender or _gender_of_leader(tuple(person.name.split()))
        for key in keys_of(tuple(person.name.split())):
            recent[key] = person
        page.put(Mark(start, end, "name" if len(words) > 1 else "surname", (person,)))
        describe(page, start, end, person)
        if person.country is None and not person.stateless:
            hint(person, keys_of(tuple(person.name.split())), day)


def _gender_before(page: Page, start: int) -> Gender | None:
    return honorifics().get(page.doc[start - 1].lower_) if start else None


def _gender_of(words: tuple[str, ...]) -> Gender | None:
    """What a given name tells, where there is one."""
    return given_names().get(words[0]) if len(words) > 1 else None


def _gender_of_leader(words: tuple[str, ...]) -> Gender | None:
    """What the given names of the leaders tell whom a surname means, where the text has the surname alone."""
    if len(words) > 1:
        return None
    spells = leaders().get(fold(words[0]), ()) if words else ()
    firsts = {spell.given.split()[0].title() for spell in spells if spell.given}
    genders = {given_names().get(first) for first in firsts}
    return genders.pop() if len(genders) == 1 and all(spell.alone for spell in spells) else None
