"""Whatever lies in a queue, the worker lives, and what is behind it runs."""

from __future__ import annotations

import base64
import json
from uuid import uuid4

import pytest

from detente.client.messages import job_message
from detente.contracts import Beat, JobError, JobState, ReadArticle
from detente.errors import UnknownJob
from detente.queues import Queues
from tests.systems import System
from tests.waiting import wait_for


def _message(id: str, **changes: object) -> dict[str, object]:
    return {**json.loads(job_message(ReadArticle(text="Oslo protested."), id=id)), **changes}


def _body(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


BAD = {
    "not JSON": lambda id: b"\x80\x04pickle",
    "empty": lambda id: b"",
    "a number": lambda id: b"7",
    "not UTF-8": lambda id: b'{"body": "\xff\xfe"}',
    "nested too deep": lambda id: b"[" * 100_000,
    "no headers": lambda id: json.dumps({"body": _body([[], {}, {}]), "properties": {}}).encode(),
    "a body that is no base64": lambda id: json.dumps(_message(id, body="%%%")).encode(),
    "a body that is no JSON": lambda id: json.dumps(_message(id, body=base64.b64encode(b"{").decode())).encode(),
    "a body of another shape": lambda id: json.dumps(_message(id, body=_body({"job": 1}))).encode(),
    "a pickled body": lambda id: json.dumps(_message(id, **{"content-type": "application/x-python-serialize"})).encode(),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_message_that_cannot_be_read_neither_stops_the_worker_nor_blocks_the_queue(system: System, bad: str) -> None:
    before = {record.id for record in system.store.find_jobs(state=JobState.DEAD, limit=200).rows}
    system.client.redis.lpush("detente:upkeep", BAD[bad](str(uuid4())))
    assert system.client.submit(Beat()).result(timeout_s=30).at
    dead = wait_for(lambda: {record.id for record in system.store.find_jobs(state=JobState.DEAD, limit=200).rows} - before)
    assert system.client.status(dead.pop()).error.kind == "UnreadableMessage"


#: What a message may say of itself that Celery trips over: each ended the worker, or was dropped without a word.
BAD_HEADERS: dict[str, object] = {
    "expires": "", "timelimit": 7, "stamped_headers": 7, "stamps": [1], "retries": "often", "deadline": [], "laters": {},
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_HEADERS)
def test_a_message_with_a_header_that_celery_cannot_read_ends_and_the_worker_lives(system: System, name: str) -> None:
    id = str(uuid4())
    message = _message(id)
    message["headers"] = {**message["headers"], "stamped_headers": ["stamp"], name: BAD_HEADERS[name]}
    system.client.redis.lpush("detente:upkeep", json.dumps(message))
    assert system.client.submit(Beat()).result(timeout_s=30).at
    state = wait_for(lambda: (found := _state(system, id)) and found.is_final and found)
    if state is JobState.DEAD:
        wait_for(lambda: id in {record.id for record in system.store.find_jobs(state=JobState.DEAD, limit=200).rows})


@pytest.mark.parametrize("expires", ["soon", [1], {"a": 1}, 1e308])
def test_a_message_whose_end_of_validity_is_none_is_a_dead_letter(system: System, expires: object) -> None:
    id = str(uuid4())
    message = _message(id)
    message["headers"] = {**message["headers"], "expires": expires}
    system.client.redis.lpush("detente:upkeep", json.dumps(message))
    wait_for(lambda: _state(system, id) is JobState.DEAD)
    wait_for(lambda: id in {record.id for record in system.store.find_jobs(state=JobState.DEAD, limit=200).rows})
    assert system.client.status(id).error.kind == "UnreadableMessage"


def test_a_job_of_an_unknown_kind_is_a_dead_letter(system: System) -> None:
    id = str(uuid4())
    message = _message(id)
    message["headers"] = {**message["headers"], "task": "detente.no.such"}
    system.client.redis.lpush("detente:upkeep", json.dumps(message))
    assert system.client.submit(Beat()).result(timeout_s=30).at
    wait_for(lambda: _state(system, id) is JobState.DEAD)
    assert "detente.no.such" in system.client.status(id).error.message


@pytest.mark.parametrize(
    "payload", [None, 7, "text", [], {}, {"text": 3}, {"text": "a", "html": "b"}, {"text": "a", "nonsense": 1}]
)
def test_a_payload_that_is_not_the_job_is_rejected_once_and_never_retried(system: System, payload: object) -> None:
    id = str(uuid4())
    system.client.redis.lpush("detente:interactive", json.dumps(_message(id, body=_body([[], {"job": payload}, {}]))))
    wait_for(lambda: _state(system, id) is JobState.DEAD)
    record = system.client.status(id)
    assert record.error.kind == "JobRejected"
    assert record.attempts == 1


def test_a_letter_whose_writer_was_killed_is_kept_whole_at_the_next_delivery(system: System) -> None:
    Queues(system.client.redis).pause("interactive")
    receipt = system.client.submit(ReadArticle(text="Oslo protested."))
    # As by a process that dies after this, and before it has told the store.
    system.client.ledger.dead(receipt.id, JobError(kind="ZeroDivisionError", message="nobody foresaw this"))
    Queues(system.client.redis).resume("interactive")
    found = wait_for(lambda: [row for row in system.store.find_jobs(state=JobState.DEAD, limit=200).rows if row.id == receipt.id])
    assert system.store.kept_job(found[0].id).payload == {"text": "Oslo protested."}


def _state(system: System, id: str) -> JobState | None:
    try:
        return system.client.status(id).state
    except UnknownJob:
        return None
