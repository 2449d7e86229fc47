"""Batches on a real server, without any worker: counts, ends, and what may happen twice."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from detente.batches import Batches, row_id
from detente.client import Client, new_id
from detente.contracts import BatchState, JobError, JobState, Member, ReadArticle, Terms
from detente.embedded import EmbeddedServer
from detente.errors import BatchOver, SubmissionRefused, UnknownBatch
from detente.scripts import script


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedServer(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url) as client:
        client.redis.flushdb()
        yield client


def _rows(number: int) -> list[dict[str, str]]:
    return [{"id": str(row), "text": f"Oslo thanked envoy {row}."} for row in range(number)]


def _start(client: Client, id: str) -> JobState:
    return client.ledger.started(id, kind="detente.article.read", queue="bulk", worker="w@test")


def _bury(client: Client, id: str) -> JobState:
    return client.ledger.dead(id, JobError(kind="ArticleRejected", message="nothing to read"))


def _finishers(client: Client) -> list[str]:
    """The ids of the jobs in line that tell of the end of a batch."""
    heads = [json.loads(entry)["headers"] for entry in client.redis.lrange("detente:bulk", 0, -1)]
    return [head["id"] for head in heads if head["task"] == "detente.batch.finish"]


def test_a_batch_counts_its_jobs_by_state(client: Client) -> None:
    batch = client.submit_batch("detente.article.read", _rows(5))
    jobs = [row_id(batch.id, row) for row in range(5)]
    for job in jobs[:4]:
        _start(client, job)
    client.ledger.done(jobs[0], {"x": 1})
    _bury(client, jobs[1])
    client.ledger.retrying(jobs[2], JobError(kind="NotReady", message="later"), delay_s=1)
    record = batch.status()
    assert record.counts == {"queued": 1, "running": 1, "retrying": 1, "done": 1, "dead": 1}
    assert (record.rows, record.accepted, record.refused, record.ended, record.state) == (5, 5, 0, 2, "received")


def test_a_batch_is_done_when_all_its_jobs_have_ended_and_says_which_failed(client: Client) -> None:
    batch = client.submit_batch("detente.article.read", [*_rows(3), {"id": "no text"}], terms=Terms(tenant="acme"))
    for row in range(3):
        assert batch.status().state is BatchState.RECEIVED
        _start(client, row_id(batch.id, row))
        _bury(client, row_id(batch.id, row)) if row == 1 else client.ledger.done(row_id(batch.id, row), {"row": row})
    record = batch.status()
    assert (record.state, record.counts, record.tenant) == (BatchState.DONE, {"done": 2, "dead": 1}, "acme")
    assert record.finished_at is not None
    assert [(one.row, one.error.kind) for one in batch.failures() if one.error] == [(1, "ArticleRejected")]
    assert [refusal.row for refusal in batch.refusals()] == [3]
    seen = [(one.place, one.row, one.result) for one in batch.outcomes()]
    assert seen == [(1, 0, {"row": 0}), (2, 1, None), (3, 2, {"row": 2})]
    assert [one.place for one in batch.outcomes(after=2)] == [3]


def test_the_last_end_puts_the_job_that_tells_of_it_in_line_once(client: Client) -> None:
    batch = client.submit_batch("detente.article.read", _rows(2))
    for row in range(2):
        assert not _finishers(client)
        _start(client, row_id(batch.id, row))
        client.ledger.done(row_id(batch.id, row), {})
    [finisher] = _finishers(client)
    assert client.status(finisher).kind == "detente.batch.finish"
    # It goes before the jobs of other batches.
    assert json.loads(client.redis.lrange("detente:bulk", -1, -1)[0])["headers"]["id"] == finisher
    client.ledger.done(row_id(batch.id, 1), {})
    assert _finishers(client) == [finisher]


def test_a_job_that_is_delivered_or_submitted_again_counts_once(client: Client) -> None:
    batch = client.submit_batch("detente.article.read", _rows(2), key="k")
    job = row_id(batch.id, 0)
    for _ in range(3):
        _start(client, job)
        client.ledger.done(job, {})
        _bury(client, job)
        client.cancel(job)
    again = client.submit_batch("detente.article.read", _rows(2), key="k")
    client.submit(ReadArticle.model_validate(_rows(1)[0]), id=job, terms=Terms(member=Member(batch=batch.id, row=0)))
    assert again.id == batch.id
    assert batch.status().counts == {"queued": 1, "done": 1}
    assert batch.status().accepted == 2
    assert len(list(batch.outcomes())) == 1


def test_a_job_that_comes_back_from_a_dead_worker_is_queued_again(client: Client) -> None:
    batch = client.submit_batch("detente.article.read", _rows(1))
    queue, tag, _ = client.redis.eval(script("take"), 0, "w", 15, "bulk")
    _start(client, row_id(batch.id, 0))
    assert batch.status().counts == {"running": 1}
    assert client.redis.eval(script("recover"), 0, "w", tag, row_id(batch.id, 0), 3, 60, 256) == 1
    assert (queue, batch.status().counts) == ("bulk", {"queued": 1})


def test_a_sender_that_was_cut_off_goes_on_and_the_batch_ends_only_then(client: Client) -> None:
    def broken() -> Iterator[dict[str, str]]:
        yield from _rows(250)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        client.submit_batch("detente.article.read", broken(), key="k")
    [cut] = client.batches()
    assert (cut.state, cut.accepted) == (BatchState.INTERRUPTED, 200)
    for row in range(200):
        client.ledger.done(row_id(cut.id, row), {})
    assert client.batch(cut.id).status().state is BatchState.INTERRUPTED
    batch = client.submit_batch("detente.article.read", _rows(250), key="k")
    assert batch.id == cut.id
    assert batch.status().counts == {"done": 200, "queued": 50}


def test_two_senders_do_not_send_one_batch_at_once(client: Client) -> None:
    def slow() -> Iterator[dict[str, str]]:
        yield from _rows(2)
        with pytest.raises(SubmissionRefused, match="right now"):
            client.submit_batch("detente.article.read", _rows(2), key="k")

    assert client.submit_batch("detente.article.read", slow(), key="k").status().accepted == 2


def test_an_empty_batch_is_done_at_once(client: Client) -> None:
    batch = client.submit_batch("detente.article.read", [{"words": ""}, {}])
    assert batch.status().state is BatchState.DONE
    assert len(_finishers(client)) == 1


def test_a_cancelled_batch_ends_and_takes_no_more_jobs(client: Client) -> None:
    batch = client.submit_batch("detente.article.read", _rows(600))
    client.ledger.done(row_id(batch.id, 3), {})
    assert batch.cancel() is BatchState.CANCELLED
    assert batch.status().counts == {"done": 1, "cancelled": 599}
    assert len(_finishers(client)) == 1
    late = Terms(member=Member(batch=batch.id, row=600))
    with pytest.raises(BatchOver):
        client.submit(ReadArticle(text="Oslo thanked Riga."), terms=late)


def test_a_job_of_a_cancelled_batch_does_not_start_even_if_the_canceller_was_cut_off(client: Client) -> None:
    batch = client.submit_batch("detente.article.read", _rows(2))
    client.redis.eval(script("end_batch"), 0, batch.id, "cancelled", "2026-01-01T00:00:00+00:00", "")
    assert _start(client, row_id(batch.id, 0)) is JobState.CANCELLED
    assert client.status(row_id(batch.id, 0)).attempts == 0
    assert client.status(row_id(batch.id, 0)).finished_at is not None
    _start(client, row_id(batch.id, 1))
    assert batch.status().state is BatchState.CANCELLED


def test_unknown_batches_are_said_to_be_so(client: Client) -> None:
    with pytest.raises(UnknownBatch):
        client.batch(new_id()).status()
    with pytest.raises(BatchOver):
        client.submit(ReadArticle(text="Oslo."), terms=Terms(member=Member(batch=new_id(), row=0)))


def test_everything_about_a_batch_expires(client: Client) -> None:
    batch = client.submit_batch("detente.article.read", [*_rows(2), {}])
    _bury(client, row_id(batch.id, 0))
    client.ledger.done(row_id(batch.id, 1), {})
    keys = [key for key in client.redis.scan_iter("detente:batch*") if key != "detente:batches"]
    assert len(keys) == 6
    assert all(client.redis.ttl(key) > 0 for key in keys)


def test_progress_is_cheap_however_large_the_batch(client: Client) -> None:
    batch = client.submit_batch("detente.article.read", _rows(3000))
    asked = client.redis.info("commandstats")
    batch.status()
    after = client.redis.info("commandstats")
    calls = {name: facts["calls"] - asked.get(name, {"calls": 0})["calls"] for name, facts in after.items()}
    assert {name for name, number in calls.items() if number} <= {"cmdstat_hgetall", "cmdstat_info"}
    assert Batches(client.redis).members(batch.id, after=2997) == [(row, row_id(batch.id, row)) for row in (2998, 2999)]
