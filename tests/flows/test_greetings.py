"""Workers and people talk to workers by Celery's remote control; that is no job, and nobody's dead letter."""

from __future__ import annotations

import json
import subprocess
import sys

from detente.contracts import JobState
from tests.systems import ROOT, System
from tests.waiting import wait_for


def test_workers_that_greet_one_another_leave_no_dead_letters(idle: System) -> None:
    with idle.worker("first", concurrency=1), idle.worker("second", concurrency=1):
        wait_for(lambda: "sync complete" in idle.log("second"), timeout_s=30)
    assert not idle.store.find_jobs(state=JobState.DEAD).rows


def inspect(system: System, *, timeout_s: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "celery", "-A", "worker", "inspect", "ping", "--json", "--timeout", str(timeout_s)]
    return subprocess.run(command, env=system.env, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_who_asks_where_no_worker_is_hears_that_nobody_answered(idle: System) -> None:
    asked = inspect(idle, timeout_s=1)
    assert "No nodes replied" in asked.stderr
    assert "Traceback" not in asked.stderr


def test_workers_answer_those_who_ask(idle: System) -> None:
    with idle.worker("first", concurrency=1):
        asked = inspect(idle, timeout_s=5)
    assert json.loads(asked.stdout) == {"first@test": {"ok": "pong"}}, asked.stderr
    assert not idle.store.find_jobs(state=JobState.DEAD).rows
