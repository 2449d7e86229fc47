"""Processes are killed; jobs are not lost."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime

import psutil

from detente.client import new_id
from detente.client.messages import job_message
from detente.contracts import JobRecord, JobState, ReadArticle, ReadArticles
from tests.systems import System, kill_tree
from tests.waiting import wait_for

#: Long enough to be killed in the middle of it.
LONG = ReadArticles(articles=tuple(ReadArticle(text="Oslo protested to Minsk. " * 400) for _ in range(4)))


def _running(system: System, id: str) -> JobRecord | None:
    record = system.client.status(id)
    return record if record.state is JobState.RUNNING else None


def test_a_job_whose_process_is_killed_runs_again_at_once(idle: System) -> None:
    with idle.worker(concurrency=1) as worker:
        receipt = idle.client.submit(LONG)
        wait_for(lambda: _running(idle, receipt.id))
        for child in psutil.Process(worker.pid).children():
            child.kill()
        assert len(receipt.result(timeout_s=60).readings) == 4
        assert receipt.status().attempts == 2
        [again] = [step for step in receipt.events() if step.event == "retrying"]
        assert again.detail["kind"] == "WorkerLostError"
        assert "SIGKILL" in again.detail["message"]


def test_a_job_of_a_killed_worker_runs_on_another(idle: System) -> None:
    with idle.worker("first", concurrency=1) as first:
        receipt = idle.client.submit(LONG)
        wait_for(lambda: _running(idle, receipt.id))
        kill_tree(first.pid)
        first.wait()
        with idle.worker("second", concurrency=1):
            up_at = datetime.now(UTC)
            assert len(receipt.result(timeout_s=60).readings) == 4
            _, again = (step.at for step in idle.client.history(receipt.id) if step.event == "started")
            assert (again - up_at).total_seconds() < 30
            assert receipt.status().worker == "second@test"


def test_sigterm_lets_the_job_finish(idle: System) -> None:
    idle.settings["DETENTE_DRAIN_S"] = "30"
    with idle.worker(concurrency=1) as worker:
        receipt = idle.client.submit(ReadArticle(text="Oslo protested to Minsk. " * 600))
        wait_for(lambda: _running(idle, receipt.id))
        os.kill(worker.pid, signal.SIGTERM)
        assert worker.wait(30) == 0
        assert receipt.status().state is JobState.DONE


def test_a_killed_worker_leaves_no_process(idle: System) -> None:
    with idle.worker() as worker:
        children = psutil.Process(worker.pid).children(recursive=True)
        assert len(children) >= 2
        worker.kill()
        worker.wait()
        wait_for(lambda: not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children))


def test_a_job_past_its_time_limit_is_a_dead_letter(idle: System) -> None:
    idle.settings |= {"DETENTE_SOFT_TIME_LIMIT_S": "6", "DETENTE_TIME_LIMIT_S": "20"}
    slow = ReadArticles(articles=tuple(ReadArticle(text="Oslo protested to Minsk. " * 7900) for _ in range(10)))
    with idle.worker(concurrency=1):
        id = new_id()
        idle.client.submit(slow, id=id)
        wait_for(lambda: idle.client.status(id).state is JobState.DEAD, timeout_s=40)
        assert idle.client.status(id).error.kind == "SoftTimeLimitExceeded"
        assert idle.client.submit(ReadArticle(text="Oslo thanked Riga.")).result(timeout_s=60)


def test_a_cancelled_job_never_runs_even_if_no_worker_was_up(idle: System) -> None:
    receipt = idle.client.submit(ReadArticle(text="Oslo thanked Riga."))
    assert receipt.cancel() is JobState.CANCELLED
    with idle.worker(concurrency=1):
        idle.client.submit(ReadArticle(text="Riga thanked Oslo.")).result(timeout_s=60)
    assert receipt.status().state is JobState.CANCELLED
    assert receipt.status().attempts == 0


def test_a_running_batch_stops_at_its_next_step_when_cancelled(idle: System) -> None:
    with idle.worker(concurrency=1):
        receipt = idle.client.submit(LONG)
        wait_for(lambda: _running(idle, receipt.id))
        assert receipt.cancel() is JobState.CANCELLED
        assert idle.client.submit(ReadArticle(text="Riga thanked Oslo.")).result(timeout_s=60)
        assert receipt.status().state is JobState.CANCELLED


def test_messages_are_those_of_stock_celery(idle: System) -> None:
    """A message as Celery itself would write it has the same fields as ours, which adds headers that Celery passes over."""
    import json

    from celery import Celery

    from detente.urls import celery_url

    app = Celery(broker=celery_url(idle.broker))
    app.conf.broker_transport_options = {"global_keyprefix": "detente:"}
    app.send_task("detente.article.read", kwargs={"job": {"text": "a"}}, queue="theirs")
    theirs = json.loads(idle.client.redis.lindex("detente:theirs", 0))
    ours = json.loads(job_message(ReadArticle(text="a"), id=new_id()))
    assert set(theirs) == set(ours)
    assert set(ours["headers"]) - set(theirs["headers"]) == {"tenant", "sent_at", "deadline", "traceparent", "concurrency"}
    assert set(theirs["headers"]) <= set(ours["headers"])
    assert set(ours["properties"]) == set(theirs["properties"]) - {"reply_to", "kwargsrepr"}
