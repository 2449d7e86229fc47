"""Which state did what to whom."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import Field

from detente.contracts.spans import Frozen, Span


class Plover(StrEnum):
    """The sixteen event types of PLOVER (Open Event Data Alliance, codebook of 2021)."""

    AGREE = "AGREE"
    CONSULT = "CONSULT"
    SUPPORT = "SUPPORT"
    CONCEDE = "CONCEDE"
    COOPERATE = "COOPERATE"
    AID = "AID"
    RETREAT = "RETREAT"
    REQUEST = "REQUEST"
    ACCUSE = "ACCUSE"
    REJECT = "REJECT"
    THREATEN = "THREATEN"
    PROTEST = "PROTEST"
    SANCTION = "SANCTION"
    MOBILIZE = "MOBILIZE"
    COERCE = "COERCE"
    ASSAULT = "ASSAULT"


class EventStatus(StrEnum):
    HAPPENED = "happened"
    ONGOING = "ongoing"
    PLANNED = "planned"
    CANCELLED = "cancelled"
    DENIED = "denied"
    HYPOTHETICAL = "hypothetical"


class EventDate(Frozen):
    """When: the words, and the range of days they mean. Without the article's date, `from` and `to` are null."""

    from_: date | None = Field(default=None, alias="from", serialization_alias="from")
    to: date | None = None
    text: str


class Event(Frozen):
    """One actor state (or its people) does something to another. One per act and article, with all its spans.

    Where one side is a group, an organization or a person of no state that the text tells, that side is null; only events
    with both sides belong to a pair of states.
    """

    id: str
    source: str | None = Field(description="alpha-3 code of the state that acts, null where the text does not tell")
    target: str | None = Field(description="alpha-3 code of the state that is acted upon, null where the text does not tell")
    source_actor: str | None = Field(default=None, description="id of an actor of the reading")
    target_actor: str | None = None
    plover: Plover
    cameo: str | None = Field(default=None, description="CAMEO code, where it is sure")
    status: EventStatus
    intensity: float = Field(ge=-10, le=10, description="on Goldstein's scale")
    date: EventDate | None = None
    attributed_to: str | None = Field(default=None, description="id of the statement that alone claims it")
    spans: tuple[Span, ...] = Field(min_length=1)
    rule: str
