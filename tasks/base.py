"""From message to verdict: validate, run, keep the result.

Three verdicts: a result; never (`JobRejected`, or any error that nobody foresaw: a dead letter, with its payload); later
(`NotReady`: again with back-off and jitter). Effects are kept under the job's id, so a second delivery overwrites them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, TypeVar

from celery import Task, shared_task
from celery.exceptions import Ignore
from pydantic import BaseModel, ValidationError
from redis.exceptions import ConnectionError as RedisConnectionError

from detente.contracts import Job, JobError, JobState, Progress, reasons
from detente.errors import JobCancelled, JobRejected, NotReady, StoreUnreachable
from tasks.logs import bound, fact
from tasks.services import Services

R = TypeVar("R", bound=BaseModel)
J = TypeVar("J", bound=Job[Any])
Handler = Callable[[J, Services], R]

#: First wait of a retry, in seconds; it doubles with each attempt.
BACKOFF_S = 2.0
#: The longest wait. Longer outages than the sum of all waits (about four minutes) end in the dead letters, to be replayed.
BACKOFF_CAP_S = 120.0
#: Attempts after the first, for jobs that were not ready.
MAX_RETRIES = 6
#: Attempts after the first, for jobs whose process was killed under them: the third kill is no accident.
MAX_RETRIES_AFTER_KILL = 2
#: Seconds until a job whose process was killed runs again.
AFTER_KILL_S = 1

#: Not the job's fault: the same job may well succeed in a while.
LATER = (NotReady, StoreUnreachable, RedisConnectionError)


def handles(kind: type[J]) -> Callable[[Handler[J, R]], Handler[J, R]]:
    """Register a plain function `(job, services) -> result` as what workers do with a kind of job."""

    def register(handler: Handler[J, R]) -> Handler[J, R]:
        @shared_task(name=kind.kind, bind=True, max_retries=MAX_RETRIES_AFTER_KILL, default_retry_delay=AFTER_KILL_S)
        def run(task: Task, job: Any) -> Any:
            return _run(task, kind, handler, job)

        return handler

    return register


def validate(kind: type[J], payload: Any) -> J:
    """The job that a payload is. Raises JobRejected with the reasons, never with the values."""
    try:
        return kind.model_validate(payload)
    except ValidationError as error:
        raise JobRejected(f"not a valid {kind.kind}: {reasons(error)}") from None


def job_error(error: BaseException) -> JobError:
    return JobError(kind=type(error).__name__, message=str(error)[:2000])


def backoff_s(retries: int, *, least_s: float | None) -> float:
    """Seconds until the next attempt: exponential, capped, with full jitter, and never less than the other side asked for."""
    jittered = random.uniform(BACKOFF_S / 2, min(BACKOFF_CAP_S, BACKOFF_S * 2**retries))  # noqa: S311 - not a secret
    return max(jittered, least_s or 0)


def _run(task: Task, kind: type[J], handler: Handler[J, R], payload: Any) -> Any:
    request, bench = task.request, task.app.services
    with bound(kind=kind.kind, job_id=request.id, attempt=request.retries + 1):
        queue = request.delivery_info.get("routing_key", kind.queue)
        state = bench.ledger.started(request.id, kind=kind.kind, queue=queue, worker=request.hostname)
        if state is JobState.DONE:
            fact("delivered_again_after_done")
            _keep(bench, request.id)
            return bench.ledger.result(request.id)
        if state.is_final:
            fact("dropped", state=state)
            raise Ignore
        try:
            result = _dump(handler(validate(kind, payload), _services(task)))
            bench.ledger.done(request.id, result)
            _keep(bench, request.id)
        except JobCancelled:
            fact("cancelled")
            raise Ignore from None
        except LATER as error:
            raise _later(task, payload, error) from error
        fact("done")
        return result


def _later(task: Task, payload: Any, error: Exception) -> Exception:
    """The exception that makes Celery try again, or the error itself after the last attempt."""
    request = task.request
    if request.retries >= MAX_RETRIES:
        return error
    delay_s = backoff_s(request.retries, least_s=getattr(error, "retry_after_s", None))
    task.app.services.ledger.retrying(request.id, job_error(error), delay_s=delay_s)
    fact("retrying", error=type(error).__name__, delay_s=round(delay_s, 1))
    again: Exception = task.retry(exc=error, countdown=delay_s, kwargs={"job": payload}, max_retries=MAX_RETRIES, throw=False)
    return again


def _services(task: Task) -> Services:
    id, bench = task.request.id, task.app.services

    def progress(made: Progress) -> None:
        # A custom event, since Flower shows no update_state.
        task.send_event("task-progress", **made.model_dump())
        if bench.ledger.progressed(id, made) is JobState.CANCELLED:
            raise JobCancelled

    return Services(job_id=id, store=bench.store, nlp=bench.nlp, progress=progress)


def _keep(bench: Any, id: str) -> None:
    """The job's record and history, in the store: Redis forgets them after a week."""
    bench.store.keep_job(bench.ledger.record(id), history=bench.ledger.events(id))


def _dump(result: BaseModel) -> Any:
    return result.model_dump(mode="json", by_alias=True)
