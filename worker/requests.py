"""A worker's view of a job that it runs, mended where stock Celery acknowledges a job that nobody will run again.

When its connection is lost, a worker ends the jobs that it can no longer acknowledge, and tells the result backend. That is
the same Redis, so telling fails, Celery forgets that it ended the job itself, takes it for revoked, and acknowledges it once
Redis is back: the job is gone. The same happens to a job whose process gets a SIGTERM from outside.
"""

from __future__ import annotations

import logging
from typing import Any

from billiard.einfo import ExceptionWithTraceback
from billiard.exceptions import Terminated, WorkerLostError
from celery import Task
from celery.worker.request import Request
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from tasks.base import AFTER_KILL_S, REDIS_AWAY, job_error
from tasks.logs import fact


class CarefulRequest(Request):
    """A request that is acknowledged only when its job has ended."""

    def cancel(self, pool: Any, signal: Any = None, emit_retry: bool = True) -> None:
        """End the job, whose message somebody else will have. Whether anybody can be told of it changes nothing."""
        self._already_cancelled = True
        try:
            super().cancel(pool, signal, emit_retry)
        except (RedisError, OperationalError) as away:
            fact("cancelled_untold", level=logging.WARNING, job_id=self.id, error=type(away).__name__)

    def on_failure(self, exc_info: Any, send_failed_event: bool = True, return_ok: bool = False) -> Any:
        """A process that was ended by somebody else was lost, as if it had been killed."""
        error = exc_info.exception
        error = error.exc if isinstance(error, ExceptionWithTraceback) else error
        if isinstance(error, Terminated) and not (self._already_cancelled or self._already_revoked):
            exc_info = self._worker_lost_info(error)
            error = exc_info.exception.exc
        is_lost = isinstance(error, WorkerLostError)
        if exc_info.internal or (is_lost and self._context.retries >= self.task.max_retries):
            self._bury(error, exc_info)
        elif is_lost:
            self._note_loss(error)
        return super().on_failure(exc_info, send_failed_event, return_ok)

    def _note_loss(self, error: BaseException) -> None:
        """Say in the job's history why it runs again, before anybody can run it."""
        try:
            self.task.app.services.ledger.retrying(self.id, job_error(error), delay_s=AFTER_KILL_S)
        except REDIS_AWAY as away:
            fact("loss_untold", level=logging.WARNING, job_id=self.id, error=type(away).__name__)

    def _bury(self, error: BaseException, exc_info: Any) -> None:
        """Keep the dead letter before Celery acknowledges the message: whoever is killed in between leaves it to the next."""
        queue, payload = self.delivery_info["routing_key"] or "unknown", self.kwargs.get("job")
        self.task.app.verdicts.bury(self.id, self.name, queue, job_error(error), payload=payload, traceback=str(exc_info))
        self._context.is_buried = True


class CarefulTask(Task):
    """Makes workers use it."""

    Request = "worker.requests:CarefulRequest"
