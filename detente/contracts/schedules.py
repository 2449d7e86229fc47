"""Jobs that are submitted by the clock."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, StringConstraints

from detente.contracts.jobs import DEFAULT_TENANT, Tenant
from detente.contracts.spans import Frozen

ScheduleName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9 _.-]{0,98}[A-Za-z0-9])?$")]


class CatchUp(StrEnum):
    """What becomes of slots that passed while no beat was there to see them."""

    SKIP = "skip"
    ONCE = "once"
    ALL = "all"


def _five_fields(cron: str) -> str:
    if len(cron.split()) != 5:
        raise ValueError("a cron line has five fields: minute, hour, day of month, month, day of week")
    return cron


Cron = Annotated[str, StringConstraints(max_length=200), AfterValidator(_five_fields)]
Zone = Annotated[str, StringConstraints(max_length=100)]
Jitter = Annotated[float, Field(ge=0, le=3600)]


class Schedule(Frozen):
    """A job, and when it is submitted. A *slot* is a moment that `cron` names, in `timezone`."""

    model_config = ConfigDict(extra="forbid")

    name: ScheduleName
    kind: str = Field(max_length=200, description="what is submitted: a kind of job")
    job: dict[str, Any] = Field(default_factory=dict, description="the job's fields")
    cron: Cron = Field(
        description="minute, hour, day of month, month, day of week; where clocks change, as Debian's cron does",
        examples=["*/10 * * * *"],
    )
    timezone: Zone = Field(default="UTC", description="IANA name")
    catch_up: CatchUp = Field(default=CatchUp.ONCE, description="missed slots: none of them, the last, or all")
    jitter_s: Jitter = Field(default=0.0, description="jobs are put off by up to so many seconds, by as many for each beat")
    tenant: Tenant = DEFAULT_TENANT


class ScheduleChange(Frozen):
    """What is to be changed of a schedule. What is left out stays."""

    model_config = ConfigDict(extra="forbid")

    job: dict[str, Any] | None = None
    cron: Cron | None = None
    timezone: Zone | None = None
    catch_up: CatchUp | None = None
    jitter_s: Jitter | None = None
    tenant: Tenant | None = None


class Origin(StrEnum):
    """Where a schedule comes from: the installation's file, somebody who added it, or the file and somebody who changed it."""

    FILE = "file"
    ADDED = "added"
    CHANGED = "changed"


class ScheduleStatus(Frozen):
    """A schedule, and how it stands. Of one that is broken `schedule` is null, and `broken` says why it is not run."""

    name: str
    origin: Origin
    schedule: Schedule | None = None
    is_paused: bool = False
    last_slot_at: AwareDatetime | None = Field(default=None, description="the last slot that was seen to")
    next_slot_at: AwareDatetime | None = None
    broken: str | None = None


class FiringKind(StrEnum):
    SLOT = "slot"
    CAUGHT_UP = "caught_up"
    BY_HAND = "by_hand"
    REFUSED = "refused"


class Firing(Frozen):
    """One time that a schedule was due, and the job that was submitted for it. A refused one has no job but a reason."""

    kind: FiringKind
    slot_at: AwareDatetime
    fired_at: AwareDatetime
    job: str | None = None
    reason: str | None = None
