"""Finds states and known organizations by their names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from detente.analysis.actors.marks import Draft, Mark, Page
from detente.analysis.actors.places import is_place
from detente.analysis.lexicon.actor_words import actor_words
from detente.analysis.lexicon.ambiguities import ambiguities
from detente.analysis.lexicon.countries import countries
from detente.analysis.lexicon.gazetteers import gazetteer
from detente.analysis.lexicon.given_names import given_names
from detente.contracts import ActorKind

if TYPE_CHECKING:
    from spacy.tokens import Token

    from detente.analysis.actors.casts import MentionKind
    from detente.analysis.lexicon.gazetteers import Sense

#: Their bodies have names that other states' have too: “Congress”, “the House of Commons”.
_GENERIC = ("USA", "GBR")
#: States that are no more: what is formerly theirs is now another's.
_GONE = ("soviet", "yugoslav", "czechoslovak")
_HYPHENS = ("-", "–", "‑")


class Company:
    """The actors of one article by name: one draft for each state and organization."""

    def __init__(self, words: frozenset[str]) -> None:
        """`words` are all words of the article, which tell shared names apart."""
        self._words = words
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

    def meant(self, surface: str, sense: Sense) -> Draft:
        """The state or organization that a name means in this article."""
        if sense.kind == "organization":
            return self.organization(sense.name, sense.country)
        other = ambiguities().get(surface)
        if other is not None and other.cues & self._words and not other.unless & self._words:
            return self.state(other.country)
        return self.state(sense.name)


def mark_states(page: Page, company: Company) -> None:
    """Mark the states and organizations that the lexicon knows."""
    for start, end, sense in gazetteer().find(page.doc):
        if sense.kind != "trap" and _means_it(page, start, end, sense):
            draft = company.meant(page.doc[start:end].text, sense)
            page.put(Mark(start, end, _kind(page, start, end, sense), (draft,)))
    for token in page.doc:
        if page.marks[token.i] is None and token.text[:1].isupper() and any(hyphen in token.text for hyphen in _HYPHENS):
            _mark_compound(page, token, company)
    for mark in list(page.all()):
        if _is_of_another_state(page, mark):
            page.drop(mark)


def _is_of_another_state(page: Page, mark: Mark) -> bool:
    """“The Peruvian Congress”, “the Pakistani Taliban”: the adjective tells another state than the name does elsewhere."""
    draft, before = mark.who[0], mark.start - 1
    if draft.kind is not ActorKind.ORGANIZATION or draft.country is None or before < 0:
        return False
    if page.doc[before].tag_ == "POS" and draft.country in _GENERIC:
        before -= 1
    owner = page.marks[before]
    if owner is None or owner.who[0].kind is not ActorKind.STATE or owner.who[0].country == draft.country:
        return False
    return owner.kind == "demonym" or before != mark.start - 1


def _mark_compound(page: Page, token: Token, company: Company) -> None:
    """“U.S.-Soviet”, “U.S.-led”: several words in one token."""
    parts = re.split("[-–‑]", token.text)
    senses = [gazetteer().word(part) for part in parts if part[:1].isupper()]
    others = [part for part in parts if not part[:1].isupper()]
    if any(word not in actor_words("own") for word in others) or len(parts) > 3:
        return
    known = [sense for sense in senses if sense is not None and sense.kind in ("name", "demonym", "capital")]
    if known and len(known) == len(senses):
        page.put(Mark(token.i, token.i + 1, "demonym", tuple(dict.fromkeys(company.state(sense.name) for sense in known))))


def _head(page: Page, start: int, end: int) -> Token:
    """The word of a name that governs the others. Names are short, so that the last one serves where the parse is odd."""
    inside = range(start, end)
    return next((page.doc[i] for i in reversed(inside) if page.doc[i].head.i not in inside), page.doc[end - 1])


def _kind(page: Page, start: int, end: int, sense: Sense) -> MentionKind:
    if sense.kind == "organization":
        return "name"
    if sense.kind in ("demonym", "prefix"):
        return "demonym"
    if sense.kind == "place" or is_place(_head(page, start, end), is_capital=sense.kind == "capital"):
        return "place"
    return "name" if sense.kind == "name" else "metonym"


def _means_it(page: Page, start: int, end: int, sense: Sense) -> bool:
    """Whether the words stand for the state here, and not for a person, a language or somebody's enemies."""
    doc = page.doc
    if sense.kind == "prefix":
        return end + 1 < len(doc) and doc[end].text in _HYPHENS and doc[end + 1].text[:1].isupper()
    if _is_opposed(page, start) or _is_only_backer(page, end) or (end < len(doc) and doc[end].text.startswith("$")):
        return False
    if sense.kind == "demonym" and _is_language(doc[end - 1]):
        return False
    return not _is_in_person(page, doc[start], end, sense)


def _is_opposed(page: Page, start: int) -> bool:
    """“pro-Russian separatists”, “ethnic Albanians”, “the former Soviet republic”; but an “ex-French minister” is French."""
    before = [token.lower_ for token in page.doc[max(0, start - 2) : start]]
    if before[-1:] == ["ethnic"]:
        return True
    word = before[0] if len(before) == 2 and before[1] in _HYPHENS else before[-1] if before else ""
    if word in ("ex", "former"):
        return page.doc[start].lower_ in _GONE
    return len(before) == 2 and before[1] in _HYPHENS and word in actor_words("opposed")


def _is_only_backer(page: Page, end: int) -> bool:
    """“Iranian-backed”, “Russian-speaking”, “London-based”, but not “US-led” and “Greek-flagged”."""
    doc = page.doc
    if end + 1 >= len(doc) or doc[end].text not in _HYPHENS or doc[end - 1].whitespace_ or doc[end].whitespace_:
        return False
    word = doc[end + 1]
    return word.tag_ in ("VBN", "VBG", "VBD", "JJ") and word.text.islower() and word.lower_ not in actor_words("own")


def _is_language(token: Token) -> bool:
    """“in Russian”, “speaks Arabic”, “translated from English”."""
    if token.tag_ == "NNPS" or token.dep_ not in ("pobj", "dobj") or token.lower_.endswith("s"):
        return False
    if any(child.dep_ in ("det", "poss") for child in token.lefts):
        return False
    return token.head.lower_ in ("in", "into") or token.head.lemma_ in ("speak", "learn", "teach", "study", "understand")


def _is_in_person(page: Page, first: Token, end: int, sense: Sense) -> bool:
    """“Michael Jordan”, “Paris Hilton”, “George Washington”: part of a longer name of a person."""
    doc = page.doc
    if sense.kind not in ("name", "capital", "place") and end > first.i + 1:
        return False
    if first.i and end == first.i + 1 and doc[first.i - 1].text in given_names() and page.marks[first.i - 1] is None:
        return not first.is_sent_start
    if first.ent_type_ != "PERSON" or (sense.kind == "demonym" and first.tag_ != "NNP"):
        return False
    goes_on = end < len(doc) and doc[end].ent_type_ == "PERSON" and doc[end].ent_iob_ == "I" and doc[end].tag_ != "POS"
    began = first.ent_iob_ == "I" and page.marks[first.i - 1] is None
    return goes_on or began
