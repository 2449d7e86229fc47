"""Schedules in Redis: what is due is submitted once, whoever sees to it, and what is broken breaks nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from detente.client import Client
from detente.contracts.schedules import CatchUp, FiringKind, Origin, Schedule, ScheduleChange
from detente.embedded import EmbeddedServer
from detente.errors import QueueFull, ScheduleExists, ScheduleInvalid, UnknownSchedule
from detente.queues import Queues
from detente.schedules import MOST_SLOTS, Schedules, slot_job_id

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedServer(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url) as client:
        client.redis.flushdb()
        yield client


@pytest.fixture
def schedules(client: Client) -> Schedules:
    return Schedules(client)


def plan(name: str = "beat", cron: str = "* * * * *", **facts: Any) -> Schedule:
    return Schedule.model_validate({"name": name, "kind": "detente.heartbeat.beat", "cron": cron, **facts})


def fire(schedules: Schedules, now: datetime) -> list[tuple[str, datetime]]:
    return [(one.kind, one.slot_at) for status in schedules.statuses() for one in schedules.fire(status, now=now)]


def submitted(client: Client) -> int:
    return sum(queue.depth + queue.delayed for queue in client.queues())


def test_a_slot_is_fired_once_however_many_see_to_it(client: Client, schedules: Schedules) -> None:
    schedules.add(plan())
    other = Schedules(client)
    assert fire(schedules, NOON) == []
    seen_by_both = [one.statuses() for one in (schedules, other)]
    later = NOON + MINUTE
    jobs = [one.fire(found[0], now=later)[0].job for one, found in zip((schedules, other), seen_by_both, strict=True)]
    assert jobs == [slot_job_id("beat", later)] * 2
    assert submitted(client) == 1
    assert fire(schedules, later + timedelta(seconds=1)) == []


def test_a_beat_that_comes_late_moves_nothing_back(client: Client, schedules: Schedules) -> None:
    schedules.add(plan())
    fire(schedules, NOON)
    [old] = schedules.statuses()
    fire(schedules, NOON + 5 * MINUTE)
    schedules.fire(old, now=NOON + MINUTE)
    assert schedules.get("beat").last_slot_at == NOON + 5 * MINUTE


@pytest.mark.parametrize(("policy", "caught_up"), [(CatchUp.SKIP, 0), (CatchUp.ONCE, 1), (CatchUp.ALL, 10)])
def test_what_was_missed_is_caught_up_as_the_schedule_says(
    client: Client, schedules: Schedules, policy: CatchUp, caught_up: int
) -> None:
    schedules.add(plan(cron="*/6 * * * *", catch_up=policy))
    fire(schedules, NOON)
    found = fire(schedules, NOON + 62 * MINUTE)
    assert [kind for kind, _ in found] == [FiringKind.CAUGHT_UP] * caught_up
    assert submitted(client) == caught_up
    assert [slot for _, slot in fire(schedules, NOON + 66 * MINUTE)] == [NOON + 66 * MINUTE]


def test_much_that_was_missed_is_caught_up_bit_by_bit(client: Client, schedules: Schedules) -> None:
    schedules.add(plan(catch_up="all"))
    fire(schedules, NOON)
    now = NOON + 250 * MINUTE
    assert [len(fire(schedules, now)) for _ in range(4)] == [MOST_SLOTS, MOST_SLOTS, 50, 0]


def test_what_passes_in_a_pause_is_not_caught_up(client: Client, schedules: Schedules) -> None:
    schedules.add(plan(catch_up="all"))
    fire(schedules, NOON)
    assert schedules.pause("beat").next_slot_at is None
    assert fire(schedules, NOON + 5 * MINUTE) == []
    schedules.resume("beat")
    assert fire(schedules, NOON + 9 * MINUTE) == []
    assert len(fire(schedules, NOON + 10 * MINUTE)) == 1


def test_jitter_puts_a_job_off_by_as_much_for_each_beat(client: Client, schedules: Schedules) -> None:
    schedules.add(plan(jitter_s=600))
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    fire(schedules, now - MINUTE)
    fire(schedules, now)
    record = client.status(slot_job_id("beat", now))
    assert record.not_before_at is not None
    assert timedelta(0) <= record.not_before_at - now <= timedelta(minutes=10)


def test_a_full_queue_holds_a_slot_back_and_loses_none(client: Client, schedules: Schedules) -> None:
    schedules.add(plan())
    fire(schedules, NOON)
    queues = Queues(client.redis)
    queues.close("upkeep")
    with pytest.raises(QueueFull):
        fire(schedules, NOON + MINUTE)
    queues.resume("upkeep")
    assert fire(schedules, NOON + MINUTE + timedelta(seconds=5)) == [(FiringKind.SLOT, NOON + MINUTE)]


def test_what_is_broken_is_listed_and_the_others_go_on(client: Client, schedules: Schedules) -> None:
    schedules.add(plan("good"))
    client.redis.hset("detente:schedules", mapping={"nonsense": "{", "gone": plan("gone", kind="detente.gone").model_dump_json()})
    fire(schedules, NOON)
    assert fire(schedules, NOON + MINUTE) == [(FiringKind.SLOT, NOON + MINUTE)]
    broken = {status.name: status.broken or "" for status in schedules.statuses() if status.schedule is None}
    assert "no job of kind" in broken["gone"]
    assert "not a valid schedule" in broken["nonsense"]
    schedules.remove("nonsense")


def test_a_schedule_of_the_file_is_changed_and_given_back(schedules: Schedules) -> None:
    schedules.publish([plan("nightly", "0 3 * * *")])
    assert schedules.get("nightly").origin is Origin.FILE
    changed = schedules.change("nightly", ScheduleChange(cron="0 4 * * *", timezone="Europe/London"))
    assert (changed.origin, changed.schedule and changed.schedule.cron) == (Origin.CHANGED, "0 4 * * *")
    with pytest.raises(ScheduleExists):
        schedules.add(plan("nightly"))
    schedules.remove("nightly")
    assert schedules.get("nightly").origin is Origin.FILE
    with pytest.raises(ScheduleInvalid, match="file"):
        schedules.remove("nightly")
    schedules.publish([])
    with pytest.raises(UnknownSchedule):
        schedules.get("nightly")


@pytest.mark.parametrize("change", [{"cron": "61 * * * *"}, {"timezone": "Mars"}, {"job": {"x": 1}}])
def test_a_change_that_cannot_be_is_refused(schedules: Schedules, change: dict[str, Any]) -> None:
    schedules.add(plan())
    with pytest.raises(ScheduleInvalid):
        schedules.change("beat", ScheduleChange(**change))
    assert schedules.get("beat").schedule == plan()


def test_a_run_by_hand_is_besides_the_slots_and_in_the_history(client: Client, schedules: Schedules) -> None:
    schedules.add(plan(tenant="desk"))
    fire(schedules, NOON)
    by_hand = schedules.run("beat")
    fire(schedules, NOON + MINUTE)
    assert [one.kind for one in schedules.history("beat")] == [FiringKind.SLOT, FiringKind.BY_HAND]
    assert client.status(str(by_hand.job)).tenant == "desk"
    assert submitted(client) == 2
    assert schedules.next("beat", count=2, after=NOON) == [NOON + MINUTE, NOON + 2 * MINUTE]
