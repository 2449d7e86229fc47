"""Metrics of several workers, through their deaths, and through whatever foreign messages call themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from prometheus_client.parser import text_string_to_metric_families

from detente.client.messages import job_message
from detente.contracts import Beat, Queue, Terms
from detente.errors import JobFailed
from detente.ledgers import BUCKETS_S
from detente.metrics import OTHERS, render
from tests.app import Break, Note, WaitFor
from tests.systems import System, kill_tree
from tests.waiting import wait_for

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def _samples(page: bytes) -> Samples:
    """What Prometheus's own parser reads; it raises where the page is wrong, as this does where a line comes twice."""
    found = [sample for family in text_string_to_metric_families(page.decode()) for sample in family.samples]
    samples = {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for sample in found}
    assert len(samples) == len(found)
    return samples


def _value(system: System, name: str, **labels: str) -> float:
    return _samples(render(system.client.redis)).get((name, tuple(sorted(labels.items()))), 0.0)


def _jobs(system: System, event: str, job: type) -> float:
    return _value(system, "detente_jobs_total", event=event, kind=job.kind, queue="interactive")


def test_counters_are_those_of_all_workers_and_outlive_them(idle: System, tmp_path: Path) -> None:
    notes = [Note(path=str(tmp_path / "book"), name=str(number), takes_s=0.1) for number in range(12)]
    with idle.worker("w1", app="tests.app", concurrency=1) as first, idle.worker("w2", app="tests.app", concurrency=1):
        for receipt in idle.client.submit_many(notes):
            receipt.result(timeout_s=60)
        assert {idle.client.status(record.id).worker for record in idle.client.jobs()} == {"w1@test", "w2@test"}
        assert _value(idle, "detente_workers") == 2
        kill_tree(first.pid)
        first.wait()
    for event in ("submitted", "started", "done"):
        assert _jobs(idle, event, Note) == 12
    with idle.worker("w1", app="tests.app", concurrency=1):
        idle.client.submit(notes[0]).result(timeout_s=60)
    assert _jobs(idle, "done", Note) == 13
    count = _value(idle, "detente_job_duration_seconds_count", kind=Note.kind)
    buckets = [
        _value(idle, "detente_job_duration_seconds_bucket", kind=Note.kind, le=le) for le in [*map(str, BUCKETS_S), "+Inf"]
    ]
    assert buckets == sorted(buckets)
    assert buckets[-1] == count == 13
    assert buckets[1] == 0  # None took less than 0.05 s.
    assert _value(idle, "detente_job_duration_seconds_sum", kind=Note.kind) >= 1.3
    assert _value(idle, "detente_job_wait_seconds_count", kind=Note.kind) == 13


def test_retries_deaths_and_what_was_taken_back_from_the_dead_are_counted(idle: System, tmp_path: Path) -> None:
    with idle.worker("w1", app="tests.app", concurrency=1) as first:
        with pytest.raises(JobFailed):
            idle.client.submit(Break()).result(timeout_s=30)
        idle.client.submit(WaitFor(path=str(tmp_path / "never"), retry_after_s=600))
        wait_for(lambda: _jobs(idle, "retrying", WaitFor) == 1)
        wait_for(lambda: _value(idle, "detente_queue_delayed", queue="interactive") == 1)
        running = idle.client.submit(Note(path=str(tmp_path / "book"), name="n", takes_s=5))
        wait_for(lambda: _jobs(idle, "started", Note) == 1)
        assert _value(idle, "detente_queue_in_flight", queue="interactive") == 1
        kill_tree(first.pid)
        first.wait()
    assert _value(idle, "detente_dead_letters_total", kind=Break.kind, error="ZeroDivisionError") == 1
    with idle.worker("w2", app="tests.app", concurrency=1):
        running.result(timeout_s=60)
        assert _value(idle, "detente_jobs_recovered_total", queue="interactive") == 1
        wait_for(lambda: _value(idle, "detente_workers_lost_total") == 1)
        assert _jobs(idle, "started", Note) == 2


def test_how_queues_stand(idle: System) -> None:
    for number in range(25):
        for _ in range(number + 1):
            idle.client.submit(Beat(), terms=Terms(tenant=f"t{number}"))
    idle.client.redis.sadd("detente:paused", "upkeep")
    total = sum(range(1, 26))
    assert _value(idle, "detente_queue_depth", queue="upkeep") == total
    assert _value(idle, "detente_queue_paused", queue="upkeep") == 1
    assert _value(idle, "detente_queue_paused", queue="bulk") == 0
    assert _value(idle, "detente_queue_oldest_age_seconds", queue="upkeep") > 0
    assert _value(idle, "detente_queue_tenant_depth", queue="upkeep", tenant="t24") == 25
    assert _value(idle, "detente_queue_tenant_depth", queue="upkeep", tenant=OTHERS) == 1 + 2 + 3 + 4 + 5
    assert _value(idle, "detente_waiting_bytes") > total * 100


@pytest.fixture
def odd(idle: System) -> Iterator[System]:
    with idle.worker(concurrency=1):
        yield idle


def test_what_foreign_messages_call_themselves_is_one_kind(odd: System) -> None:
    names = ['a"b\\c\nd{e="f"}', "x" * 5000, "jobs|dead|a|b", "é🕊", "\ud800", *(f"k{number}" for number in range(20))]
    for name in names:
        message = json.loads(job_message(Beat(), id=str(uuid4())))
        message["headers"]["task"] = name
        message["properties"]["delivery_info"]["routing_key"] = f"queue of {name}"
        odd.client.redis.lpush("detente:upkeep", json.dumps(message))
    before = set(odd.client.redis.hkeys("detente:metrics"))
    wait_for(lambda: _value(odd, "detente_dead_letters_total", kind="unknown", error="UnknownKind") == len(names))
    new = set(odd.client.redis.hkeys("detente:metrics")) - before
    assert len(new) <= 2
    # Each is a dead letter, and can be replayed by a worker of another version: its payload is kept.
    wait_for(lambda: len(odd.store.find_jobs(error="UnknownKind", limit=100).rows) == len(names))
    kept = odd.store.find_jobs(error="UnknownKind", limit=100).rows
    assert {record.queue for record in kept} <= {*Queue, "unknown"}
    assert all(odd.store.kept_job(record.id).payload == {} for record in kept)


def test_nonsense_among_the_counters_does_not_break_the_page_and_their_number_is_limited(idle: System) -> None:
    redis = idle.client.redis
    nonsense = {
        "jobs|done": "1",
        "waited_bucket": "1",
        "waited_bucket|k|7": "1",
        "jobs|a|b|c": "many",
        "ran_sum|k": "nan",
        "": "1",
    }
    redis.hset("detente:metrics", mapping=nonsense)
    redis.hset("detente:metrics", 'jobs|done|a"\n\\|q', "3")
    assert _samples(render(redis))[("detente_jobs_total", (("event", "done"), ("kind", 'a"\n\\'), ("queue", "q")))] == 3
    redis.hset("detente:metrics", mapping={f"jobs|done|{number}|q": "1" for number in range(5000)})
    before = redis.hlen("detente:metrics")
    idle.client.submit_many([Beat()] * 5)
    assert redis.hlen("detente:metrics") <= before + 1
    assert _value(idle, "detente_uncounted_total") >= 1


def test_the_command_prints_the_page(idle: System) -> None:
    idle.client.submit(Beat())
    shown = idle.cli("metrics")
    assert shown.returncode == 0, shown.stderr
    assert _samples(shown.stdout)[("detente_queue_depth", (("queue", "upkeep"),))] == 1
