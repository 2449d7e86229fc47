"""A worker that is told to stop finishes what ends soon and puts the rest back."""

from __future__ import annotations

import os
import signal
import time

from detente.contracts import ReadArticle, ReadArticles
from detente.contracts.jobs import JobState, Queue
from detente.scripts import PREFIX
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
