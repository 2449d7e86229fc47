"""The actors of an article, and who stands at each of its tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from detente.analysis.actors.phrases import states_of
from detente.contracts import Actor, Span

if TYPE_CHECKING:
    from spacy.tokens import Span as DocSpan
    from spacy.tokens import Token

    from detente.analysis.actors.marks import Draft, Mark, Page

MentionKind = Literal["name", "surname", "title", "pronoun", "metonym", "demonym", "place", "pair", "description"]


@dataclass(frozen=True)
class Mention:
    """One place where actors are mentioned. `actors` has several ids for “the two countries”, else one.

    `kind` is "place" where a capital or country is only where something happens.
    """

    span: Span
    actors: tuple[str, ...]
    kind: MentionKind


@dataclass(frozen=True, eq=False)
class Cast:
    """The actors of an article, and who stands at each of its tokens. Mentions are in order: of the title, then of the text."""

    actors: tuple[Actor, ...]
    mentions: tuple[Mention, ...]
    _pages: tuple[Page, ...] = field(default=(), repr=False)
    _ids: dict[Draft, str] = field(default_factory=dict, repr=False)
    _mentions: dict[Mark, Mention] = field(default_factory=dict, repr=False)

    def at(self, token: Token) -> Mention | None:
        """The mention that covers a token. Mentions do not overlap."""
        mark = self._mark(token)
        return self._mentions[mark] if mark is not None else None

    def within(self, span: DocSpan) -> tuple[Mention, ...]:
        """The mentions inside a stretch, in order of the text."""
        page = self._page(span.doc)
        if page is None:
            return ()
        marks = dict.fromkeys(mark for mark in page.marks[span.start : span.end] if mark is not None)
        return tuple(self._mentions[mark] for mark in marks if span.start <= mark.start and mark.end <= span.end)

    def actor(self, id: str) -> Actor:
        """The actor of an id. Raises KeyError where there is none."""
        # Ids are "a1", "a2", … in the order of the actors, so that a number leads straight to its actor.
        number = int(id[1:]) if id[1:].isdecimal() else 0
        if not 0 < number <= len(self.actors):
            raise KeyError(id)
        return self.actors[number - 1]

    def states_of(self, phrase: Token) -> tuple[str, ...]:
        """Alpha-3 codes of the states for which the noun phrase headed by `phrase` acts.

        “Russian troops”, “the Kremlin”, “Lavrov”, “he”, “the Turkish foreign minister”, “the two countries” (two codes),
        “Egypt and Ethiopia” (conjuncts are not followed: ask each).
        """
        page = self._page(phrase.doc)
        return states_of(page, phrase) if page is not None else ()

    def speaker_of(self, phrase: Token) -> Actor | None:
        """The actor that the noun phrase headed by `phrase` stands for, pronouns and titles resolved where sure."""
        page, mark = self._page(phrase.doc), self._mark(phrase)
        if page is None or (mark is not None and mark.kind in ("demonym", "place")):
            return None
        who = page.who(phrase)
        return self.actor(self._ids[who[0]]) if len(who) == 1 else None

    def _page(self, doc: object) -> Page | None:
        return next((page for page in self._pages if page.doc is doc), None)

    def _mark(self, token: Token) -> Mark | None:
        page = self._page(token.doc)
        return page.marks[token.i] if page is not None else None
