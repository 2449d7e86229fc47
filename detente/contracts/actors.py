"""Who acts and speaks: people, states, organizations and groups."""

from __future__ import annotations

from enum import StrEnum

from detente.contracts.spans import Frozen, Span


class ActorKind(StrEnum):
    PERSON = "person"
    STATE = "state"
    ORGANIZATION = "organization"
    GROUP = "group"


class Actor(Frozen):
    """Somebody or something that the article names, with all its mentions.

    `country` is an ISO 3166-1 alpha-3 code (XKX for Kosovo, PSE for the Palestinians), null where the text does not tell.
    """

    id: str
    name: str
    kind: ActorKind
    country: str | None = None
    role: str | None = None
    mentions: tuple[Span, ...] = ()
