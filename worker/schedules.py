"""The schedules that an installation's file has."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from detente.contracts import reasons
from detente.contracts.schedules import Schedule
from detente.errors import ScheduleInvalid, SettingsInvalid
from detente.schedules import check_schedule

#: What is scheduled where no file is named.
SHIPPED = Path(__file__).with_name("schedules.toml")


def load_schedules(path: Path | None) -> list[Schedule]:
    """The schedules of a file, checked. Raises SettingsInvalid, naming the file and the entry that is wrong."""
    path = path or SHIPPED
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("schedule", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsInvalid(f"DETENTE_SCHEDULES: {path}: {error}") from None
    return list(_checked(path, rows))


def _checked(path: Path, rows: list[dict[str, Any]]) -> Iterator[Schedule]:
    names: set[str] = set()
    for number, row in enumerate(rows, 1):
        try:
            schedule = Schedule.model_validate(row)
            check_schedule(schedule)
            if schedule.name in names:
                raise ScheduleInvalid(f"the name {schedule.name!r} is taken")
        except ValidationError as error:
            raise SettingsInvalid(f"DETENTE_SCHEDULES: {path}: entry {number}: {reasons(error)}") from None
        except ScheduleInvalid as error:
            raise SettingsInvalid(f"DETENTE_SCHEDULES: {path}: entry {number}: {error}") from None
        names.add(schedule.name)
        yield schedule
