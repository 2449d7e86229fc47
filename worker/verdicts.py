"""What becomes of a job that ended without a result: its dead letter, whoever noticed the death.

The process of the job notices errors; its parent notices killed processes, time limits and messages nobody understands.
"""

from __future__ import annotations

import logging
from typing import Any

from celery import signals

from detente.client import new_id
from detente.contracts import JobError, JobState
from detente.errors import DetenteError
from tasks.base import job_error
from tasks.logs import bound, fact
from worker.benches import Bench
from worker.transports.envelopes import job_id

#: Characters of a message that nobody could read that are kept: enough to see where it comes from.
KEPT_CHARS = 10_000


class Verdicts:
    """Keeps dead letters. Connect it once in a worker's main process; its children inherit it."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def connect(self) -> None:
        signals.task_failure.connect(self._failed)
        signals.task_unknown.connect(self._unknown)

    def undeliverable(self, queue: str, entry: bytes, error: Exception) -> None:
        """A message that is not handed on to Celery: it is none, or it has killed too many workers."""
        raw = entry[:KEPT_CHARS].decode("utf-8", "backslashreplace")
        self._bury(job_id(entry) or new_id(), "unknown", queue, job_error(error), payload={"raw": raw})

    def _failed(self, sender: Any, task_id: str, exception: Exception, kwargs: Any, einfo: Any, **_: Any) -> None:
        queue = (sender.request.delivery_info or {}).get("routing_key", "unknown")
        # The parent, which sees the deaths of processes, has the arguments themselves.
        payload = getattr(sender.request, "payload", None) or (kwargs or {}).get("job")
        self._bury(task_id, sender.name, queue, job_error(exception), payload=payload, traceback=str(einfo))

    def _unknown(self, message: Any, name: str, id: str, **_: Any) -> None:
        error = JobError(kind="UnknownKind", message=f"no worker here knows the kind {name!r}")
        raw = message.body[:KEPT_CHARS]
        payload = {"raw": raw.decode("utf-8", "backslashreplace") if isinstance(raw, bytes) else raw}
        self._bury(id or new_id(), name, message.delivery_info.get("routing_key", "unknown"), error, payload=payload)

    def _bury(self, id: str, kind: str, queue: str, error: JobError, *, payload: Any, traceback: str | None = None) -> None:
        with bound(kind=kind, job_id=id):
            fact("dead", level=logging.ERROR, error=error.kind, message=error.message)
            if self._bench.ledger.dead(id, error, kind=kind, queue=queue) is not JobState.DEAD:
                return  # It was done or cancelled before this, and stays so.
            try:
                self._bench.store.keep_job(self._bench.ledger.record(id), payload=payload, traceback=traceback)
            except DetenteError as unkept:
                # Redis still has the record; the log has why the store does not.
                fact("dead_letter_not_stored", level=logging.ERROR, error=str(unkept))
