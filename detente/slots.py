"""When schedules are due: the moments that a cron line names in a time zone, right across changes of its clocks.

The evaluation is cronsim's, which does as Debian's cron does. A line with a fixed hour and minute runs once where that time comes
twice, and right after the change where it does not come at all; one with a wildcard follows the time that really passes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from detente.contracts.schedules import Schedule
from detente.errors import ScheduleInvalid

_MINUTE = timedelta(minutes=1)


def check_times(schedule: Schedule) -> None:
    """Raises ScheduleInvalid where the cron line or the time zone is none, or names no moment."""
    if next(iter(next_slots(schedule, after=datetime.now(UTC), count=1)), None) is None:
        raise ScheduleInvalid(f"the cron line {schedule.cron!r} names no moment in the next 50 years")


def next_slots(schedule: Schedule, *, after: datetime, count: int) -> list[datetime]:
    """The first slots after a moment, in UTC."""
    return list(islice(_slots(schedule, after), count))


def slots_between(schedule: Schedule, *, after: datetime, until: datetime, most: int) -> list[datetime]:
    """The slots after one moment and up to another, the first `most` of them."""
    return list(islice(takewhile(lambda slot: slot <= until, _slots(schedule, after)), most))


def last_slot(schedule: Schedule, *, after: datetime, until: datetime) -> datetime | None:
    """The last slot after one moment and up to another, found from its end: years of minutes are not gone through."""
    # Backwards, slots come before the moment that is given.
    found = next(_slots(schedule, until + _MINUTE, reverse=True), None)
    while found is not None and found > until:
        found = next(_slots(schedule, found, reverse=True), None)
    return found if found is not None and found > after else None


def _slots(schedule: Schedule, start: datetime, *, reverse: bool = False) -> Iterator[datetime]:
    try:
        there = start.astimezone(ZoneInfo(schedule.timezone))
        for slot in CronSim(schedule.cron, there, reverse=reverse):
            yield slot.astimezone(UTC)
    except CronSimError as error:
        raise ScheduleInvalid(f"{schedule.cron!r} is no cron line: {error}") from None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ScheduleInvalid(f"{schedule.timezone!r} is no IANA time zone, such as Europe/London") from None
    except OverflowError:
        return  # Beyond the year 9999.
