"""For which states a noun phrase acts: by its own name, else by what modifies its head."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from detente.analysis.actors.marks import countries_of
from detente.analysis.actors.nouns import acts, counts_others, is_at_home, is_role, is_situation, lemma_of
from detente.analysis.lexicon.actor_words import actor_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spacy.tokens import Token

    from detente.analysis.actors.marks import Mark, Page

#: “The Foreign Minister of the President's ally of …”: deeper nesting than this tells nothing of who acts.
_DEPTH = 4
#: A head with more modifiers than this is a list gone wrong in the parse.
_MODIFIERS = 24
#: A list of states with more members than this is no pair or group that acts together.
_LIST = 8
#: How what stands before a noun as an adjective is parsed. “US” is at times taken for a determiner or a subject.
_ADJECTIVES = frozenset(("amod", "compound", "nmod", "nsubj", "npadvmod", "det"))
#: Abbreviations that stand before a noun as an adjective does.
_ABBREVIATIONS = frozenset(("US", "U.S.", "U.S", "UK", "U.K.", "UAE", "U.A.E.", "USA", "DPRK", "ROK", "PRC", "DRC", "USSR"))
#: “A group based in Trinidad”.
_BASED = frozenset(("based", "stationed", "living", "headquartered", "operating"))


def states_of(page: Page, head: Token, depth: int = _DEPTH) -> tuple[str, ...]:
    """The codes of the states for which the phrase headed by `head` acts."""
    if depth == 0:
        return ()
    mark = page.at(head)
    if mark is not None:
        return _of_nationals(page, head, mark) or countries_of(mark)
    if (linked := page.links.get(head.i)) is not None:
        return states_of(page, page.doc[linked], depth - 1)
    if is_situation(head):
        return ()
    if lemma_of(head) in actor_words("relations"):
        return _by_apposition(page, head, depth)
    by_words = modifier_states(page, head, depth) or attached_states(page, head, depth) or _by_apposition(page, head, depth)
    return by_words or tuple(draft.country for draft in page.who(head) if draft.country)


def modifier_states(page: Page, head: Token, depth: int = _DEPTH) -> tuple[str, ...]:
    """The states whose adjective, possessive or name stands before a noun: “Russian troops”, “Pakistan's army”.

    Those who act are of their adjective (“his Iranian counterpart”), other things of their owner (“Israel's Syrian policy”).
    """
    owners: tuple[str, ...] = ()
    for child in islice(head.lefts, _MODIFIERS):
        if child.dep_ == "poss":
            owners = states_of(page, child, depth - 1) if lemma_of(head) != "counterpart" else ()
            if owners and not acts(head):
                return owners
        elif child.dep_ in _ADJECTIVES and (codes := _of_adjective(page, child, head)):
            return codes
    return owners


def _of_adjective(page: Page, word: Token, head: Token) -> tuple[str, ...]:
    """“Turkish and Greek” gives both; “US-led” gives the leader."""
    mark = page.at(word)
    if mark is None:
        return _of_inner(page, word, head)
    if (word.dep_ in ("nsubj", "npadvmod") and mark.kind != "demonym") or not _modifies(mark, head):
        return ()
    joined = [page.at(other) for other in conjuncts(word)]
    before = [page.at(child) for child in islice(word.lefts, 4) if child.dep_ in ("compound", "amod", "nmod")]
    return _codes([*before, mark, *joined])


def _codes(marks: Iterable[Mark | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for mark in marks if mark is not None for code in countries_of(mark)))


def _of_inner(page: Page, word: Token, head: Token) -> tuple[str, ...]:
    """“The US-led coalition”, “Russian army officers”: the state modifies a modifier."""
    if word.tag_ in ("VBN", "VBD", "VBG"):
        if word.lower_ not in actor_words("own"):
            return ()
    elif word.dep_ not in ("compound", "nmod", "amod"):
        return ()
    for child in islice(word.lefts, 6):
        mark = page.at(child)
        if mark is not None and (word.lower_ in actor_words("own") or _modifies(mark, head if mark.kind == "demonym" else word)):
            return countries_of(mark)
    return ()


def _modifies(mark: Mark, head: Token) -> bool:
    """Whether a state before a noun is whose it is. A bare name is so only before those who act: “Japan government”."""
    if mark.kind == "demonym" or is_abbreviation(mark, head):
        return True
    if lemma_of(head) in actor_words("located"):
        return True
    return lemma_of(head) not in actor_words("about") and acts(head)


def is_abbreviation(mark: Mark, head: Token) -> bool:
    """“US” stands before a noun as an adjective does."""
    return mark.end - mark.start == 1 and head.doc[mark.start].text in _ABBREVIATIONS


def attached_states(page: Page, head: Token, depth: int = _DEPTH) -> tuple[str, ...]:
    """The states in a phrase behind those who act: “the government of Japan”, “soldiers from Mali”, “officials in Doha”."""
    if not acts(head) and not counts_others(head):
        return ()
    for child in islice(head.rights, _MODIFIERS):
        preposition = _based(child)
        if preposition is None or not _belongs_by(page, preposition, head, is_based=preposition is not child):
            continue
        for object_ in islice(preposition.rights, 4):
            if object_.dep_ == "pobj" and (codes := _of_object(page, object_, depth)):
                return codes
    return ()


def _belongs_by(page: Page, preposition: Token, head: Token, *, is_based: bool) -> bool:
    """Whether those named belong to what is behind the preposition."""
    word = preposition.lower_
    if word == "of" or (word == "from" and acts(head)):
        return True
    if word in ("in", "at"):
        return is_based or (is_at_home(head) and acts(head) and not _is_owned(page, head))
    return word in ("for", "to") and lemma_of(head) in actor_words("servants")


def _is_owned(page: Page, head: Token) -> bool:
    """“UN officials in Doha”, “Islamic State commanders in Syria” are not of the place."""
    return any(page.at(word) is not None for child in islice(head.lefts, _MODIFIERS) for word in (child, *islice(child.lefts, 4)))


def _based(child: Token) -> Token | None:
    """The preposition after a noun, also in “a group based in Trinidad”."""
    if child.dep_ == "prep":
        return child
    if child.dep_ == "acl" and child.lower_ in _BASED:
        return next((inner for inner in islice(child.rights, 4) if inner.dep_ == "prep"), None)
    return None


def _of_object(page: Page, object_: Token, depth: int) -> tuple[str, ...]:
    """The states of “Egypt and Ethiopia” or “the Russian government” behind “of”."""
    codes = list(states_of(page, object_, depth - 1))
    if not codes:
        return ()
    for conjunct in conjuncts(object_):
        if page.at(conjunct) is not None:
            codes.extend(states_of(page, conjunct, 1))
    return tuple(dict.fromkeys(codes))


def conjuncts(first: Token) -> Iterator[Token]:
    """The further members of a list: “Egypt, Sudan and Ethiopia”."""
    last: Token | None = first
    for _ in range(_LIST):
        last = next((token for token in islice(last.rights, _LIST) if token.dep_ == "conj"), None) if last is not None else None
        if last is None:
            return
        yield last


def _of_nationals(page: Page, head: Token, mark: Mark) -> tuple[str, ...]:
    """“Bosnian Serbs”, “British Pakistanis” are of the state of their adjective."""
    if mark.kind != "demonym":
        return ()
    before = (page.at(child) for child in islice(head.lefts, 4) if child.dep_ in ("amod", "compound"))
    return _codes(other for other in before if other is not None and other.kind == "demonym" and other is not mark)


def _by_apposition(page: Page, head: Token, depth: int) -> tuple[str, ...]:
    """“Its enemy, Pakistan, …”, “the defence minister, Sergei Shoigu”."""
    for child in islice(head.rights, _MODIFIERS):
        if child.dep_ == "appos" and (page.at(child) is not None or is_role(child)):
            return states_of(page, child, depth - 1)
    return ()
