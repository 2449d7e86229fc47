"""Two beats in one process: one leads, the other follows, and no slot is fired twice, whatever clocks and leaders do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from detente.contracts.schedules import Schedule
from detente.embedded import EmbeddedServer
from detente.errors import SettingsInvalid
from detente.schedules import slot_job_id
from detente.slots import slots_between
from tests.schedules.test_slots import NIGHTS
from worker.beats import Beat, is_beat_up
from worker.main import Application, Loader

SCHEDULES = """
[[schedule]]
name = "every ten minutes"
kind = "detente.heartbeat.beat"
cron = "*/10 * * * *"
timezone = "{zone}"
[[schedule]]
name = "at half past one"
kind = "detente.heartbeat.beat"
cron = "30 1 * * *"
timezone = "{zone}"
[[schedule]]
name = "at two"
kind = "detente.heartbeat.beat"
cron = "0 2 * * *"
timezone = "{zone}"
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    with EmbeddedServer(tmp_path / "redis") as server:
        yield server


@pytest.fixture
def application(server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Application:
    (tmp_path / "schedules.toml").write_text(SCHEDULES.format(zone="UTC"), encoding="utf-8")
    monkeypatch.setenv("DETENTE_BROKER", server.url)
    monkeypatch.setenv("DETENTE_SCHEDULES", str(tmp_path / "schedules.toml"))
    return Application("test", loader=Loader)


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def make(application: Application, clock: Clock) -> Beat:
    beat = Beat(application, lazy=True)
    beat.clock = clock
    return beat


@pytest.mark.parametrize(("zone", "day", "hours"), NIGHTS[:2] + NIGHTS[4:6])
def test_each_slot_is_fired_once_in_the_nights_in_which_clocks_change(
    application: Application, tmp_path: Path, zone: str, day: datetime, hours: int
) -> None:
    """Every forty minutes the leader dies, and every other time it only was frozen, and comes back."""
    (tmp_path / "schedules.toml").write_text(SCHEDULES.format(zone=zone), encoding="utf-8")
    start, end = day - timedelta(hours=2), day + timedelta(hours=34)
    clock = Clock(start)
    beats = [make(application, clock) for _ in range(2)]
    redis = beats[0]._client.redis
    minutes = int((end - start).total_seconds() // 60)
    for minute in range(0, minutes + 1, 5):
        clock.now = start + timedelta(minutes=minute)
        if minute % 40 == 20:
            redis.delete("detente:beat")
            beats.reverse()
        for beat in beats if minute % 80 < 40 else beats[:1]:
            beat.tick()
    expected = {
        slot_job_id(schedule.name, slot)
        for schedule in beats[0]._file
        for slot in slots_between(schedule, after=start, until=end, most=9999)
    }
    jobs = {key.rpartition(":")[2] for key in redis.keys("detente:job:*") if not key.endswith(":events")}
    assert jobs == expected
    [upkeep] = [queue for queue in beats[0]._client.queues() if queue.name == "upkeep"]
    assert upkeep.depth == len(expected)
    for beat in beats:
        beat.close()


def test_one_leads_and_leaves_the_lead_when_it_stops(application: Application) -> None:
    clock = Clock(datetime(2026, 6, 1, tzinfo=UTC))
    first, second = make(application, clock), make(application, clock)
    first.tick()
    second.tick()
    assert (first._leads, second._leads) == (True, False)
    first.close()
    with closing(second):
        second.tick()
        assert second._leads


def test_a_leader_that_was_frozen_learns_that_it_leads_no_more(application: Application) -> None:
    clock = Clock(datetime(2026, 6, 1, tzinfo=UTC))
    first, second = make(application, clock), make(application, clock)
    with closing(first), closing(second):
        first.tick()
        first._client.redis.delete("detente:beat")
        second.tick()
        first.tick()
        assert (first._leads, second._leads) == (False, True)


def test_a_beat_outlives_its_redis(application: Application, server: EmbeddedServer) -> None:
    with closing(make(application, Clock(datetime(2026, 6, 1, tzinfo=UTC)))) as beat:
        beat.tick()
        server.stop()
        assert beat.tick() > 0
        server.start()
        beat.tick()
        assert beat._leads
        assert is_beat_up(server.url)


def test_the_schedules_of_the_file_are_those_that_operators_see(application: Application) -> None:
    with closing(make(application, Clock(datetime(2026, 6, 1, tzinfo=UTC)))) as beat:
        beat.tick()
        assert [status.name for status in beat._schedules.statuses()] == ["at half past one", "at two", "every ten minutes"]


def test_a_wrong_file_stops_beat_with_the_reason(application: Application, tmp_path: Path) -> None:
    (tmp_path / "schedules.toml").write_text('[[schedule]]\nname = "a"\nkind = "x"\ncron = "* * * * *"\n', encoding="utf-8")
    with pytest.raises(SettingsInvalid, match="no job of kind"):
        make(application, Clock(datetime(2026, 6, 1, tzinfo=UTC)))


def test_a_schedule_needs_no_more_than_its_name_kind_and_cron() -> None:
    assert Schedule(name="a", kind="detente.heartbeat.beat", cron="* * * * *").timezone == "UTC"
