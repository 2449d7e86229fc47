"""Redis and PostgreSQL go and come back; workers and beat go on by themselves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest

from benchmarks.chaos.servers import postgresql
from detente.contracts import JobState, ReadArticle, ReadArticles
from detente.embedded import EmbeddedServer
from tests.systems import ROOT, System, stop
from tests.waiting import wait_for

SHORT = ReadArticle(text="Oslo protested to Minsk.")
LONG = ReadArticles(articles=tuple(ReadArticle(text="Oslo protested to Minsk. " * 400) for _ in range(4)))


@contextmanager
def redis_and(tmp_path: Path, store_url: str | None = None) -> Iterator[tuple[EmbeddedServer, System]]:
    with EmbeddedServer(tmp_path / "redis") as server:
        system = System(server.url, store_url or f"sqlite:///{tmp_path / 'detente.db'}", tmp_path)
        system.store.upgrade()
        with closing(system):
            yield server, system


def restart(server: EmbeddedServer, system: System) -> None:
    server.stop()
    server.start()


def kill(server: EmbeddedServer, system: System) -> None:
    os.kill(system.client.redis.info("server")["process_id"], signal.SIGKILL)
    wait_for(lambda: not server.is_alive())
    server.start()


def stay_away(server: EmbeddedServer, system: System) -> None:
    """Until the worker has noticed and failed to connect again."""
    server.stop()
    wait_for(lambda: "Cannot connect" in system.log())
    server.start()


def is_running(system: System, id: str) -> bool:
    return system.client.status(id).state is JobState.RUNNING


@pytest.mark.parametrize("outage", [restart, kill, stay_away])
def test_a_worker_goes_on_after_redis_was_away(tmp_path: Path, outage: Callable[[EmbeddedServer, System], None]) -> None:
    with redis_and(tmp_path) as (server, system), system.worker(concurrency=1) as worker:
        waiting = [system.client.submit(LONG), system.client.submit(SHORT)]
        wait_for(lambda: any(is_running(system, receipt.id) for receipt in waiting))
        outage(server, system)
        for receipt in [*waiting, system.client.submit(SHORT)]:
            assert receipt.result(timeout_s=60)
        assert worker.poll() is None
        assert not system.store.find_jobs(state=JobState.DEAD).rows


def test_a_job_that_a_leaving_worker_ended_while_redis_was_away_runs_on_another(tmp_path: Path) -> None:
    with redis_and(tmp_path) as (server, system):
        with system.worker("first", concurrency=1) as first:
            receipt = system.client.submit(LONG)
            wait_for(lambda: is_running(system, receipt.id))
            server.stop()
            wait_for(lambda: "Cannot connect" in system.log("first"))
            first.terminate()
            server.start()
            assert first.wait(30) == 0
        assert not receipt.status().state.is_final
        with system.worker("second", concurrency=1):
            assert receipt.result(timeout_s=60)


def test_a_job_whose_process_is_asked_to_end_runs_again(tmp_path: Path) -> None:
    with redis_and(tmp_path) as (_, system), system.worker(concurrency=1) as worker:
        receipt = system.client.submit(LONG)
        wait_for(lambda: is_running(system, receipt.id))
        for child in psutil.Process(worker.pid).children():
            child.terminate()
        assert receipt.result(timeout_s=60)
        assert receipt.status().attempts == 2


def test_beat_goes_on_after_redis_was_away(tmp_path: Path) -> None:
    with redis_and(tmp_path) as (server, system):
        command = [sys.executable, "-m", "celery", "-A", "tests.beats", "beat", "--pidfile="]
        # Two minutes a second, so that there is a heartbeat in each.
        env = {**system.env, "DETENTE_TEST_CLOCK": f"{time.time()},{time.time()},120"}
        with (tmp_path / "beat.log").open("wb") as log:
            beat = subprocess.Popen(command, env=env, cwd=ROOT, stdout=log, stderr=log)
        try:
            wait_for(lambda: ticks(system) > 1, timeout_s=60)
            server.stop()
            wait_for(lambda: "beat_waits_for_redis" in system.log("beat"), timeout_s=30)
            server.start()
            before = ticks(system)
            wait_for(lambda: ticks(system) > before + 1, timeout_s=60)
            assert beat.poll() is None
        finally:
            stop(beat)


def ticks(system: System) -> int:
    return next(queue.depth for queue in system.client.queues() if queue.name == "upkeep")


def test_a_restart_of_postgresql_costs_no_job(tmp_path: Path) -> None:
    with postgresql() as server, redis_and(tmp_path, server.database("restarts")) as (_, system), system.worker(concurrency=1):
        assert system.client.submit(SHORT).result(timeout_s=60)
        receipts = [system.client.submit(LONG), *(system.client.submit(SHORT) for _ in range(3))]
        wait_for(lambda: any(is_running(system, receipt.id) for receipt in receipts))
        server.restart()
        for receipt in receipts:
            assert receipt.result(timeout_s=60)
        assert not system.store.find_jobs(state=JobState.DEAD).rows
