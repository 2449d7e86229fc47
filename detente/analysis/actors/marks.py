"""Who stands at which token of a document, while the cast is being found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from detente.contracts import ActorKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc, Token

    from detente.analysis.actors.casts import MentionKind
    from detente.analysis.lexicon.roles import Gender

#: Words that headlines leave in lower case (“from”, “with”) have no more letters than this.
_SHORT = 4
#: A name and its title alone are no headline, nor is a short sentence about them with a full stop.
_FEW = 3
_FEW_CLOSED = 6
#: Headlines capitalize all longer words, but for a slip.
_MOST = 0.8


@dataclass(eq=False)
class Draft:
    """An actor of whom more may become known further on in the text."""

    kind: ActorKind
    name: str
    country: str | None = None
    role: str | None = None
    gender: Gender | None = None
    #: The country comes from the list of leaders, so that the text overrides it.
    hinted: bool = False
    #: Another organization than a state holds the person (“NATO Secretary General”), so no state is to be inherited.
    stateless: bool = False


@dataclass(frozen=True, eq=False)
class Mark:
    """A mention, by tokens."""

    start: int
    end: int
    kind: MentionKind
    who: tuple[Draft, ...]


@dataclass
class Page:
    """A document with a mark for each token that is part of a mention.

    `links` lead from pronouns to the head of the phrase that they stand for; `sentences` has the number of the sentence of
    each token.
    """

    doc: Doc
    marks: list[Mark | None]
    links: dict[int, int] = field(default_factory=dict)
    sentences: list[int] = field(default_factory=list)
    #: Sentences in which every longer word is capitalized, so that a capital tells nothing.
    headlines: frozenset[int] = frozenset()
    #: Who holds the role that a noun beside a name tells: “coach” in “the coach, Ann Lee,” leads to her.
    bearers: dict[int, Draft] = field(default_factory=dict)
    #: “His Iranian counterpart, Ann Lee”: people with the role of somebody else, and the noun that says so.
    counterparts: list[tuple[int, Draft]] = field(default_factory=list)
    #: Holders of an office whose state is not said, with the noun of the office.
    unplaced: list[tuple[int, Draft]] = field(default_factory=list)

    @classmethod
    def of(cls, doc: Doc) -> Page:
        starts, number = [], -1
        for token in doc:
            number += bool(token.is_sent_start) or number < 0
            starts.append(number)
        return cls(doc, [None] * len(doc), sentences=starts, headlines=_headlines(doc, starts))

    def put(self, mark: Mark) -> None:
        """Add a mention. What it covers, even in part, it replaces."""
        for index in range(mark.start, mark.end):
            if (old := self.marks[index]) is not None:
                self.drop(old)
        self.marks[mark.start : mark.end] = [mark] * (mark.end - mark.start)

    def drop(self, mark: Mark) -> None:
        self.marks[mark.start : mark.end] = [None] * (mark.end - mark.start)

    def at(self, token: Token) -> Mark | None:
        return self.marks[token.i]

    def who(self, token: Token) -> tuple[Draft, ...]:
        """Those whom a token mentions, or whose role it tells."""
        mark = self.marks[token.i]
        if mark is not None:
            return mark.who
        return (self.bearers[token.i],) if token.i in self.bearers else ()

    def is_free(self, start: int, end: int) -> bool:
        return not any(self.marks[start:end])

    def all(self) -> Iterator[Mark]:
        """Every mention once, in order of the text."""
        last = None
        for mark in self.marks:
            if mark is not None and mark is not last:
                yield mark
            last = mark


def _headlines(doc: Doc, sentences: list[int]) -> frozenset[int]:
    """The sentences of a document that are written as headlines are: with capitals, on verbs too."""
    longer, capitalized = Counter[int](), Counter[int]()
    last: dict[int, str] = {}
    plain = set[int]()
    for token, number in zip(doc, sentences, strict=True):
        if token.pos_ in ("VERB", "AUX") and token.text.islower():
            plain.add(number)
        if len(token) > _SHORT and token.is_alpha:
            longer[number] += 1
            capitalized[number] += token.text[0].isupper()
        if not token.is_space:
            last[number] = token.text
    few = {number: _FEW_CLOSED if last[number] == "." else _FEW for number in longer}
    found = (number for number, count in longer.items() if count > few[number] and capitalized[number] >= _MOST * count)
    return frozenset(found) - plain


def countries_of(mark: Mark) -> tuple[str, ...]:
    """The codes of the states for which those at a mention act."""
    return tuple(dict.fromkeys(draft.country for draft in mark.who if draft.country))
