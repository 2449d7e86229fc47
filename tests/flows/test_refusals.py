"""Redis answers, but takes no writes for a while: it is full, it has become a replica, or its own replicas are away."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from detente.contracts import Beat, JobState
from detente.errors import BrokerUnreachable
from tests.app import Break, Note
from tests.systems import System
from tests.waiting import wait_for

Command = tuple[str, ...]
#: How Redis is made to refuse, and to take writes again.
REFUSALS: dict[str, tuple[Command, Command]] = {
    "full": (("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0")),
    "without its replicas": (("CONFIG", "SET", "min-replicas-to-write", "1"), ("CONFIG", "SET", "min-replicas-to-write", "0")),
    "a replica": (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
}


@contextmanager
def refusing(redis: Any, how: str) -> Iterator[None]:
    begin, end = REFUSALS[how]
    redis.execute_command(*begin)
    try:
        yield
    finally:
        redis.execute_command(*end)


@pytest.mark.parametrize("how", REFUSALS)
def test_jobs_that_end_while_redis_takes_no_writes_are_not_lost(idle: System, tmp_path: Path, how: str) -> None:
    with idle.worker(app="tests.app", concurrency=2) as worker:
        notes = idle.client.submit_many([Note(path=str(tmp_path / "book"), name=str(n), takes_s=0.5) for n in range(5)])
        broken = idle.client.submit(Break())
        wait_for(lambda: any(note.status().state is JobState.RUNNING for note in notes))
        with refusing(idle.client.redis, how):
            # Long enough for every job to have come to its end, were it let to.
            wait_for(_after(5.0))
        for note in notes:
            assert note.result(timeout_s=60)
        wait_for(lambda: broken.status().state is JobState.DEAD, timeout_s=60)
        wait_for(lambda: [record.id for record in idle.store.find_jobs(state=JobState.DEAD).rows] == [broken.id])
        assert worker.poll() is None
        assert idle.client.submit(Beat()).result(timeout_s=60)


def test_workers_go_on_emptying_a_redis_that_is_full(idle: System, tmp_path: Path) -> None:
    with idle.worker(app="tests.app", concurrency=2):
        # It is connected: one that connects needs to write more than is let through.
        assert idle.client.submit(Beat()).result(timeout_s=60)
        notes = idle.client.submit_many([Note(path=str(tmp_path / "book"), name=str(n)) for n in range(20)])
        broken = idle.client.submit(Break())
        with refusing(idle.client.redis, "full"):
            wait_for(lambda: all(receipt.status().state.is_final for receipt in (*notes, broken)), timeout_s=60)
        assert all(note.status().state is JobState.DONE for note in notes)


@pytest.mark.parametrize("how", REFUSALS)
def test_a_submission_that_redis_refuses_is_refused_with_the_reason(idle: System, how: str) -> None:
    with refusing(idle.client.redis, how), pytest.raises(BrokerUnreachable, match="takes no writes"):
        idle.client.submit(Beat())
    assert idle.client.submit(Beat()).status().state is JobState.QUEUED


def _after(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end
