"""What becomes of a job that ended without a result: its dead letter, whoever noticed the death.

The process of the job notices errors; its parent notices killed processes, time limits and messages nobody understands.
"""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from typing import Any

from celery import signals

from detente.client import new_id
from detente.contracts import JobError, JobState
from detente.errors import StoreUnreachable, UnknownJob
from tasks.base import job_error, tell
from tasks.logs import bound, fact
from worker.benches import Bench
from worker.transports import WorkersLost
from worker.transports.envelopes import body_of, job_id, read_envelope

#: Characters of a message that nobody could read that are kept: enough to see where it comes from.
KEPT_CHARS = 10_000
#: Characters of a kind's name: the longest of ours has some thirty.
KEPT_NAME_CHARS = 100


class Verdicts:
    """Keeps dead letters. Connect it once in a worker's main process; its children inherit it."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def connect(self) -> None:
        signals.task_failure.connect(self._failed)
        signals.task_unknown.connect(self._unknown)
        signals.task_rejected.connect(self._rejected)
        signals.task_revoked.connect(self._revoked)

    def undeliverable(self, queue: str, entry: bytes, error: Exception) -> None:
        """A message that is not handed on to Celery: it is none, or it has killed too many workers."""
        kind, payload = "unknown", {"raw": entry[:KEPT_CHARS].decode("utf-8", "backslashreplace")}
        if isinstance(error, WorkersLost):
            # A job like any other, which may be replayed.
            message = read_envelope(entry)
            kind, payload = message["headers"]["task"], _asked(body_of(message))
        self.bury(job_id(entry) or new_id(), kind, queue, job_error(error), payload=payload)

    def _failed(self, sender: Any, task_id: str, exception: Exception, kwargs: Any, einfo: Any, **_: Any) -> None:
        if getattr(sender.request, "is_buried", False):
            return
        queue = (sender.request.delivery_info or {}).get("routing_key", "unknown")
        # The parent, which sees the deaths of processes, has the arguments themselves.
        payload = getattr(sender.request, "payload", None) or (kwargs or {}).get("job")
        self.bury(task_id, sender.name, queue, job_error(exception), payload=payload, traceback=str(einfo))

    def _revoked(self, request: Any, **_: Any) -> None:
        """Somebody revoked or terminated it by Celery's own means, such as Flower's buttons."""
        with suppress(UnknownJob):
            self._bench.ledger.cancel(request.id)

    def _unknown(self, message: Any, name: str, id: str, **_: Any) -> None:
        error = JobError(kind="UnknownKind", message=f"no worker here knows the kind {name[:KEPT_NAME_CHARS]!r}")
        # Its payload is kept whole: a worker of another version may know it, once it is replayed.
        queue = message.delivery_info.get("routing_key", "unknown")
        self.bury(id or new_id(), _readable(name), queue, error, payload=_asked(message.body))

    def _rejected(self, message: Any, exc: Exception | None, **_: Any) -> None:
        """A message with headers that Celery could not read."""
        error = JobError(kind="UnreadableMessage", message=f"{type(exc).__name__}: {exc}"[:500])
        queue = message.delivery_info.get("routing_key", "unknown")
        self.bury(message.headers["id"], "unknown", queue, error, payload=_asked(message.body))

    def bury(self, id: str, kind: str, queue: str, error: JobError, *, payload: Any, traceback: str | None = None) -> None:
        """Keep a dead letter, in Redis and in the store."""
        with bound(kind=kind, job_id=id):
            fact("dead", level=logging.ERROR, error=error.kind, message=error.message)
            if self._bench.ledger.dead(id, error, kind=kind, queue=queue) is not JobState.DEAD:
                # It was done or cancelled before this, and stays so; whether the store was told of that is not known here.
                self._bench.ledger.leave_unburied(self._bench.ledger.letter(id))
                return
            record, history = self._bench.ledger.record(id), self._bench.ledger.events(id)
            try:
                self._bench.store.keep_job(record, payload=payload, traceback=traceback, history=history)
                tell(self._bench, record)
            except StoreUnreachable as away:
                # It waits in Redis for the scheduled job that buries what was left.
                fact("dead_letter_left", level=logging.ERROR, error=str(away))
                self._bench.ledger.leave_unburied(self._bench.ledger.letter(id, payload=payload, traceback=traceback))


def _readable(name: str) -> str:
    """A name out of a foreign message: short, and such as every store takes."""
    return name[:KEPT_NAME_CHARS].encode("utf-8", "replace").decode()


def _asked(body: Any) -> Any:
    """What a message asks for, where it is in the form of detente's jobs; else the beginning of its body, as text."""
    try:
        job = json.loads(body)[1]["job"]
        if isinstance(job, dict):
            return job
    except (ValueError, LookupError, TypeError, RecursionError):
        pass
    raw = body[:KEPT_CHARS]
    return {"raw": raw.decode("utf-8", "backslashreplace") if isinstance(raw, bytes) else raw}
