"""Alerts: what somebody wants to be told of a pair of states, once for each story."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field, StringConstraints

from detente.contracts.dossiers import DossierEvent
from detente.contracts.events import EventStatus, Plover
from detente.contracts.jobs import DEFAULT_TENANT, Job, Queue, Tenant
from detente.contracts.spans import Frozen

State = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class AlertRule(Frozen):
    """Tell of acts between two states, of some types and statuses, and of weeks that differ from those before."""

    id: str
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    tenant: Tenant = Field(default=DEFAULT_TENANT, description="whose webhooks are told")
    pair: tuple[State, State]
    types: tuple[Plover, ...] = Field(default=(), description="none for all")
    statuses: tuple[EventStatus, ...] = (EventStatus.HAPPENED, EventStatus.ONGOING)
    least_intensity: Annotated[float, Field(ge=0, le=10)] = Field(default=0.0, description="on Goldstein's scale, either way")
    weekly_change: Annotated[float, Field(gt=0, le=1000)] | None = Field(
        default=None, description="tell of weeks whose net intensity differs by so much from the mean of the eight before"
    )
    since: date = Field(description="nothing is told of days before")
    created_at: AwareDatetime


class Alert(Frozen):
    """What is told: an act, or a week."""

    rule: str
    name: str
    pair: tuple[str, str]
    event: DossierEvent | None = None
    week: date | None = None
    before: float | None = Field(default=None, description="mean weekly intensity of the eight weeks before")
    after: float | None = Field(default=None, description="net intensity of the week")


class AlertsRaised(Frozen):
    """How many webhooks were told anything new, by the rule's id."""

    told: dict[str, int]


class RaiseAlerts(Job[AlertsRaised]):
    """See whether what came in since the last time meets a rule, and tell its tenant's webhooks."""

    kind: ClassVar[str] = "detente.alerts.raise"
    queue: ClassVar[Queue] = Queue.UPKEEP
