"""Resolves “the two countries”, “both sides”, “the neighbours” to the two states last named."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from detente.analysis.actors.marks import Draft, Mark, Page
from detente.analysis.lexicon.actor_words import actor_words
from detente.contracts import ActorKind

if TYPE_CHECKING:
    from spacy.tokens import Token

#: The two states are named in the sentence or in one of the two before.
_REACH = 2
_WINDOW = 80


def mark_pairs(page: Page) -> None:
    """Mark the phrases that stand for two states."""
    for token in page.doc:
        start = _start(token)
        if start is None or not page.is_free(start, token.i + 1):
            continue
        pair = _two_states(page, start)
        if pair:
            page.put(Mark(start, token.i + 1, "pair", pair))


def _start(noun: Token) -> int | None:
    """Where the phrase starts, if the noun is the head of one."""
    if noun.tag_ != "NNS" or noun.lemma_.lower() not in actor_words("two"):
        return None
    words = {token.lower_: token for token in islice(noun.lefts, 6)}
    if "both" in words:
        return words["both"].i
    if "two" in words and words.keys() & {"the", "these", "those"}:
        return min(words[word].i for word in words.keys() & {"the", "these", "those"})
    return words["the"].i if "the" in words and noun.lemma_.lower() in actor_words("alone") and len(words) == 1 else None


def _two_states(page: Page, start: int) -> tuple[Draft, ...]:
    """The two states last named before a place, in order of the text; none where it is not clear which two."""
    sentence, found = page.sentences[start], dict[Draft, None]()
    for at in range(start - 1, max(-1, start - _WINDOW), -1):
        if page.sentences[at] < sentence - _REACH or (page.sentences[at] < sentence and len(found) > 2):
            break
        mark = page.marks[at]
        if mark is None or mark.start != at:
            continue
        for draft in mark.who:
            if draft.kind is ActorKind.STATE:
                found.setdefault(draft)
        if len(found) == 2:
            return tuple(reversed(found))
    return ()
