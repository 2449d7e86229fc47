"""Two beats run, and one is killed, or frozen: the other takes over, and every slot is fired once."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detente.contracts.schedules import Schedule
from detente.embedded import EmbeddedServer
from detente.schedules import Schedules
from detente.slots import slots_between
from tests.systems import ROOT, System, stop
from tests.waiting import wait_for

#: A second is twenty minutes, and the clocks of London go back an hour after some ten seconds.
FACTOR, START = 1200, datetime(2026, 10, 24, 21, 55, tzinfo=UTC)
PLAN = Schedule(
    name="every twenty minutes", kind="detente.heartbeat.beat", cron="*/20 * * * *", timezone="Europe/London", catch_up="all"
)


@contextmanager
def beat(system: System, name: str, clock: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "celery", "-A", "tests.beats", "beat", "--loglevel=INFO", "--pidfile="]
    with (system.folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, env={**system.env, "DETENTE_TEST_CLOCK": clock}, cwd=ROOT, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGCONT)
            stop(process)


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP])
def test_another_beat_takes_over_and_each_slot_is_fired_once(tmp_path: Path, blow: signal.Signals) -> None:
    clock = f"{time.time()},{START.timestamp()},{FACTOR}"
    with EmbeddedServer(tmp_path / "redis") as server, ExitStack() as stack:
        system = System(server.url, f"sqlite:///{tmp_path / 'detente.db'}", tmp_path)
        stack.callback(system.close)
        schedules = Schedules(system.client)
        schedules.add(PLAN)
        beats = {name: stack.enter_context(beat(system, name, clock)) for name in ("first", "second")}
        wait_for(lambda: len(schedules.history(PLAN.name)) > 2, timeout_s=60)
        leader = next(name for name in beats if "beat_leads" in system.log(name))
        other = next(name for name in beats if name != leader)
        assert "beat_leads" not in system.log(other)
        beats[leader].send_signal(blow)
        struck_at = time.monotonic()
        wait_for(lambda: "beat_leads" in system.log(other), timeout_s=30)
        assert time.monotonic() - struck_at <= 15
        if blow == signal.SIGSTOP:
            beats[leader].send_signal(signal.SIGCONT)
            wait_for(lambda: "beat_lost_its_lead" in system.log(leader), timeout_s=30)
        fired = len(schedules.history(PLAN.name))
        wait_for(lambda: len(schedules.history(PLAN.name)) > fired + 2, timeout_s=30)
        for process in beats.values():
            stop(process)
        history = list(reversed(schedules.history(PLAN.name)))
        slots = [one.slot_at for one in history]
        assert slots == [slots[0], *slots_between(PLAN, after=slots[0], until=slots[-1], most=9999)]
        assert len({one.job for one in history}) == len(slots)
        assert all(record.kind == PLAN.kind for record in system.client.statuses(str(one.job) for one in history))
