"""The intake: what foreign programs append is submitted once, or is a dead letter with its reason."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from detente.contracts import JobState
from detente.embedded import EmbeddedServer
from detente.queues import Queues
from tests.systems import ROOT, System, stop
from tests.waiting import wait_for
from worker import bridges
from worker.benches import Bench
from worker.bridges import GROUP, STREAM, Bridge, is_bridge_up
from worker.settings import Settings

KIND = "detente.article.read"
BODY = json.dumps({"id": "a", "text": "Oslo recalled its ambassador from Minsk."})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    with EmbeddedServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def system(server: EmbeddedServer, tmp_path: Path) -> Iterator[System]:
    """Redis and a store, without a worker."""
    system = System(server.url, f"sqlite:///{tmp_path / 'detente.db'}", tmp_path)
    system.client.redis.flushdb()
    system.store.upgrade()
    with closing(system):
        yield system


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bridges that wait for less long than they would, so that they stop sooner."""
    monkeypatch.setattr(bridges, "BLOCK_MS", 50)
    monkeypatch.setattr(bridges, "LOOK_S", 0.1)


@contextmanager
def bridging(system: System, *, name: str = "b1") -> Iterator[Bridge]:
    """A bridge in a thread, until the end of the block."""
    bridge = Bridge(Bench(Settings(broker=system.broker, store=system.store_url)), name=name)
    thread = threading.Thread(target=bridge.run)
    thread.start()
    try:
        yield bridge
    finally:
        bridge.stop()
        thread.join(20)
        assert not thread.is_alive()


def _append(system: System, **fields: str | bytes) -> str:
    return system.client.redis.xadd(STREAM, {"kind": KIND, "body": BODY, **fields})


def _wait_until_empty(system: System) -> None:
    wait_for(lambda: system.client.redis.xlen(STREAM) == 0)


def test_an_entry_becomes_a_job_with_all_that_goes_with_it(system: System) -> None:
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    terms = {"tenant": "press", "deadline_at": "2100-01-01T00:00:00Z", "idempotency_key": "k", "traceparent": trace}
    with bridging(system):
        _append(system, **terms)
        _wait_until_empty(system)
    [record] = system.client.jobs()
    assert (record.state, record.tenant, record.label["article"]) == (JobState.QUEUED, "press", "a")
    assert record.deadline_at.year == 2100
    assert trace in system.client.redis.lindex("detente:interactive:of:press", 0)


def test_entries_that_were_there_before_the_first_bridge_are_taken_in(system: System) -> None:
    for number in range(120):
        _append(system, body=json.dumps({"id": str(number), "text": "Oslo protested."}))
    with bridging(system):
        _wait_until_empty(system)
    assert system.client.redis.llen("detente:interactive") == 120
    assert system.client.redis.xpending(STREAM, GROUP)["pending"] == 0


def test_the_same_key_is_submitted_once_and_another_job_with_it_is_a_dead_letter(system: System) -> None:
    with bridging(system):
        for body in (BODY, BODY, '{"text": "Riga thanked Oslo."}'):
            _append(system, body=body, idempotency_key="k")
        _wait_until_empty(system)
    assert system.client.redis.llen("detente:interactive") == 1
    [dead] = system.store.find_jobs(state=JobState.DEAD).rows
    assert dead.error.kind == "IdempotencyConflict"
    assert system.store.kept_job(dead.id).payload == {"text": "Riga thanked Oslo."}


WRONG = {
    "no body": ({"kind": KIND}, "no field 'body'"),
    "no kind": ({"body": BODY}, "no field 'kind'"),
    "an unknown kind": ({"kind": "detente.no.such", "body": BODY}, "no kind 'detente.no.such'"),
    "no JSON": ({"kind": KIND, "body": "{"}, "Invalid JSON"),
    "not UTF-8": ({"kind": KIND, "body": b'{"text": "\xff"}'}, "Invalid JSON"),
    "a kind that is not UTF-8": ({"kind": b"\xff", "body": BODY}, "not UTF-8"),
    "nested too deep": ({"kind": KIND, "body": "[" * 100_000}, "Invalid JSON"),
    "a field too many": ({"kind": KIND, "body": '{"text": "a", "colour": 1}'}, "colour: Extra inputs"),
    "a number for a text": ({"kind": KIND, "body": '{"text": 5}'}, "text: Input should be a valid string"),
    "a misspelt option": ({"kind": KIND, "body": BODY, "tennant": "a"}, "no field 'tennant'"),
    "a place in a batch": ({"kind": KIND, "body": BODY, "member": "{}"}, "no field 'member'; it has kind, body, tenant"),
    "a tenant that is none": ({"kind": KIND, "body": BODY, "tenant": "a b"}, "tenant: String should match"),
    "a time that is none": ({"kind": KIND, "body": BODY, "deadline_at": "soon"}, "deadline_at: Input should be"),
    "too large": ({"kind": KIND, "body": json.dumps({"text": "a" * (16 * 2**20)})}, "larger than"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_becomes_a_dead_letter_with_the_reason_and_blocks_nobody(system: System, wrong: str) -> None:
    fields, reason = WRONG[wrong]
    with bridging(system):
        system.client.redis.xadd(STREAM, fields)
        _append(system)
        _wait_until_empty(system)
    assert system.client.redis.llen("detente:interactive") == 1
    [dead] = system.store.find_jobs(state=JobState.DEAD).rows
    assert reason in dead.error.message
    assert dead.queue == "intake"
    assert system.store.kept_job(dead.id).payload


def test_a_full_queue_makes_the_intake_wait_and_loses_nothing(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridges, "LONGEST_PAUSE_S", 0.05)
    Queues(system.client.redis).limit({"interactive": 2}, waiting_bytes=10**9)
    for number in range(5):
        _append(system, body=json.dumps({"id": str(number), "text": "Oslo protested."}))
    with bridging(system):
        wait_for(lambda: system.client.redis.llen("detente:interactive") == 2)
        assert system.client.redis.xlen(STREAM) >= 3
        Queues(system.client.redis).limit({"interactive": 10}, waiting_bytes=10**9)
        _wait_until_empty(system)
    assert system.client.redis.llen("detente:interactive") == 5


def test_what_a_dead_bridge_had_is_taken_over_and_submitted_once(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dead one had taken two entries, and submitted one of them without acknowledging it."""
    monkeypatch.setattr(bridges, "ABANDONED_MS", 200)
    first, second = _append(system), _append(system, body='{"text": "Riga thanked Oslo."}')
    dead = Bridge(Bench(Settings(broker=system.broker, store=system.store_url)), name="dead")
    dead._make_group()
    entries = dead._taken()
    assert [id.decode() for id, _ in entries] == [first, second]
    intake = bridges._intake(entries[0])
    system.client.submit(intake.job, id=intake.id, terms=intake.terms)
    with bridging(system, name="heir"):
        _wait_until_empty(system)
    assert system.client.redis.llen("detente:interactive") == 2


def test_a_bridge_that_is_killed_and_started_again_loses_and_doubles_nothing(system: System) -> None:
    command = [sys.executable, "-m", "worker", "bridge"]
    bodies = [json.dumps({"id": str(number), "text": "Oslo protested. " * 50}) for number in range(3000)]
    pipe = system.client.redis.pipeline(transaction=False)
    for body in bodies:
        pipe.xadd(STREAM, {"kind": KIND, "body": body})
    pipe.execute()
    first = subprocess.Popen(command, env=system.env, cwd=ROOT, stderr=subprocess.DEVNULL)
    wait_for(lambda: system.client.redis.llen("detente:interactive") > 100)
    first.kill()
    first.wait()
    second = subprocess.Popen(command, env=system.env, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: system.client.redis.xlen(STREAM) == 0, timeout_s=60)
        assert is_bridge_up(system.broker)
    finally:
        stop(second)
    assert second.returncode == 0
    assert system.client.redis.llen("detente:interactive") == 3000


def test_a_bridge_goes_on_when_its_stream_is_gone(system: System) -> None:
    with bridging(system):
        wait_for(lambda: is_bridge_up(system.broker))
        system.client.redis.delete(STREAM)
        _append(system)
        _wait_until_empty(system)
    assert not is_bridge_up("redis://127.0.0.1:1")
    assert system.client.redis.llen("detente:interactive") == 1
