"""Finds states and known organizations by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.analysis.actors.marks import Draft, Mark, Page
from detente.analysis.actors.places import is_place
from detente.analysis.lexicon.countries import countries
from detente.analysis.lexicon.gazetteers import gazetteer
from detente.contracts import ActorKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from spacy.tokens import Token

    from detente.analysis.actors.casts import MentionKind
    from detente.analysis.lexicon.gazetteers import Sense

#: “pro-Russian separatists” and “post-Soviet states” act for nobody whom the adjective names.
_AGAINST = frozenset(("pro", "anti", "non", "post", "ex", "pre", "un", "ethnic"))
#: “Iranian-backed militias” are not Iran's, but a “US-led coalition” and a “Greek-flagged tanker” are.
_OWN = frozenset(("led", "flagged", "registered", "owned", "run", "commanded", "flag"))


class Company:
    """The actors of one article by name: one draft for each state and organization."""

    def __init__(self) -> None:
        self._states: dict[str, Draft] = {}
        self._organizations: dict[str, Draft] = {}

    def state(self, code: str) -> Draft:
        if code not in self._states:
            self._states[code] = Draft(ActorKind.STATE, countries()[code].name, code)
        return self._states[code]

    def organization(self, name: str, country: str | None = None) -> Draft:
        if name not in self._organizations:
            self._organizations[name] = Draft(ActorKind.ORGANIZATION, name, country)
        return self._organizations[name]


def mark_states(page: Page, company: Company) -> None:
    """Mark the states and organizations that the lexicon knows."""
    for start, end, sense in gazetteer().find(page.doc):
        if sense.kind == "trap" or not _means_it(page, start, end, sense):
            continue
        draft = company.organization(sense.name, sense.country) if sense.kind == "organization" else company.state(sense.name)
        page.put(Mark(start, end, _KINDS[sense.kind](_head(page, start, end)), (draft,)))


def _head(page: Page, start: int, end: int) -> Token:
    """The word of a name that governs the others. Names are short, so that the last one serves where the parse is odd."""
    inside = range(start, end)
    return next((page.doc[i] for i in reversed(inside) if page.doc[i].head.i not in inside), page.doc[end - 1])


_KINDS: dict[str, Callable[[Token], MentionKind]] = {
    "name": lambda head: "place" if is_place(head) else "name",
    "capital": lambda head: "place" if is_place(head) else "metonym",
    "seat": lambda head: "place" if is_place(head) else "metonym",
    "place": lambda head: "place",
    "demonym": lambda head: "demonym",
    "prefix": lambda head: "demonym",
    "organization": lambda head: "name",
}


def _means_it(page: Page, start: int, end: int, sense: Sense) -> bool:
    """Whether the words stand for the state here, and not for a person, a language or somebody's enemies."""
    doc, first = page.doc, page.doc[start]
    if sense.kind == "prefix":
        return end + 1 < len(doc) and doc[end].text == "-" and doc[end + 1].text[:1].isupper()
    if _is_opposed(page, start) or _is_only_backer(page, end):
        return False
    if sense.kind == "demonym" and _is_language(doc[end - 1]):
        return False
    return not _is_in_person(page, first, end, sense)


def _is_opposed(page: Page, start: int) -> bool:
    before = [token.lower_ for token in page.doc[max(0, start - 2) : start]]
    return before[-1:] == ["ethnic"] or (len(before) == 2 and before[1] == "-" and before[0] in _AGAINST)


def _is_only_backer(page: Page, end: int) -> bool:
    """“Iranian-backed”, “Russian-speaking”, “London-based”."""
    doc = page.doc
    if end + 1 >= len(doc) or doc[end].text not in ("-", "–") or doc[end - 1].whitespace_ or doc[end].whitespace_:
        return False
    word = doc[end + 1]
    return word.tag_ in ("VBN", "VBG", "VBD", "JJ") and word.text.islower() and word.lower_ not in _OWN


def _is_language(token: Token) -> bool:
    """“in Russian”, “speaks Arabic”, “translated from English”."""
    if token.tag_ == "NNPS" or token.dep_ not in ("pobj", "dobj") or token.lower_.endswith("s"):
        return False
    if any(child.dep_ in ("det", "poss") for child in token.lefts):
        return False
    return token.head.lower_ in ("in", "into") or token.head.lemma_ in ("speak", "learn", "teach", "study", "understand")


def _is_in_person(page: Page, first: Token, end: int, sense: Sense) -> bool:
    """“Michael Jordan”, “Paris Hilton”, “George Washington”: part of a longer name of a person."""
    if first.ent_type_ != "PERSON" or sense.kind not in ("name", "capital", "place"):
        return False
    doc = page.doc
    goes_on = end < len(doc) and doc[end].ent_type_ == "PERSON" and doc[end].ent_iob_ == "I" and doc[end].tag_ != "POS"
    began = first.ent_iob_ == "I" and page.marks[first.i - 1] is None
    return goes_on or began
