"""A job as the message that stock Celery workers take: task protocol 2 in the envelope of Kombu's Redis transport.

Written by hand, because publishing through Celery costs every submitter Celery itself, and five round trips a job.
https://docs.celeryq.dev/en/stable/internals/protocol.html
"""

from __future__ import annotations

import base64
import json
import os
import socket
import time
from typing import Any
from uuid import uuid4

from detente.contracts import Job

_NO_EMBEDS = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


def job_message(job: Job[Any], *, id: str) -> str:
    """The text that goes on the queue's list."""
    headers: dict[str, Any] = {
        "lang": "py", "task": job.kind, "id": id, "root_id": id, "parent_id": None, "group": None, "group_index": None,
        "shadow": None, "eta": None, "expires": None, "retries": 0, "timelimit": [None, None], "argsrepr": "()",
        "kwargsrepr": job_repr(job), "origin": _origin(), "ignore_result": False, "replaced_task_nesting": 0,
        "stamped_headers": None, "stamps": {},
    }  # fmt: skip
    payload = job.model_dump_json(exclude_defaults=True)
    body = f'[[], {{"job": {payload}}}, {json.dumps(_NO_EMBEDS)}]'
    return json.dumps(_envelope(body, headers, exchange="", routing_key=job.queue, correlation_id=id, delivery_mode=2))


def sent_event(job: Job[Any], *, id: str) -> str:
    """The event that shows a submitted job in Flower before any worker has taken it."""
    event = {
        "type": "task-sent", "uuid": id, "root_id": id, "parent_id": None, "name": job.kind, "args": "()",
        "kwargs": job_repr(job), "retries": 0, "eta": None, "expires": None, "queue": job.queue, "exchange": "",
        "routing_key": job.queue, "hostname": _origin(), "pid": os.getpid(), "clock": 0, "utcoffset": 0, "timestamp": time.time(),
    }  # fmt: skip
    headers = {"hostname": _origin()}
    return json.dumps(_envelope(json.dumps(event), headers, exchange="celeryev", routing_key="task.sent", delivery_mode=1))


def job_repr(job: Job[Any]) -> str:
    """What people see of a job's arguments: short facts, and never the article's text."""
    return repr(job.label())


def _origin() -> str:
    return f"detente{os.getpid()}@{socket.gethostname()}"


def _envelope(body: str, headers: dict[str, Any], *, exchange: str, routing_key: str, **properties: Any) -> dict[str, Any]:
    return {
        "body": base64.b64encode(body.encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": headers,
        "properties": {
            **properties,
            "delivery_info": {"exchange": exchange, "routing_key": routing_key},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": str(uuid4()),
        },
    }
