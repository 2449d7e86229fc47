"""Later mentions by a noun: “the president”, “the Russian leader”, “the country”."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from detente.analysis.actors.marks import Draft, Mark, Page, countries_of
from detente.analysis.lexicon.actor_words import actor_words
from detente.analysis.lexicon.roles import roles
from detente.contracts import ActorKind

if TYPE_CHECKING:
    from spacy.tokens import Token

_DEPENDENCIES = frozenset(("nsubj", "nsubjpass", "pobj", "dobj", "poss", "dative", "conj", "agent"))
#: More people than these with one role are a list, of whom the last few are enough to see that “the president” is unclear.
_KEPT = 4
#: “The country” is the state last named no further back than this.
_WINDOW = 60
#: Stands for a whole role: “the Russian leader” is the president.
_LEADER = "leader"


class Titles:
    """Who was last seen with each role: “the president” is the last president, if there was no other of late."""

    def __init__(self) -> None:
        self._seen: dict[str, list[tuple[int, Draft]]] = {}

    def see(self, mark: Mark, sentence: int) -> None:
        """Remember the roles of people who are mentioned in a sentence."""
        for draft in mark.who:
            word = _noun(draft)
            if word is not None:
                self._remember(word, sentence, draft)
            # Whose country only the list of leaders tells leads it, or did.
            if word in actor_words("heads") or draft.hinted:
                self._remember(_LEADER, sentence, draft)

    def _remember(self, word: str, sentence: int, draft: Draft) -> None:
        seen = [entry for entry in self._seen.get(word, ()) if entry[1] is not draft]
        self._seen[word] = [*seen[-_KEPT:], (sentence, draft)]

    def find(self, page: Page, noun: Token) -> Mark | None:
        """The mention of a person by role. It needs “the” or an owner before; with a name behind it is another's."""
        if noun.lower_ not in self._seen or noun.tag_ not in ("NN", "NNP") or noun.dep_ not in _DEPENDENCIES:
            return None
        if any(child.dep_ in ("appos", "prep", "relcl", "acl") for child in islice(noun.rights, 6)):
            return None
        start = _start(page, noun)
        owner = _owner(page, start)
        if owner is None:
            return None
        added = {token.lower_ for token in page.doc[start : noun.i]}
        fitting = [entry for entry in self._seen[noun.lower_] if _fits(entry[1], owner, added)]
        recent = [entry for entry in fitting if entry[0] >= page.sentences[noun.i] - 1]
        if not fitting or len(recent) > 1:
            return None
        return Mark(start, noun.i + 1, "title", (fitting[-1][1],))


def _noun(draft: Draft) -> str | None:
    """“President” of “vice president of the bank”."""
    words = (draft.role or "").split(" of ")[0].split()
    return words[-1] if words and draft.kind is ActorKind.PERSON else None


def _fits(draft: Draft, owner: tuple[str, ...], added: set[str]) -> bool:
    return (not owner or owner == (draft.country,)) and added <= set((draft.role or "").split())


def _start(page: Page, noun: Token) -> int:
    """The first word of the role: “prime” in “the prime minister”."""
    at = noun.i
    while at and page.marks[at - 1] is None and page.doc[at - 1].lower_ in roles().modifiers:
        at -= 1
    return at


def _owner(page: Page, start: int) -> tuple[str, ...] | None:
    """The state before a role, none (empty) for “the” alone; None where neither stands there."""
    if start == 0:
        return None
    before = page.doc[start - 1]
    if before.lower_ == "the":
        return ()
    mark = page.marks[start - 2] if before.tag_ == "POS" and start > 1 else page.marks[start - 1]
    if mark is None or mark.who[0].kind is not ActorKind.STATE:
        return None
    is_definite = before.tag_ == "POS" or (mark.start and page.doc[mark.start - 1].lower_ == "the")
    return countries_of(mark) if is_definite else None


def find_country(page: Page, noun: Token) -> Mark | None:
    """“The country”, where one state alone was named in the sentence and the one before."""
    if noun.lower_ not in ("country", "nation") or noun.tag_ != "NN" or not noun.i:
        return None
    is_described = any(child.dep_ in ("relcl", "prep", "acl") for child in islice(noun.rights, 6))
    if is_described or page.doc[noun.i - 1].lower_ not in ("the", "this", "that"):
        return None
    found: dict[str, Draft] = {}
    for at in range(noun.i - 1, max(-1, noun.i - _WINDOW), -1):
        if page.sentences[at] < page.sentences[noun.i] - 1:
            break
        mark = page.marks[at]
        for draft in mark.who if mark is not None else ():
            if draft.country is not None:
                found.setdefault(draft.country, draft)
    states = [draft for draft in found.values() if draft.kind is ActorKind.STATE]
    return Mark(noun.i - 1, noun.i + 1, "description", (states[0],)) if len(found) == 1 and states else None
