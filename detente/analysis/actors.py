"""Who is in the article: states under every name, people with country and role, organizations; and who each mention is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from detente.analysis.parses import Parse
from detente.contracts import Actor, Span

if TYPE_CHECKING:
    from spacy.tokens import Span as DocSpan
    from spacy.tokens import Token

MentionKind = Literal["name", "surname", "title", "pronoun", "metonym", "demonym", "place", "pair", "description"]


@dataclass(frozen=True)
class Mention:
    """One place where actors are mentioned. `actors` has several ids for “the two countries”, else one.

    `kind` is "place" where a capital or country is only where something happens.
    """

    span: Span
    actors: tuple[str, ...]
    kind: MentionKind


@dataclass(frozen=True)
class Cast:
    """The actors of an article, and who stands at each of its tokens."""

    actors: tuple[Actor, ...]
    mentions: tuple[Mention, ...]

    def at(self, token: Token) -> Mention | None:
        """The mention that covers a token, the longest where several do."""
        return None

    def within(self, span: DocSpan) -> tuple[Mention, ...]:
        """The mentions inside a stretch, in order of the text."""
        return ()

    def actor(self, id: str) -> Actor:
        return next(actor for actor in self.actors if actor.id == id)

    def states_of(self, phrase: Token) -> tuple[str, ...]:
        """Alpha-3 codes of the states for which the noun phrase headed by `phrase` acts.

        “Russian troops”, “the Kremlin”, “Lavrov”, “he”, “the Turkish foreign minister”, “the two countries” (two codes),
        “Egypt and Ethiopia” (conjuncts are not followed: ask each).
        """
        return ()

    def speaker_of(self, phrase: Token) -> Actor | None:
        """The actor that the noun phrase headed by `phrase` stands for, pronouns and titles resolved where sure."""
        return None


def find_actors(parse: Parse) -> Cast:
    """All actors of an article with their mentions."""
    return Cast((), ())
