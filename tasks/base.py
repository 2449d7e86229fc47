"""From message to verdict: validate, run, keep the result.

Three verdicts: a result; never (`JobRejected`, or any error that nobody foresaw: a dead letter, with its payload); later
(`NotReady`: again with back-off and jitter). Effects are kept under the job's id, so a second delivery overwrites them.
"""

from __future__ import annotations

import logging
import random
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from celery import Task, shared_task
from celery.exceptions import Ignore, Reject, Retry
from kombu.exceptions import OperationalError
from pydantic import BaseModel, ValidationError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from detente.contracts import DEFAULT_TENANT, Job, JobError, JobRecord, JobState, Progress, Terms, reasons
from detente.errors import BrokerUnreachable, DeadlinePassed, JobCancelled, JobRejected, NotReady, StoreUnreachable
from detente.webhooks.deliveries import announce, end_of_job, through
from tasks.logs import bound, fact
from tasks.services import Services
from tasks.traces import job_span

R = TypeVar("R", bound=BaseModel)
J = TypeVar("J", bound=Job[Any])
Handler = Callable[[J, Services], R]

#: First wait of a retry, in seconds; it doubles with each attempt.
BACKOFF_S = 2.0
#: The longest wait. Longer outages than the sum of all waits (about four minutes) end in the dead letters, to be replayed.
BACKOFF_CAP_S = 120.0
#: Attempts after the first, for jobs that were not ready.
MAX_RETRIES = 9
#: Attempts after the first, for jobs whose process was killed under them: the third kill is no accident.
MAX_RETRIES_AFTER_KILL = 2
#: The header that counts the attempts at which a job was not ready.
LATERS = "laters"
#: Seconds until a job whose process was killed runs again.
AFTER_KILL_S = 1

#: Not the job's fault: the same job may well succeed in a while.
LATER = (NotReady, StoreUnreachable)
#: Without Redis nothing can be noted of a job: its message is put back as it was, and counts no attempt more.
REDIS_AWAY = (BrokerUnreachable, RedisConnectionError, RedisTimeoutError, OperationalError)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a kind of job may take: seconds until it is asked to stop, seconds until its process is killed (None: as the
    settings say for all kinds), and attempts after the first where it was not ready. `DETENTE_LIMITS` overrides them."""

    soft_s: float | None = None
    hard_s: float | None = None
    max_retries: int = MAX_RETRIES

    def __post_init__(self) -> None:
        if self.soft_s and self.hard_s and not self.soft_s < self.hard_s:
            raise ValueError("the soft limit must be below the hard one: a killed process tells nobody why")


def handles(kind: type[J], *, limits: Limits = Limits()) -> Callable[[Handler[J, R]], Handler[J, R]]:
    """Register a plain function `(job, services) -> result` as what workers do with a kind of job."""
    times = {name: s for name, s in (("soft_time_limit", limits.soft_s), ("time_limit", limits.hard_s)) if s is not None}

    def register(handler: Handler[J, R]) -> Handler[J, R]:
        @shared_task(
            name=kind.kind, bind=True, max_retries=MAX_RETRIES_AFTER_KILL, default_retry_delay=AFTER_KILL_S,
            max_later=limits.max_retries, **times,
        )  # fmt: skip
        def run(task: Task, job: Any) -> Any:
            with _told(task, kind):
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
    try:
        try:
            return _attempt(task, kind, handler, payload)
        except LATER as error:
            raise _later(task, payload, error) from error
    except (Ignore, Retry):
        raise
    except REDIS_AWAY as away:
        raise _put_back(away) from away
    except Exception as error:
        _bury(task, kind, payload, error)
        raise


def _bury(task: Task, kind: type[J], payload: Any, error: Exception) -> None:
    """Keep the dead letter before Celery hears of the death, and acknowledges it. What cannot be kept is put back."""
    told = traceback.format_exc()
    try:
        task.app.verdicts.bury(task.request.id, kind.kind, _queue(task, kind), job_error(error), payload=payload, traceback=told)
    except REDIS_AWAY as away:
        raise _put_back(away) from error
    task.request.is_buried = True


def _attempt(task: Task, kind: type[J], handler: Handler[J, R], payload: Any) -> Any:
    request, bench, began = task.request, task.app.services, time.monotonic()
    if (state := _start(task, kind)) is JobState.DONE:
        fact("delivered_again_after_done")
        _keep(bench, request.id)
        return bench.ledger.result(request.id)
    if state.is_final:
        fact("dropped", state=state)
        # Whoever buried it may have been killed before its letter was kept.
        _keep(bench, request.id, payload=payload if state is JobState.DEAD else None)
        raise Ignore
    if (deadline := request.get("deadline")) and time.time() > deadline:
        raise DeadlinePassed
    try:
        result = _dump(handler(validate(kind, payload), _services(task)))
    except JobCancelled:
        fact("cancelled")
        _keep(bench, request.id)
        raise Ignore from None
    bench.ledger.done(request.id, result, kind=kind.kind, ran_s=time.monotonic() - began)
    _keep(bench, request.id)
    fact("done")
    return result


def _start(task: Task, kind: type[J]) -> JobState:
    """Note the attempt. Returns "running", or how the job has ended already."""
    request = task.request
    sent_at = request.get("sent_at") if request.retries + _laters(task) == 0 else None
    waited_s = max(0.0, time.time() - sent_at) if isinstance(sent_at, float) else None
    state: JobState = task.app.services.ledger.started(
        request.id, kind=kind.kind, queue=_queue(task, kind), worker=request.hostname, waited_s=waited_s
    )
    return state


def _later(task: Task, payload: Any, error: Exception) -> Exception:
    """The exception that tells Celery of another attempt, or the error itself after the last one."""
    request, before = task.request, _laters(task)
    if before >= task.max_later:
        return error
    delay_s = backoff_s(before, least_s=getattr(error, "retry_after_s", None))
    task.app.services.ledger.retrying(request.id, job_error(error), delay_s=delay_s)
    fact("retrying", error=type(error).__name__, delay_s=round(delay_s, 1))
    # Not Celery's `retry`: its counter is for killed processes, of which a job may have fewer. The transport lets the
    # message wait in Redis.
    headers = {**(request.headers or {}), LATERS: before + 1}
    again = {"kwargs": {"job": payload}, "countdown": delay_s, "retries": request.retries, "headers": headers}
    task.signature_from_request(request, **again).apply_async()
    later: Exception = Retry(exc=error, when=delay_s)
    return later


def _queue(task: Task, kind: type[J]) -> str:
    return str((task.request.delivery_info or {}).get("routing_key", kind.queue))


def _laters(task: Task) -> int:
    """How often the job was not ready before."""
    laters = task.request.get(LATERS)
    return laters if isinstance(laters, int) else 0


def _put_back(away: Exception) -> Reject:
    fact("put_back", level=logging.WARNING, error=type(away).__name__)
    return Reject("Redis is away", requeue=True)


@contextmanager
def _told(task: Task, kind: type[J]) -> Iterator[None]:
    """Log lines with the job's facts, and a span of its own."""
    request = task.request
    facts: dict[str, Any] = {"job_id": request.id, "attempt": request.retries + _laters(task) + 1}
    traceparent = request.get("traceparent")
    trace = {"traceparent": traceparent} if traceparent else {}
    with bound(kind=kind.kind, **facts, **trace), job_span(kind.kind, queue=_queue(task, kind), traceparent=traceparent, **facts):
        yield


def _services(task: Task) -> Services:
    id, bench = task.request.id, task.app.services

    def progress(made: Progress) -> None:
        # A custom event, since Flower shows no update_state.
        task.send_event("task-progress", **made.model_dump())
        if bench.ledger.progressed(id, made) is JobState.CANCELLED:
            raise JobCancelled

    def submit(job: Job[Any], *, id: str | None = None, terms: Terms | None = None) -> str:
        tenant = task.request.get("tenant") or DEFAULT_TENANT
        return str(bench.client.submit(job, id=id, terms=terms or Terms(tenant=tenant)).id)

    def check() -> None:
        if bench.ledger.record(id).state is JobState.CANCELLED:
            raise JobCancelled

    return Services(
        job_id=id, store=bench.store, nlp=bench.nlp, progress=progress, submit=submit, ledger=bench.ledger, check=check,
        webhooks=bench.webhooks, fetching=bench.fetching,
    )  # fmt: skip


def _keep(bench: Any, id: str, *, payload: Any = None) -> None:
    """The job's record and history, in the store: Redis forgets them after a week. Then tell who waits for it.

    All this is done before the message is acknowledged, and again where it is delivered again: no crash leaves it out.
    """
    record = bench.ledger.record(id)
    bench.store.keep_job(record, payload=payload, history=bench.ledger.events(id))
    tell(bench, record)


def tell(bench: Any, record: JobRecord) -> None:
    """Tell the webhooks of a job's end, if it is one that is told."""
    if event := end_of_job(record):
        announce(event, store=bench.store, submit=through(bench.client))


def _dump(result: BaseModel) -> Any:
    return result.model_dump(mode="json", by_alias=True)
