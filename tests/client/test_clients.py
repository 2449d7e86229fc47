"""The client and the ledger, on a real server, without any worker."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from uuid import UUID

import pytest

from detente.client import Client, new_id
from detente.client.messages import job_message
from detente.contracts import Beat, JobError, JobState, Progress, ReadArticle, Terms
from detente.embedded import EmbeddedServer
from detente.errors import BrokerUnreachable, JobCancelled, JobFailed, ResultTimeout, SettingsInvalid, UnknownJob
from detente.scripts import PREFIX
from tests.waiting import wait_for


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedServer(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url) as client:
        client.redis.flushdb()
        yield client


def _start(client: Client, id: str) -> JobState:
    return client.ledger.started(id, kind="detente.heartbeat.beat", queue="upkeep", worker="w@test")


def test_ids_are_uuids_of_version_7_in_the_order_of_their_making() -> None:
    ids = [new_id() for _ in range(3)]
    assert {UUID(id).version for id in ids} == {7}
    assert {UUID(id).variant for id in ids} == {"specified in RFC 4122"}
    assert len(set(ids)) == 3


def test_record_and_message_are_written_together(client: Client) -> None:
    receipt = client.submit(ReadArticle(id="a", text="Oslo protested."))
    assert receipt.status().state is JobState.QUEUED
    assert client.redis.llen("detente:interactive") == 1


def test_a_known_id_is_not_submitted_again(client: Client) -> None:
    id = new_id()
    for _ in range(3):
        client.submit(Beat(), id=id)
    assert client.redis.llen("detente:upkeep") == 1


def test_many_jobs_come_back_as_receipts_in_their_order(client: Client) -> None:
    receipts = client.submit_many(ReadArticle(id=str(number), text="Oslo protested.") for number in range(450))
    assert [record.label["article"] for record in client.statuses(receipt.id for receipt in receipts)] == [
        str(n) for n in range(450)
    ]
    assert client.redis.llen("detente:interactive") == 450


def test_a_list_with_too_few_names_or_terms_is_an_error_and_drops_no_job_unsaid(client: Client) -> None:
    jobs = [ReadArticle(text=f"Oslo thanked Riga {n} times.") for n in range(3)]
    for few in ({"ids": [new_id()] * 2}, {"terms": [Terms()] * 2}, {"ids": [new_id()] * 4}, {"ids": [new_id()] * 3, "terms": []}):
        with pytest.raises(ValueError, match="argument"):
            client.submit_many(jobs, **few)
    assert client.redis.llen("detente:interactive") == 0


def test_a_job_lives_from_submission_to_result(client: Client) -> None:
    receipt = client.submit(Beat())
    assert _start(client, receipt.id) is JobState.RUNNING
    client.ledger.progressed(receipt.id, Progress(done=1, total=2))
    client.ledger.done(receipt.id, {"at": "2026-01-01T00:00:00Z"})
    assert receipt.result().at.year == 2026
    assert [event.event for event in client.history(receipt.id)] == ["submitted", "started", "progress", "done"]


def test_events_go_on_after_the_last_one_seen(client: Client) -> None:
    receipt = client.submit(Beat())
    first = client.history(receipt.id)[-1]
    client.ledger.done(receipt.id, None)
    assert [event.event for event in receipt.events(after=first.id)] == ["done"]


def test_a_waiting_client_wakes_when_the_job_ends(client: Client) -> None:
    receipt = client.submit(Beat())
    ending = threading.Timer(0.2, lambda: client.ledger.done(receipt.id, {"at": "2026-01-01T00:00:00Z"}))
    ending.start()
    assert receipt.result(timeout_s=10).at
    ending.join()


def test_a_dead_job_raises_its_error_where_it_is_waited_for(client: Client) -> None:
    receipt = client.submit(Beat())
    client.ledger.dead(receipt.id, JobError(kind="ArticleRejected", message="the article has no text"))
    with pytest.raises(JobFailed, match="no text") as raised:
        receipt.result()
    assert raised.value.kind == "ArticleRejected"


def test_an_end_is_final(client: Client) -> None:
    receipt = client.submit(Beat())
    client.ledger.done(receipt.id, {"at": "2026-01-01T00:00:00Z"})
    assert receipt.cancel() is JobState.DONE
    assert _start(client, receipt.id) is JobState.DONE
    assert client.ledger.dead(receipt.id, JobError(kind="Late", message="")) is JobState.DONE


def test_a_cancelled_job_raises_and_does_not_start(client: Client) -> None:
    receipt = client.submit(Beat())
    assert receipt.cancel() is JobState.CANCELLED
    assert _start(client, receipt.id) is JobState.CANCELLED
    with pytest.raises(JobCancelled):
        receipt.result()


def test_waiting_ends_in_time(client: Client) -> None:
    receipt = client.submit(Beat())
    with pytest.raises(ResultTimeout, match=receipt.id):
        receipt.result(timeout_s=0.1)


def test_unknown_jobs_are_unknown(client: Client) -> None:
    for ask in (client.status, client.history, client.cancel, lambda id: list(client.events(id))):
        with pytest.raises(UnknownJob):
            ask("nobody")


def test_every_key_expires_or_is_listed_as_lasting(client: Client) -> None:
    receipt = client.submit(Beat())
    _start(client, receipt.id)
    client.ledger.heartbeat("w@test")
    lasting = {f"{PREFIX}{name}" for name in ("jobs", "upkeep", "wake", "metrics", "bytes")}
    assert {key for key in client.redis.scan_iter() if client.redis.ttl(key) < 0} == lasting


def test_the_newest_jobs_are_listed_first_and_forgotten_ones_are_passed_over(client: Client) -> None:
    ids = [client.submit(Beat()).id for _ in range(3)]
    client.redis.delete(f"{PREFIX}job:{ids[1]}")
    assert {record.id for record in client.jobs()} == {ids[0], ids[2]}


def test_a_redis_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(BrokerUnreachable, match=r"redis://user:\*\*\*@127\.0\.0\.1:1/0"):
        Client("redis://user:s3cret@127.0.0.1:1/0").submit(Beat())


@pytest.mark.parametrize("url", ["amqp://host", "localhost", "", "unix://"])
def test_only_redis_urls_are_taken(url: str) -> None:
    with pytest.raises(SettingsInvalid):
        Client(url)


def test_a_list_with_a_key_is_submitted_once_however_often_it_is_sent(client: Client) -> None:
    jobs, terms = [ReadArticle(text=f"Oslo thanked Riga {n} times.") for n in range(450)], Terms(idempotency_key="today")
    first = client.submit_many(jobs[:250], terms=terms)
    again = client.submit_many(jobs, terms=terms)
    assert [receipt.id for receipt in again[:250]] == [receipt.id for receipt in first]
    assert client.redis.llen("detente:interactive") == 450


def test_long_jobs_go_in_smaller_pieces(client: Client) -> None:
    jobs = [ReadArticle(id=str(n), text="Oslo protested. " * 10_000) for n in range(40)]
    receipts = client.submit_many(jobs)
    assert [record.label["article"] for record in client.statuses(receipt.id for receipt in receipts)] == [job.id for job in jobs]


def test_whatever_names_a_job_its_message_is_one(client: Client) -> None:
    odd = 'a "b"\\\n\x00 é %s {0}'
    job = ReadArticle(id=odd, text=odd)
    for id, terms in ((new_id(), Terms(tenant="t", idempotency_key=odd)), ('"}', Terms())):
        message = json.loads(job_message(job, id=id, terms=terms))
        assert (message["headers"]["id"], message["headers"]["tenant"]) == (id, terms.tenant)
        assert message["headers"]["kwargsrepr"] == repr(job.label())
        assert json.loads(base64.b64decode(message["body"]))[1] == {"job": {"id": odd, "text": odd}}


def test_flower_is_told_of_each_job(client: Client) -> None:
    with client.redis.pubsub() as listener:
        listener.psubscribe("detente:/0.celeryev/*")
        listener.get_message(timeout=5)
        receipts = client.submit_many(ReadArticle(id=f"seen-{n}", text="Oslo protested.") for n in range(900))
        told = [json.loads(wait_for(lambda: listener.get_message(timeout=5))["data"]) for _ in receipts]
    events = [json.loads(base64.b64decode(event["body"])) for event in told]
    assert [event["uuid"] for event in events] == [receipt.id for receipt in receipts]
    assert {(event["type"], event["name"]) for event in events} == {("task-sent", "detente.article.read")}
    assert "seen-899" in events[-1]["kwargs"]


def test_ids_of_a_fork_and_of_a_seeded_program_are_others() -> None:
    code = """
import os, random, time
from detente.client import new_id
time.time_ns = lambda: 1_700_000_000_000_000_000
for _ in range(2):
    random.seed(0)
    print(new_id(), flush=True)
if child := os.fork():
    os.waitpid(child, 0)
print(new_id(), flush=True)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    assert len(set(done.stdout.split())) == 4
