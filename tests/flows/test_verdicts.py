"""Later, never, and the deaths that nobody can tell of but the parent."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.contracts import Beat, JobState
from detente.storage.jobs import KeptJob
from tests.app import Break, Die, Hang, Stumble, WaitFor
from tests.systems import ROOT, System
from tests.waiting import wait_for


@pytest.fixture
def failing(idle: System) -> Iterator[System]:
    with idle.worker(app="tests.app", concurrency=1):
        yield idle


def _letter(system: System, id: str) -> KeptJob | None:
    return system.store.kept_job(id) if any(row.id == id for row in system.store.find_jobs(state=JobState.DEAD).rows) else None


def _ended(system: System, id: str, timeout_s: float = 40) -> JobState:
    wait_for(lambda: system.client.status(id).state.is_final, timeout_s=timeout_s)
    return system.client.status(id).state


def test_a_job_that_is_not_ready_runs_again_later(failing: System, tmp_path: Path) -> None:
    receipt = failing.client.submit(WaitFor(path=str(tmp_path / "there")))
    wait_for(lambda: receipt.status().state is JobState.RETRYING)
    (tmp_path / "there").touch()
    receipt.result(timeout_s=40)
    steps = [step.event for step in failing.client.history(receipt.id)]
    assert steps[:3] == ["submitted", "started", "retrying"]
    assert steps[-2:] == ["started", "done"]


def test_the_other_side_says_how_long_to_wait(failing: System, tmp_path: Path) -> None:
    receipt = failing.client.submit(WaitFor(path=str(tmp_path / "there"), retry_after_s=77))
    wait_for(lambda: receipt.status().state is JobState.RETRYING)
    assert failing.client.history(receipt.id)[-1].detail["delay_s"] >= 77


def test_a_job_that_waits_for_its_retry_survives_its_worker(idle: System, tmp_path: Path) -> None:
    with idle.worker("first", app="tests.app", concurrency=1) as first:
        receipt = idle.client.submit(WaitFor(path=str(tmp_path / "there")))
        wait_for(lambda: receipt.status().state is JobState.RETRYING)
        first.kill()
    (tmp_path / "there").touch()
    with idle.worker("second", app="tests.app", concurrency=1):
        receipt.result(timeout_s=60)


def test_an_error_that_nobody_foresaw_is_a_dead_letter_with_its_traceback(failing: System) -> None:
    receipt = failing.client.submit(Break())
    assert _ended(failing, receipt.id) is JobState.DEAD
    wait_for(lambda: failing.store.find_jobs(state=JobState.DEAD).rows)
    kept = failing.store.kept_job(receipt.id)
    assert kept.record.error.kind == "ZeroDivisionError"
    assert "break_down" in kept.traceback


def test_a_job_that_kills_its_process_each_time_ends_and_the_next_one_runs(failing: System) -> None:
    receipt = failing.client.submit(Die())
    assert _ended(failing, receipt.id) is JobState.DEAD
    assert receipt.status().attempts == 3
    assert receipt.status().error.kind == "WorkerLostError"
    assert wait_for(lambda: _letter(failing, receipt.id)).payload == {}
    assert failing.client.submit(Beat()).result(timeout_s=30)


@pytest.mark.parametrize("deaf", [False, True])
def test_a_job_that_hangs_ends_in_time_with_the_reason(idle: System, deaf: bool) -> None:
    idle.settings |= {"DETENTE_SOFT_TIME_LIMIT_S": "4", "DETENTE_TIME_LIMIT_S": "6"}
    with idle.worker(app="tests.app", concurrency=1):
        receipt = idle.client.submit(Hang(deaf=deaf))
        assert _ended(idle, receipt.id) is JobState.DEAD
        assert receipt.status().error.kind == ("TimeLimitExceeded" if deaf else "SoftTimeLimitExceeded")
        assert idle.client.submit(Beat()).result(timeout_s=30)


@pytest.mark.timeout(240)
def test_a_job_that_kills_whole_workers_is_not_given_to_another_for_ever(idle: System) -> None:
    with idle.worker("life0", app="tests.app", concurrency=1) as worker:
        receipt = idle.client.submit(Die(whole_worker=True))
        worker.wait(60)
    for life in (1, 2):  # Each comes up well before the lease of the one before it has ended.
        with idle.worker(f"life{life}", app="tests.app", concurrency=1) as worker:
            worker.wait(60)
    with idle.worker("last", app="tests.app", concurrency=1):
        assert _ended(idle, receipt.id) is JobState.DEAD
        assert receipt.status().error.kind == "WorkersLost"
        # Whole, so that it can be replayed.
        assert wait_for(lambda: _letter(idle, receipt.id)).payload == {"whole_worker": True}
        assert idle.client.submit(Beat()).result(timeout_s=30)


def test_a_killed_process_does_not_use_up_the_attempts_of_a_job_that_is_not_ready(idle: System, tmp_path: Path) -> None:
    book = tmp_path / "book"
    with idle.worker(app="tests.app", concurrency=1):
        # Not ready three times, which is more often than a job may be killed; then killed once; then done.
        receipt = idle.client.submit(Stumble(path=str(book), unready=3, kills=1))
        while not receipt.status().state.is_final:
            wait_for(lambda: receipt.status().state.is_final or idle.client.queues()[0].delayed, timeout_s=40)
            idle.client.redis.zadd("detente:interactive:delayed", {receipt.id: 1}, xx=True)
    assert receipt.status().state is JobState.DONE
    assert receipt.status().attempts == 5


def test_a_job_that_flower_terminates_is_cancelled(failing: System) -> None:
    receipt = failing.client.submit(Hang())
    wait_for(lambda: receipt.status().state is JobState.RUNNING)
    command = [sys.executable, "-m", "celery", "-A", "tests.app", "control", "--timeout", "10", "terminate", "SIGKILL"]
    subprocess.run([*command, receipt.id], env=failing.env, cwd=ROOT, capture_output=True, timeout=60, check=True)
    assert _ended(failing, receipt.id) is JobState.CANCELLED
