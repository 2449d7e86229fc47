"""A pair of states over a span of time: what happened, who assesses it how, who said what, and when it turned."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from pydantic import AwareDatetime, Field

from detente.contracts.events import EventStatus, Plover
from detente.contracts.jobs import Job, Queue
from detente.contracts.spans import Frozen, Span
from detente.contracts.ties import TieDirection


class Evidence(Frozen):
    """Where a finding stands: its exact characters in an article's clean text, with some of what is around them."""

    finding_id: str
    reading_id: str
    article_id: str
    title: str | None = None
    outlet: str | None = None
    url: str | None = None
    published_at: AwareDatetime | None = None
    spans: tuple[Span, ...]
    prefix: str = Field(default="", description="the text before the first span")
    suffix: str = Field(default="", description="the text after it")


class DossierEvent(Frozen):
    """An act, once for each story that reports it, with all articles of the story."""

    day: date
    source: str
    target: str
    plover: Plover
    status: EventStatus
    intensity: float
    attributed_to: str | None = Field(default=None, description="who alone claims it")
    story: str
    sources: int = Field(default=1, description="how many articles report it; the evidence may be of some of them")
    evidence: tuple[Evidence, ...]

    @property
    def counts(self) -> bool:
        """Whether it moves the intensity: it happened, or goes on, by the article's own word."""
        return self.status in (EventStatus.HAPPENED, EventStatus.ONGOING) and self.attributed_to is None


class DossierTie(Frozen):
    """An assessment. Without a holder it is the article's author's."""

    day: date
    direction: TieDirection
    holder: str | None = None
    holder_country: str | None = None
    story: str
    sources: int = Field(default=1, description="how many articles report it; the evidence may be of some of them")
    evidence: tuple[Evidence, ...]


class DossierStatement(Frozen):
    """What somebody of one of the states said of the other, or anybody of both."""

    day: date
    speaker: str | None
    country: str | None = None
    role: str | None = None
    outlet: str | None = None
    text: str
    story: str
    sources: int = Field(default=1, description="how many articles report it; the evidence may be of some of them")
    evidence: tuple[Evidence, ...]


class DossierWeek(Frozen):
    """The findings of one week, which begins on a Monday (UTC)."""

    week: date
    events: tuple[DossierEvent, ...] = ()
    ties: tuple[DossierTie, ...] = ()
    statements: tuple[DossierStatement, ...] = ()

    @property
    def cooperation(self) -> float:
        """Sum of the positive intensities (Goldstein's scale) of acts that count."""
        return round(sum(event.intensity for event in self.events if event.counts and event.intensity > 0), 2)

    @property
    def conflict(self) -> float:
        """Sum of the negative ones."""
        return round(sum(event.intensity for event in self.events if event.counts and event.intensity < 0), 2)


class TurningPoint(Frozen):
    """The first week of a new level: the mean weekly intensity before it, back to the last turn, and from it on."""

    week: date
    before: float
    after: float


class Dossier(Frozen):
    """A pair of states from the day `since` to the day `until`, both included, week by week."""

    pair: tuple[str, str] = Field(description="two alpha-3 codes, sorted")
    since: date
    until: date
    refreshed_at: AwareDatetime
    articles: int
    stories: int
    statuses: dict[EventStatus, int] = Field(description="events by status")
    types: dict[Plover, int] = Field(description="events by type, those that count")
    turning_points: tuple[TurningPoint, ...] = ()
    weeks: tuple[DossierWeek, ...] = Field(description="without those in which nothing was found")


class DossiersRefreshed(Frozen):
    """Which pairs had something new, and how many of their weeks were built again."""

    weeks: dict[str, int]


class RefreshDossiers(Job[DossiersRefreshed]):
    """Bring the kept dossiers up to date: the weeks in which something changed since the last time."""

    kind: ClassVar[str] = "detente.dossiers.refresh"
    queue: ClassVar[Queue] = Queue.UPKEEP
