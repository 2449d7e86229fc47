"""Delays, deadlines, turns, limits and pauses, with a real worker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from detente.contracts import Beat, JobState, ReadArticle, Terms
from detente.errors import JobFailed
from detente.queues import Queues
from tests.app import HangBriefly, Note, WaitFor
from tests.systems import System
from tests.waiting import wait_for


def _in(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_a_job_past_its_deadline_is_not_started(idle: System) -> None:
    late = idle.client.submit(Beat(), terms=Terms(deadline_at=_in(-1)))
    in_time = idle.client.submit(Beat(), terms=Terms(deadline_at=_in(3600)))
    with idle.worker(concurrency=1):
        assert in_time.result(timeout_s=60)
        with pytest.raises(JobFailed, match="deadline passed") as failed:
            late.result(timeout_s=60)
    assert failed.value.kind == "DeadlinePassed"
    assert idle.store.job(late.id).error.kind == "DeadlinePassed"


def test_a_delayed_job_waits_in_redis_and_runs_when_its_time_has_come(idle: System) -> None:
    not_before = _in(4)
    delayed = idle.client.submit(Beat(), terms=Terms(not_before_at=not_before))
    with idle.worker(concurrency=1):
        idle.client.submit(Beat()).result(timeout_s=60)
        assert delayed.result(timeout_s=60).at >= not_before


def test_a_retry_waits_in_redis_and_keeps_its_tenant(idle: System, tmp_path: Path) -> None:
    awaited = tmp_path / "there"
    with idle.worker(concurrency=1, app="tests.app"):
        receipt = idle.client.submit(WaitFor(path=str(awaited), retry_after_s=600), terms=Terms(tenant="patient"))
        wait_for(lambda: idle.client.queues()[0].delayed == 1)
        assert receipt.status().state is JobState.RETRYING
        # Nothing of it is left in the worker.
        wait_for(lambda: idle.client.queues()[0].in_flight == 0)
        assert idle.client.redis.hget("detente:interactive:delayed:messages", receipt.id).startswith("patient\0")
        awaited.touch()
        idle.client.redis.zadd("detente:interactive:delayed", {receipt.id: 1})
        receipt.result(timeout_s=30)
    assert receipt.status().tenant == "patient"


def test_a_countdown_of_stock_celery_waits_in_redis_too(idle: System) -> None:
    from celery import Celery

    from detente.urls import celery_url

    app = Celery(broker=celery_url(idle.broker))
    app.conf.broker_transport_options = {"global_keyprefix": "detente:"}
    app.send_task(Beat.kind, kwargs={"job": {}}, queue="upkeep", countdown=3600)
    with idle.worker(concurrency=1):
        wait_for(lambda: idle.client.queues()[-1].delayed == 1)
        wait_for(lambda: idle.client.queues()[-1].in_flight == 0)


def test_jobs_with_a_key_run_one_at_a_time_on_all_workers(idle: System, tmp_path: Path) -> None:
    book = tmp_path / "book"
    receipts = idle.client.submit_many([Note(path=str(book), name=str(n), key="k", limit=1, takes_s=0.2) for n in range(6)])
    with idle.worker("w1", app="tests.app"), idle.worker("w2", app="tests.app"):
        for receipt in receipts:
            receipt.result(timeout_s=60)
    steps = [line.split()[0] for line in book.read_text().splitlines()]
    assert steps == ["begin", "end"] * 6


def test_jobs_without_a_key_run_beside_one_another(idle: System, tmp_path: Path) -> None:
    book = tmp_path / "book"
    receipts = idle.client.submit_many([Note(path=str(book), name=str(n), takes_s=0.5) for n in range(4)])
    with idle.worker(concurrency=2, app="tests.app"):
        for receipt in receipts:
            receipt.result(timeout_s=60)
    steps = [line.split()[0] for line in book.read_text().splitlines()]
    assert steps != ["begin", "end"] * 4


def test_a_paused_queue_waits_while_others_go_on(idle: System) -> None:
    Queues(idle.client.redis).pause("upkeep")
    waiting = idle.client.submit(Beat())
    with idle.worker(concurrency=1):
        idle.client.submit(ReadArticle(text="Oslo thanked Riga.")).result(timeout_s=60)
        assert waiting.status().state is JobState.QUEUED
        Queues(idle.client.redis).resume("upkeep")
        waiting.result(timeout_s=30)


def test_a_tenant_with_ten_jobs_does_not_wait_for_one_with_many(idle: System, tmp_path: Path) -> None:
    book = tmp_path / "book"
    many = [Note(path=str(book), name="many") for _ in range(300)]
    idle.client.submit_many(many, terms=Terms(tenant="many"))
    few = idle.client.submit_many([Note(path=str(book), name="few") for _ in range(10)], terms=Terms(tenant="few"))
    with idle.worker(concurrency=1, app="tests.app"):
        for receipt in few:
            receipt.result(timeout_s=60)
        wait_for(lambda: idle.client.queues()[0].depth == 0, timeout_s=60)
    names = [line.split()[1] for line in book.read_text().splitlines() if line.startswith("begin")]
    assert names[:25].count("few") == 10


def test_a_worker_says_how_much_may_wait(idle: System) -> None:
    with idle.worker(concurrency=1):
        wait_for(lambda: idle.client.queues()[0].max_depth == 100_000)


def test_a_kind_has_limits_of_its_own(idle: System) -> None:
    with idle.worker(concurrency=1, app="tests.app"):
        receipt = idle.client.submit(HangBriefly())
        wait_for(lambda: receipt.status().state is JobState.DEAD, timeout_s=20)
    record = receipt.status()
    assert record.error.kind == "SoftTimeLimitExceeded"
    assert (record.finished_at - record.started_at).total_seconds() < 6
