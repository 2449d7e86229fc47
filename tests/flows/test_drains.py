"""A worker that is told to stop finishes what ends soon and puts the rest back."""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from detente.contracts import ReadArticle, ReadArticles, Terms
from detente.contracts.jobs import JobState, Queue
from detente.scripts import PREFIX
from tests.app import Note
from tests.systems import System
from tests.waiting import wait_for

LONG = ReadArticles(articles=tuple(ReadArticle(text="Oslo protested to Minsk. " * 1500) for _ in range(40)))


def test_a_job_that_outlasts_the_drain_is_put_back(idle: System) -> None:
    idle.settings["DETENTE_DRAIN_S"] = "1"
    with idle.worker(concurrency=1) as worker:
        receipt = idle.client.submit(LONG)
        wait_for(lambda: receipt.status().state is JobState.RUNNING)
        os.kill(worker.pid, signal.SIGTERM)
        assert worker.wait(30) == 0
        assert idle.client.redis.llen(PREFIX + Queue.BULK) == 1
        assert not receipt.status().state.is_final


def test_an_idle_worker_does_not_wait_for_the_drain(idle: System) -> None:
    idle.settings["DETENTE_DRAIN_S"] = "100"
    with idle.worker(concurrency=1) as worker:
        began = time.monotonic()
        os.kill(worker.pid, signal.SIGTERM)
        assert worker.wait(60) == 0
        assert time.monotonic() - began < 50


@pytest.mark.timeout(200)
def test_rolling_restarts_lose_no_job_and_repeat_none(idle: System, tmp_path: Path) -> None:
    book, receipts = tmp_path / "book", []

    def submit(number: int) -> None:
        jobs = [Note(path=str(book), name=f"{number}-{n}", takes_s=0.3) for n in range(10)]
        receipts.extend(idle.client.submit_many(jobs, terms=Terms(tenant=f"t{number % 2}")))

    older = ExitStack()
    for number in range(3):
        with ExitStack() as newer:
            newer.enter_context(idle.worker(f"w{number}", app="tests.app"))
            submit(number)
            wait_for(lambda: any(receipt.status().state is JobState.RUNNING for receipt in receipts[-10:]))
            # The older one is told to stop in the middle of its jobs, by the end of its block.
            older.close()
            older = newer.pop_all()
    with older:
        for receipt in receipts:
            receipt.result(timeout_s=60)
    begun = [line.split()[1] for line in book.read_text().splitlines() if line.startswith("begin")]
    assert sorted(begun) == sorted({f"{number}-{n}" for number in range(3) for n in range(10)})
