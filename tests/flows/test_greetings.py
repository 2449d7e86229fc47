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


def test_workers_answer_those_who_ask(idle: System) -> None:
    with idle.worker("first", concurrency=1):
        command = [sys.executable, "-m", "celery", "-A", "worker", "inspect", "ping", "--json", "--timeout", "5"]
        asked = subprocess.run(command, env=idle.env, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert json.loads(asked.stdout) == {"first@test": {"ok": "pong"}}, asked.stderr
    assert not idle.store.find_jobs(state=JobState.DEAD).rows
