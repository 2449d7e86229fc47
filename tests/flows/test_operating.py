"""What operators do at a terminal: look at queues and jobs, pause, drain, cancel, and replay what died."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from detente.cli.letters import replay
from detente.client import new_id
from detente.contracts import Beat, JobError, JobEvent, JobRecord, JobState, ReadArticle, Terms
from detente.queues import Queues
from tests.app import Note, WaitFor
from tests.systems import ROOT, System
from tests.waiting import wait_for


def _lines(done: subprocess.CompletedProcess[bytes]) -> list[dict]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def _bury(
    system: System, *, error: str = "ArticleRejected", kind: str = Beat.kind, hours_ago: float = 1, tenant: str = "default",
    payload: object = None,
) -> str:  # fmt: skip
    """A dead letter in the store, as a worker leaves it."""
    id, died_at = new_id(), datetime.now(UTC) - timedelta(hours=hours_ago)
    record = JobRecord(
        id=id, kind=kind, queue="upkeep", state=JobState.DEAD, tenant=tenant, finished_at=died_at,
        error=JobError(kind=error, message="it was so"),
    )  # fmt: skip
    step = JobEvent(id="1-0", at=died_at, event="dead")
    system.store.keep_job(record, payload={} if payload is None else payload, traceback="where it was", history=[step])
    return id


def test_queues_are_listed_paused_closed_and_resumed(idle: System) -> None:
    idle.client.submit(Beat(), terms=Terms(tenant="desk"))
    idle.client.submit(Beat(), terms=Terms(not_before_at=datetime.now(UTC) + timedelta(hours=1)))
    upkeep = next(row for row in _lines(idle.cli("queues", "--json")) if row["name"] == "upkeep")
    assert (upkeep["depth"], upkeep["delayed"], upkeep["tenants"]) == (1, 1, {"desk": 1})
    assert b"desk=1" in idle.cli("queues").stdout
    assert b"paused" in idle.cli("queues", "pause", "upkeep").stdout
    assert b"paused, closed" in idle.cli("queues", "close", "upkeep").stdout
    refused = idle.cli("submit", Beat.kind)
    assert refused.returncode == 1
    assert b"queue upkeep is closed" in refused.stderr
    assert b"open" in idle.cli("queues", "resume", "upkeep").stdout
    assert idle.cli("submit", Beat.kind).returncode == 0
    unknown = idle.cli("queues", "pause", "upkep")
    assert unknown.returncode == 1
    assert b"interactive, bulk, fetch, upkeep" in unknown.stderr


def test_a_drain_waits_for_what_runs_and_says_how_to_open_the_queue_again(idle: System, tmp_path: Path) -> None:
    receipts = idle.client.submit_many([Note(path=str(tmp_path / "book"), name=str(number), takes_s=0.3) for number in range(6)])
    late = idle.cli("queues", "drain", "interactive", "--timeout", "0.2")
    assert late.returncode == 1
    assert b"6 in line" in late.stderr
    with idle.worker(app="tests.app", concurrency=1):
        drained = idle.cli("queues", "drain", "interactive", "--timeout", "60")
        assert drained.returncode == 0, drained.stderr
        assert all(receipt.status().state is JobState.DONE for receipt in receipts)
    assert b"detente queues resume interactive" in drained.stdout
    assert idle.client.queues()[0].is_closed


def test_a_paused_queue_does_not_drain_and_says_so(idle: System) -> None:
    idle.client.submit(Beat())
    Queues(idle.client.redis).pause("upkeep")
    told = idle.cli("queues", "drain", "upkeep")
    assert told.returncode == 1
    assert b"is paused" in told.stderr


def test_jobs_are_found_by_state_kind_and_tenant_in_redis_and_in_the_store(idle: System) -> None:
    old = _bury(idle, tenant="desk", hours_ago=500)
    young = idle.client.submit(Beat(), terms=Terms(tenant="desk")).id
    idle.client.submit(ReadArticle(text="Oslo thanked Riga."))
    found = _lines(idle.cli("jobs", "--tenant", "desk", "--json"))
    assert [(row["id"], row["kept_in"]) for row in found] == [(young, "redis"), (old, "store")]
    assert [row["id"] for row in _lines(idle.cli("jobs", "--tenant", "desk", "--limit", "1", "--json"))] == [young]
    assert [row["id"] for row in _lines(idle.cli("jobs", "--state", "dead", "--json"))] == [old]
    assert [row["kind"] for row in _lines(idle.cli("jobs", "--kind", ReadArticle.kind, "--json"))] == [ReadArticle.kind]
    assert b"store" in idle.cli("jobs", "--state", "dead").stdout
    wrong = idle.cli("jobs", "--state", "died")
    assert wrong.returncode == 1
    assert b"cancelled" in wrong.stderr


def test_a_job_that_redis_has_forgotten_has_its_whole_history_in_the_store(idle: System, tmp_path: Path) -> None:
    awaited = tmp_path / "there"
    with idle.worker("w7", app="tests.app", concurrency=1):
        receipt = idle.client.submit(WaitFor(path=str(awaited), retry_after_s=600))
        wait_for(lambda: idle.client.queues()[0].delayed)
        assert receipt.status().state is JobState.RETRYING
        awaited.touch()
        idle.client.redis.zadd("detente:interactive:delayed", {receipt.id: 1}, xx=True)
        receipt.result(timeout_s=60)
        wait_for(lambda: idle.store.find_jobs(kind=WaitFor.kind).rows)
    idle.client.redis.delete(f"detente:job:{receipt.id}", f"detente:job:{receipt.id}:events")
    [shown] = _lines(idle.cli("job", receipt.id, "--json"))
    assert shown["kept_in"] == "store"
    assert [step["event"] for step in shown["history"]] == ["submitted", "started", "retrying", "started", "done"]
    assert shown["history"][1]["detail"]["worker"] == "w7@test"
    assert shown["history"][2]["detail"]["message"] == "the file is not there"
    assert b"retrying" in idle.cli("job", receipt.id).stdout
    nobody = idle.cli("job", new_id())
    assert nobody.returncode == 1
    assert b"is known" in nobody.stderr


def test_a_cancelled_job_and_its_history_are_kept_though_no_worker_ever_saw_it(idle: System) -> None:
    delayed = idle.client.submit(Beat(), terms=Terms(not_before_at=datetime.now(UTC) + timedelta(hours=1)))
    queued = idle.client.submit(Beat())
    done = idle.cli("cancel", delayed.id, queued.id)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"is cancelled") == 2
    assert idle.client.queues()[-1].delayed == 0
    again = idle.cli("cancel", delayed.id, new_id())
    assert again.returncode == 1
    assert b"is known" in again.stderr
    with idle.worker(concurrency=1):
        idle.cli("submit", "detente.letters.bury", "--wait")
    for id in (delayed.id, queued.id):
        kept = idle.store.kept_job(id)
        assert kept.record.state is JobState.CANCELLED
        assert [step.event for step in kept.history] == ["submitted", "cancelled"]


def test_a_job_is_submitted_with_tenant_key_deadline_and_not_before_any_time(idle: System) -> None:
    given = ("submit", Beat.kind, "--tenant", "desk", "--key", "a-1", "--deadline", "2h", "--not-before", "10m")
    first, second = (idle.cli(*given).stdout.decode().strip() for _ in range(2))
    assert first == second
    record = idle.client.status(first)
    assert record.tenant == "desk"
    ahead = [(at - datetime.now(UTC)).total_seconds() for at in (record.not_before_at, record.deadline_at)]
    assert 500 < ahead[0] <= 600
    assert 7000 < ahead[1] <= 7200
    for wrong in (("--deadline", "soon"), ("--tenant", "a b"), ("--not-before", "99999999w")):
        refused = idle.cli("submit", Beat.kind, *wrong)
        assert refused.returncode == 1
        assert b"Traceback" not in refused.stderr
    at = _lines(idle.cli("submit", Beat.kind, "--not-before", "2099-01-31T18:00+01:00", "--json"))[0]["id"]
    assert idle.client.status(at).not_before_at == datetime(2099, 1, 31, 17, tzinfo=UTC)


def test_dead_letters_are_chosen_by_filter_and_a_bulk_says_first_what_it_would_do(idle: System) -> None:
    young, old = _bury(idle, error="StoreUnreachable", tenant="desk"), _bury(idle, error="StoreUnreachable", hours_ago=50)
    other = _bury(idle, kind="detente.no.such", payload={"raw": "x"})
    for filters, found in (
        (("--since", "2h"), {young, other}), (("--until", "2h"), {old}), (("--tenant", "desk"), {young}),
        (("--error", "StoreUnreachable"), {young, old}), (("--kind", Beat.kind, "--since", "2h"), {young}),
    ):  # fmt: skip
        assert {row["id"] for row in _lines(idle.cli("dead", "list", *filters, "--json"))} == found
    for wish in ("replay", "discard"):
        bare = idle.cli("dead", wish)
        assert bare.returncode == 1
        assert b"--all" in bare.stderr
        dry = idle.cli("dead", wish, "--error", "StoreUnreachable", "--dry-run")
        assert set(dry.stdout.decode().split()) == {young, old}
    assert idle.client.jobs() == []

    done = idle.cli("dead", "replay", "--all")
    assert done.returncode == 1
    assert f"{other}: there is no job of kind".encode() in done.stderr
    assert b"2 replayed, 0 had been replayed before, 1 could not be" in done.stderr
    assert {record.tenant for record in idle.client.jobs()} == {"desk", "default"}
    assert b"0 replayed, 2 had been replayed before" in idle.cli("dead", "replay", young, old).stderr
    assert len(idle.client.jobs()) == 2

    gone = idle.cli("dead", "discard", "--until", "2h")
    assert gone.stdout.decode().split()[0] == old
    assert idle.cli("dead", "discard", "--all").returncode == 0
    assert b"no dead letters" in idle.cli("dead", "list").stdout


def test_a_replay_is_remembered_for_longer_than_redis_remembers_jobs(idle: System) -> None:
    letter = _bury(idle)
    again, is_new = replay(idle.client, idle.store, letter)
    assert is_new
    idle.store.keep_job(idle.client.status(again))
    idle.client.redis.flushdb()
    assert replay(idle.client, idle.store, letter) == (again, False)
    assert idle.client.jobs() == []


def test_a_bulk_replay_waits_while_the_queue_is_full(idle: System) -> None:
    letters = {_bury(idle, hours_ago=number) for number in range(1, 6)}
    Queues(idle.client.redis).limit({"upkeep": 2}, waiting_bytes=10**9)
    command = [sys.executable, "-m", "detente.cli", "dead", "replay", "--all"]
    with subprocess.Popen(command, env=idle.env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as bulk:
        wait_for(lambda: idle.client.queues()[-1].depth == 2)
        assert bulk.poll() is None
        # Room, as a worker makes it, which a worker started now would overwrite.
        Queues(idle.client.redis).limit({"upkeep": 100}, waiting_bytes=10**9)
        out, told = bulk.communicate(timeout=60)
    assert bulk.returncode == 0, told
    assert len(set(out.split())) == len(letters) == len(idle.client.jobs())


def test_doctor_looks_at_role_persistence_memory_and_clock(idle: System) -> None:
    Queues(idle.client.redis).limit({}, waiting_bytes=10**6)
    idle.client.redis.config_set("maxmemory", "100mb")
    checks = {check["name"]: check for check in json.loads(idle.cli("doctor", "--json").stdout)}
    for name in ("redis", "role", "eviction", "persistence", "memory", "clock"):
        assert checks[name]["verdict"] == "right", checks[name]
    assert "everysec" in checks["persistence"]["seen"]

    idle.client.redis.config_set("maxmemory-policy", "allkeys-lru")
    idle.client.redis.config_set("appendonly", "no")
    Queues(idle.client.redis).limit({}, waiting_bytes=90 * 10**6)
    checks = {check["name"]: check for check in json.loads(idle.cli("doctor", "--json").stdout)}
    assert checks["eviction"]["verdict"] == "wrong"
    assert checks["persistence"]["verdict"] == "doubtful"
    assert checks["memory"]["verdict"] == "doubtful"
    assert "DETENTE_MAX_WAITING_MB" in checks["memory"]["advice"]


@pytest.mark.parametrize(("off_s", "verdict"), [(0, "right"), (5, "doubtful"), (-3600, "wrong")])
def test_doctor_sees_a_clock_that_is_off(idle: System, monkeypatch: pytest.MonkeyPatch, off_s: int, verdict: str) -> None:
    import time

    from detente.cli import checks

    real = time.time
    monkeypatch.setattr(checks.time, "time", lambda: real() + off_s)
    assert checks._clock(idle.client).verdict == verdict
