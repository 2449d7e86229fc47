"""For which states a noun phrase acts: by its own name, else by what modifies its head."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

from detente.analysis.actors.marks import countries_of
from detente.analysis.lexicon.actings import acting_nouns, home_nouns, situations
from detente.analysis.lexicon.roles import roles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Token

    from detente.analysis.actors.marks import Mark, Page

#: “The Foreign Minister of the President's ally of …”: deeper nesting than this tells nothing of who acts.
_DEPTH = 4
#: A head with more modifiers than this is a list gone wrong in the parse.
_MODIFIERS = 24
#: Abbreviations that stand before a noun as an adjective does.
_ABBREVIATIONS = frozenset(("US", "U.S.", "U.S", "UK", "U.K.", "UAE", "U.A.E.", "USA", "DPRK", "ROK", "PRC", "DRC", "USSR"))
#: A country's name before these tells with what they deal: “the Syria envoy”.
_ABOUT = frozenset(("envoy", "expert", "analyst", "veteran", "watcher", "hawk", "team", "representative", "mission", "source"))


def states_of(page: Page, head: Token, depth: int = _DEPTH) -> tuple[str, ...]:
    """The codes of the states for which the phrase headed by `head` acts."""
    if depth == 0:
        return ()
    mark = page.at(head)
    if mark is not None:
        return _of_nationals(page, head, mark) or countries_of(mark)
    if (linked := page.links.get(head.i)) is not None:
        return states_of(page, page.doc[linked], depth - 1)
    if head.lemma_.lower() in situations() and head.pos_ != "VERB":
        return ()
    return modifier_states(page, head, depth) or attached_states(page, head, depth) or _by_apposition(page, head, depth)


def modifier_states(page: Page, head: Token, depth: int = _DEPTH) -> tuple[str, ...]:
    """The states whose adjective, possessive or name stands before a noun: “Russian troops”, “Pakistan's army”, “US officials”."""
    for child in islice(head.lefts, _MODIFIERS):
        if child.dep_ in ("poss", "amod", "compound", "nmod", "nsubj", "npadvmod"):
            if child.dep_ == "poss":
                codes = states_of(page, child, depth - 1)
            else:
                codes = _of_adjective(page, child, head)
            if codes:
                return codes
    return ()


def _of_adjective(page: Page, word: Token, head: Token) -> tuple[str, ...]:
    """“Turkish and Greek” gives both; “US-led” gives the leader."""
    mark = page.at(word)
    if mark is None:
        return _of_inner(page, word, head)
    if word.dep_ in ("nsubj", "npadvmod") and mark.kind != "demonym":
        return ()
    if not _modifies(mark, head):
        return ()
    codes = [countries_of(mark)]
    for other in islice(word.rights, _MODIFIERS):
        if other.dep_ == "conj" and (joined := page.at(other)) is not None:
            codes.append(countries_of(joined))
    inner = (page.at(child) for child in islice(word.lefts, 4) if child.dep_ in ("compound", "amod", "nmod"))
    codes = [countries_of(mark) for mark in inner if mark is not None] + codes
    return tuple(dict.fromkeys(chain.from_iterable(codes)))


def _of_inner(page: Page, word: Token, head: Token) -> tuple[str, ...]:
    """“The US-led coalition”, “Russian army officers”: the state modifies a modifier."""
    if word.tag_ in ("VBN", "VBD", "VBG"):
        if word.lower_ not in ("led", "flagged", "registered", "owned", "run", "commanded"):
            return ()
    elif word.dep_ not in ("compound", "nmod", "amod"):
        return ()
    for child in islice(word.lefts, 6):
        if (mark := page.at(child)) is not None and _modifies(mark, head if mark.kind == "demonym" else word):
            return countries_of(mark)
    return ()


def _modifies(mark: Mark, head: Token) -> bool:
    """Whether a state before a noun is whose it is. A bare name is so only before those who act: “Japan government”."""
    if mark.kind == "demonym":
        return True
    lemma = head.lemma_.lower()
    words = mark.who[0].name if mark.who else ""
    if _surface(mark, head) in _ABBREVIATIONS:
        return True
    return lemma not in _ABOUT and bool(words) and (lemma in acting_nouns() or lemma in roles().nouns)


def _surface(mark: Mark, head: Token) -> str:
    return str(head.doc[mark.start].text) if mark.end - mark.start == 1 else ""


def attached_states(page: Page, head: Token, depth: int = _DEPTH) -> tuple[str, ...]:
    """The states in a phrase behind those who act: “the government of Japan”, “soldiers from Mali”, “officials in Doha”."""
    lemma = head.lemma_.lower()
    acts = lemma in acting_nouns() or lemma in roles().nouns
    if not acts:
        return ()
    for child in islice(head.rights, _MODIFIERS):
        preposition = _based(child)
        if preposition is None:
            continue
        word = preposition.lower_
        if word in ("of", "from") or (word in ("in", "at") and (lemma in home_nouns() or preposition is not child)):
            for object_ in preposition.rights:
                if object_.dep_ == "pobj" and (codes := _of_object(page, object_, depth)):
                    return codes
    return ()


def _based(child: Token) -> Token | None:
    """The preposition after a noun, also in “a group based in Trinidad”."""
    if child.dep_ == "prep":
        return child
    if child.dep_ == "acl" and child.lower_ in ("based", "stationed", "living", "headquartered", "operating"):
        return next((inner for inner in islice(child.rights, 4) if inner.dep_ == "prep"), None)
    return None


def _of_object(page: Page, object_: Token, depth: int) -> tuple[str, ...]:
    """The states of “Egypt and Ethiopia” or “the Russian government” behind “of”."""
    codes = list(states_of(page, object_, depth - 1))
    if codes:
        conjunct: Token | None = object_
        for _ in range(8):
            conjunct = next((token for token in islice(conjunct.rights, 8) if token.dep_ == "conj"), None) if conjunct else None
            if conjunct is None or page.at(conjunct) is None:
                break
            codes.extend(states_of(page, conjunct, 1))
    return tuple(dict.fromkeys(codes))


def _of_nationals(page: Page, head: Token, mark: Mark) -> tuple[str, ...]:
    """“Bosnian Serbs”, “British Pakistanis” are of the state of their adjective."""
    if mark.kind != "demonym":
        return ()
    return tuple(dict.fromkeys(code for other in _demonyms_before(page, head) for code in countries_of(other)))


def _demonyms_before(page: Page, head: Token) -> Iterator[Mark]:
    for child in islice(head.lefts, 4):
        mark = page.at(child)
        if child.dep_ in ("amod", "compound") and mark is not None and mark.kind == "demonym" and mark is not page.at(head):
            yield mark


def _by_apposition(page: Page, head: Token, depth: int) -> tuple[str, ...]:
    """“Its enemy, Pakistan, …”."""
    for child in islice(head.rights, _MODIFIERS):
        if child.dep_ == "appos" and page.at(child) is not None:
            return states_of(page, child, depth - 1)
    return ()
