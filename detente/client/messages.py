"""A job as the message that stock Celery workers take: task protocol 2 in the envelope of Kombu's Redis transport.

Written by hand, because publishing through Celery costs every submitter Celery itself, and five round trips a job. What is
the same in all messages is text here: building it anew for each would cost a submitter half its time.
https://docs.celeryq.dev/en/stable/internals/protocol.html
"""

from __future__ import annotations

import os
import socket
import time
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from json import JSONEncoder
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any

from detente.contracts import Job, Terms
from detente.ledgers import Submission, fingerprint

_json = JSONEncoder().encode


def submission(job: Job[Any], *, id: str, terms: Terms, with_event: bool = True) -> Submission:
    """A job as the ledger takes it, with all that is said of it more than once made once."""
    payload, label, now = job_payload(job), job.label(), time.time()
    named, shown = _quoted(id), _quoted(repr(label))
    return Submission(
        id=id, job=job, terms=terms, label=label, fingerprint=fingerprint(job.kind, payload),
        message=_message(job, named, terms, payload, shown, now),
        event=_event(job, named, shown, now) if with_event else "",
    )  # fmt: skip


def job_message(job: Job[Any], *, id: str, terms: Terms = Terms()) -> str:  # noqa: B008 - frozen
    """The text that waits in line. The headers beyond Celery's are for detente's own workers; others pass over them."""
    return submission(job, id=id, terms=terms).message


def job_payload(job: Job[Any]) -> str:
    """The job's fields as JSON, without those that have their default."""
    return job.model_dump_json(exclude_defaults=True)


def job_repr(job: Job[Any]) -> str:
    """What people see of a job's arguments: short facts, and never the article's text."""
    return repr(job.label())


def _message(job: Job[Any], id: str, terms: Terms, payload: str, shown: str, now: float) -> str:
    own, concurrency, deadline = _wording(job.kind, job.queue), job.concurrency(), terms.deadline_at
    return (
        f'{{"body": "{_base64(_BODY % payload)}", "content-encoding": "utf-8", "content-type": "application/json", "headers": '
        f'{{"lang": "py", "id": {id}, "root_id": {id}, {own.headers}, {_COMMON}, "origin": {_origin(os.getpid())}, '
        f'"kwargsrepr": {shown}, "tenant": {_quoted(terms.tenant)}, "sent_at": {now}, '
        f'"deadline": {deadline.timestamp() if deadline else "null"}, "traceparent": {_json(terms.traceparent)}, '
        f'"concurrency": {_json(concurrency.model_dump()) if concurrency else "null"}}}, '
        # A transport that hands the message on gives it a tag of its own; until then it needs one that no other has.
        f'"properties": {{"correlation_id": {id}, "delivery_tag": {id}, {own.properties}}}}}'
    )


def _event(job: Job[Any], id: str, shown: str, now: float) -> str:
    """The event that shows a submitted job in Flower before any worker has taken it."""
    own, origin = _wording(job.kind, job.queue), _origin(os.getpid())
    body = (
        f'{{"type": "task-sent", "uuid": {id}, "root_id": {id}, {own.event}, "kwargs": {shown}, "hostname": {origin}, '
        f'"pid": {os.getpid()}, "timestamp": {now}}}'
    )
    return (
        f'{{"body": "{_base64(body)}", "content-encoding": "utf-8", "content-type": "application/json", '
        f'"headers": {{"hostname": {origin}}}, "properties": {{"delivery_tag": {id}, {_EVENT_PROPERTIES}}}}}'
    )


@dataclass(frozen=True)
class _Wording:
    """The parts of a message that are the same for all jobs of a kind on a queue."""

    headers: str
    properties: str
    event: str


@cache
def _wording(kind: str, queue: str) -> _Wording:
    return _Wording(
        headers=_members(task=kind),
        properties=_properties("", queue, delivery_mode=2),
        event=_members(
            name=kind, queue=queue, routing_key=queue, parent_id=None, args="()", retries=0, eta=None, expires=None, exchange="",
            clock=0, utcoffset=0,
        ),
    )  # fmt: skip


def _members(**fields: Any) -> str:
    return _json(fields)[1:-1]


def _properties(exchange: str, routing_key: str, *, delivery_mode: int) -> str:
    place = {"exchange": exchange, "routing_key": routing_key}
    return _members(delivery_mode=delivery_mode, delivery_info=place, priority=0, body_encoding="base64")


#: The job as the task's one argument, and nothing that is to be done after it.
_BODY = '[[], {"job": %s}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]'
_COMMON = _members(
    parent_id=None, group=None, group_index=None, shadow=None, eta=None, expires=None, retries=0, timelimit=[None, None],
    argsrepr="()", ignore_result=False, replaced_task_nesting=0, stamped_headers=None, stamps={},
)  # fmt: skip
_EVENT_PROPERTIES = _properties("celeryev", "task.sent", delivery_mode=1)


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode("ascii")


@cache
def _origin(pid: int) -> str:
    """Who submits, in JSON. By process, since a fork keeps what its parent remembered."""
    return _quoted(f"detente{pid}@{socket.gethostname()}")
