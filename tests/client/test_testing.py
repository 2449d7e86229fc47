"""The system for tests of services."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from detente.contracts import Beat, HeartbeatSeen, JobState, ReadArticle
from detente.errors import ArticleRejected, JobCancelled, JobFailed, NotReady
from detente.testing import TestingSystem

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def system() -> Iterator[TestingSystem]:
    with TestingSystem() as system:
        yield system


def test_a_job_is_answered_with_what_the_test_says(system: TestingSystem) -> None:
    system.answer(Beat, HeartbeatSeen(at=NOW))
    receipt = system.client.submit(Beat())
    assert receipt.result(timeout_s=10) == HeartbeatSeen(at=NOW)
    assert [step.event for step in receipt.events()] == ["submitted", "started", "done"]
    assert system.seen[-1] == Beat()


def test_a_function_sees_the_job(system: TestingSystem) -> None:
    def stored(job: ReadArticle) -> dict[str, object]:
        counts = dict.fromkeys(("actors", "statements", "events", "ties"), 0)
        return {"reading_id": "r", "article_id": job.id, "text_sha256": "0", "reader": {"name": "n", "version": "1"}, **counts}

    system.answer(ReadArticle, stored)
    assert system.client.submit(ReadArticle(id="mine", text="Oslo protested.")).result(timeout_s=10).article_id == "mine"


def test_an_error_is_raised_where_the_result_is_waited_for(system: TestingSystem) -> None:
    system.answer(Beat, ArticleRejected("too long"))
    with pytest.raises(JobFailed, match="too long") as failed:
        system.client.submit(Beat()).result(timeout_s=10)
    assert failed.value.kind == "ArticleRejected"


def test_what_is_not_ready_is_tried_again(system: TestingSystem) -> None:
    attempts = iter([NotReady("away", retry_after_s=0.05)])

    def later(job: Beat) -> HeartbeatSeen:
        for error in attempts:
            raise error
        return HeartbeatSeen(at=NOW)

    system.answer(Beat, later)
    receipt = system.client.submit(Beat())
    assert receipt.result(timeout_s=10).at == NOW
    assert receipt.status().attempts == 2


def test_an_answer_that_is_no_result_of_the_job_is_an_error(system: TestingSystem) -> None:
    system.answer(Beat, lambda job: {"at": "soon"})
    with pytest.raises(JobFailed, match="at"):
        system.client.submit(Beat()).result(timeout_s=10)


def test_a_job_without_an_answer_says_so_and_a_cancelled_one_is_not_begun() -> None:
    with TestingSystem() as system:
        with pytest.raises(JobFailed, match="no answer was given"):
            system.client.submit(Beat()).result(timeout_s=10)
        system.client.redis.sadd("detente:paused", "upkeep")
        receipt = system.client.submit(Beat())
        assert receipt.cancel() is JobState.CANCELLED
        system.client.redis.srem("detente:paused", "upkeep")
        with pytest.raises(JobCancelled):
            receipt.result()
        assert not system.seen


def test_nothing_heavy_is_loaded_and_nothing_is_left(tmp_path) -> None:
    code = (
        "import sys, tempfile; tempfile.tempdir = sys.argv[1]\n"
        "from detente.testing import TestingSystem\n"
        "with TestingSystem() as system: system.client.ping()\n"
        "assert not {'celery', 'spacy', 'sqlalchemy', 'fastapi', 'typer'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.iterdir())
