"""When schedules are due, above all where clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import chain, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.contracts.schedules import Schedule
from detente.errors import ScheduleInvalid
from detente.slots import check_times, last_slot, next_slots, slots_between

#: The nights in which clocks change, and how many hours they have.
NIGHTS = [
    ("Europe/London", datetime(2026, 3, 29, tzinfo=UTC), 23), ("Europe/London", datetime(2026, 10, 25, tzinfo=UTC), 25),
    ("Europe/London", datetime(2027, 3, 28, tzinfo=UTC), 23), ("Europe/London", datetime(2027, 10, 31, tzinfo=UTC), 25),
    ("America/New_York", datetime(2026, 3, 8, tzinfo=UTC), 23), ("America/New_York", datetime(2026, 11, 1, tzinfo=UTC), 25),
    ("America/New_York", datetime(2027, 3, 14, tzinfo=UTC), 23), ("America/New_York", datetime(2027, 11, 7, tzinfo=UTC), 25),
]  # fmt: skip


def schedule(cron: str, zone: str = "UTC") -> Schedule:
    return Schedule(name="s", kind="detente.heartbeat.beat", cron=cron, timezone=zone)


def day_of(zone: str, day: datetime, cron: str) -> list[datetime]:
    """The slots of one day there, in UTC."""
    midnight = day.replace(tzinfo=ZoneInfo(zone))
    end = (midnight + timedelta(days=1)).astimezone(UTC) - timedelta(seconds=1)
    return slots_between(schedule(cron, zone), after=midnight.astimezone(UTC) - timedelta(seconds=1), until=end, most=2000)


@pytest.mark.parametrize(("zone", "day", "hours"), NIGHTS)
@pytest.mark.parametrize("cron", ["30 1 * * *", "30 2 * * *", "0 9 * * *"])
def test_a_fixed_time_comes_once_a_day_though_clocks_change(zone: str, day: datetime, hours: int, cron: str) -> None:
    assert len(day_of(zone, day, cron)) == 1


@pytest.mark.parametrize(("zone", "day", "hours"), NIGHTS)
def test_every_hour_is_every_hour_that_passes(zone: str, day: datetime, hours: int) -> None:
    for cron, each in (("0 * * * *", 1), ("*/10 * * * *", 6)):
        found = day_of(zone, day, cron)
        assert len(found) == len(set(found)) == hours * each
        assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(hours=1) / each}


@given(
    st.sampled_from([zone for zone, _, _ in NIGHTS]), st.sampled_from(["30 1 * * *", "*/7 * * * *", "0 1-3 * * *", "15 2 * * 0"]),
    st.sampled_from([day for _, day, _ in NIGHTS]), st.integers(0, 3 * 24 * 60), st.integers(0, 3 * 24 * 60),
)  # fmt: skip
def test_where_one_begins_to_look_changes_nothing(zone: str, cron: str, day: datetime, first: int, second: int) -> None:
    plan, start = schedule(cron, zone), day - timedelta(days=1)
    end = start + timedelta(days=3)
    cuts = sorted(start + timedelta(minutes=minute) for minute in (first, second))
    edges = [start, *cuts, end]
    pieces = [slots_between(plan, after=a, until=b, most=9999) for a, b in pairwise(edges)]
    whole = slots_between(plan, after=start, until=end, most=9999)
    assert list(chain(*pieces)) == whole == sorted(set(whole))
    assert last_slot(plan, after=start, until=end) == (whole[-1] if whole else None)


def test_years_of_minutes_are_not_gone_through() -> None:
    now = datetime(2026, 6, 1, 12, 0, 30, tzinfo=UTC)
    assert last_slot(schedule("* * * * *"), after=datetime(1990, 1, 1, tzinfo=UTC), until=now) == now.replace(second=0)
    assert len(slots_between(schedule("* * * * *"), after=datetime(1990, 1, 1, tzinfo=UTC), until=now, most=5)) == 5
    assert last_slot(schedule("0 0 1 1 *"), after=now - timedelta(days=1), until=now) is None
    assert len(next_slots(schedule("* * * * *"), after=now, count=3)) == 3


@pytest.mark.parametrize("cron", ["61 * * * *", "* * 30 2 *", "@daily x x x x", "a b c d e", "*/0 * * * *"])
def test_what_is_no_cron_line_is_told(cron: str) -> None:
    with pytest.raises(ScheduleInvalid, match="cron line"):
        check_times(schedule(cron))


@pytest.mark.parametrize("zone", ["Mars/Base", "../etc/passwd", "/etc/passwd", "Europe", "\0", " "])
def test_what_is_no_zone_is_told(zone: str) -> None:
    with pytest.raises(ScheduleInvalid, match="Europe/London"):
        check_times(schedule("* * * * *", zone))
