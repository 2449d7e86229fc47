"""Scheduled jobs: a validated job, and a cron line in its own time zone."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from celery.schedules import ParseException, crontab
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from detente.client.messages import job_repr
from detente.contracts import JOBS, reasons
from detente.errors import SettingsInvalid

#: What is scheduled where no file is named.
SHIPPED = Path(__file__).with_name("schedules.toml")


class Entry(BaseModel):
    """One scheduled job, as the file has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: str
    cron: str
    timezone: str = "UTC"
    job: dict[str, Any] = {}

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            return ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{name!r} is no IANA time zone, such as Europe/London") from None

    @field_validator("kind")
    @classmethod
    def _is_a_kind(cls, kind: str) -> str:
        if kind not in JOBS:
            raise ValueError(f"no job of kind {kind!r}; there are {', '.join(sorted(JOBS))}")
        return kind


class ZonedCrontab(crontab):
    """A cron line that is kept in a time zone of its own, not in the application's."""

    def __init__(self, cron: str, zone: str) -> None:
        minute, hour, day_of_month, month_of_year, day_of_week = cron.split()
        self.cron, self.zone = cron, zone
        super().__init__(minute, hour, day_of_week, day_of_month, month_of_year, nowfun=self._now_there)

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def _now_there(self) -> datetime:
        return datetime.now(self.tz)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ZonedCrontab) and (self.cron, self.zone) == (other.cron, other.zone)

    def __hash__(self) -> int:
        return hash((self.cron, self.zone))

    def __reduce__(self) -> tuple[type[ZonedCrontab], tuple[str, str]]:
        return type(self), (self.cron, self.zone)

    def __repr__(self) -> str:
        return f"<{self.cron} {self.zone}>"


def beat_schedule(path: Path | None) -> dict[str, Any]:
    """Celery's beat schedule from a file. Raises SettingsInvalid, naming the file and the entry that is wrong."""
    path = path or SHIPPED
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("schedule", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsInvalid(f"DETENTE_SCHEDULES: {path}: {error}") from None
    return dict(_entries(path, rows))


def _entries(path: Path, rows: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    names: set[str] = set()
    for number, row in enumerate(rows, 1):
        try:
            entry = Entry.model_validate(row)
            if entry.name in names:
                raise ValueError(f"the name {entry.name!r} is taken")
            names.add(entry.name)
            yield entry.name, _celery_entry(entry)
        except ValidationError as error:
            raise SettingsInvalid(f"DETENTE_SCHEDULES: {path}: entry {number}: {reasons(error)}") from None
        except (ValueError, ParseException) as error:
            raise SettingsInvalid(f"DETENTE_SCHEDULES: {path}: entry {number}: {error}") from None


def _celery_entry(entry: Entry) -> dict[str, Any]:
    job = JOBS[entry.kind].model_validate(entry.job)
    return {
        "task": entry.kind,
        "schedule": ZonedCrontab(entry.cron, entry.timezone),
        "kwargs": {"job": job.model_dump(mode="json", exclude_defaults=True)},
        "options": {"queue": job.queue, "argsrepr": "()", "kwargsrepr": job_repr(job)},
    }
