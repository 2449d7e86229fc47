"""Resolves “the two countries”, “both sides”, “the neighbours”, “the two leaders” to the two states last named."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from detente.analysis.actors.marks import Draft, Mark, Page
from detente.analysis.actors.nouns import lemma_of
from detente.analysis.actors.phrases import conjuncts
from detente.analysis.lexicon.actor_words import actor_words
from detente.contracts import ActorKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Token

    from detente.analysis.actors.states import Company

#: The two states are named in the sentence or in one of the two before.
_REACH = 2
#: A sentence that names its states further back than this is a list.
_WINDOW = 80


def mark_pairs(page: Page, company: Company) -> None:
    """Mark the phrases that stand for two states, or for two people of two states."""
    for token in page.doc:
        start = _start(token)
        if start is None or not page.is_free(start, token.i + 1):
            continue
        marks = _two(page, start)
        if marks:
            page.put(Mark(start, token.i + 1, "pair", _who(marks, token, company)))


def _start(noun: Token) -> int | None:
    """Where the phrase starts, if the noun is the head of one."""
    if noun.tag_ not in ("NNS", "NNPS") or lemma_of(noun) not in actor_words("two"):
        return None
    words = {token.lower_: token for token in islice(noun.lefts, 6)}
    if "both" in words:
        return words["both"].i
    if "two" in words and words.keys() & {"the", "these", "those"}:
        return min(words[word].i for word in words.keys() & {"the", "these", "those"})
    return words["the"].i if "the" in words and lemma_of(noun) in actor_words("alone") and len(words) == 1 else None


def _who(marks: list[Mark], noun: Token, company: Company) -> tuple[Draft, ...]:
    """The people themselves for “the two presidents”, else the states."""
    people = tuple(mark.who[0] for mark in marks if mark.who[0].kind is ActorKind.PERSON)
    if len(people) == len(marks) and lemma_of(noun) in actor_words("heads"):
        return people
    return tuple(company.state(code) for mark in marks if (code := mark.who[0].country) is not None)


def _two(page: Page, start: int) -> list[Mark]:
    """Mentions of the two states meant, in order of the text; none where it is not clear which two."""
    first, found = page.sentences[start] - _REACH, dict[str, Mark]()
    sentence = page.sentences[start]
    for mark in _before(page, start, first):
        if page.sentences[mark.start] != sentence:
            if len(found) >= 2:
                break
            sentence = page.sentences[mark.start]
        for draft in mark.who:
            if draft.country is not None:
                found.setdefault(draft.country, mark)
    if len(found) > 2:
        return _last_couple(page, found)
    return sorted(found.values(), key=lambda mark: mark.start) if len(found) == 2 else []


def _before(page: Page, start: int, first_sentence: int) -> Iterator[Mark]:
    """The mentions before a place, the nearest first, those of several states apart."""
    for at in range(start - 1, max(-1, start - _WINDOW), -1):
        if page.sentences[at] < first_sentence:
            return
        mark = page.marks[at]
        if mark is not None and mark.start == at and len(mark.who) == 1 and mark.kind != "pronoun":
            yield mark


def _last_couple(page: Page, found: dict[str, Mark]) -> list[Mark]:
    """Of more than two states the two that stand together: “visited Mauritania and Senegal”."""
    for mark in sorted(found.values(), key=lambda mark: -mark.start):
        head = page.doc[mark.end - 1]
        others = [page.marks[token.i] for token in conjuncts(head)]
        if len(others) == 1 and others[0] in found.values() and head.dep_ != "conj":
            return [mark, others[0]] if others[0] is not None else []
    return []
