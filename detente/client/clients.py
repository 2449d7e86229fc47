"""Submit jobs straight into Redis, and follow them by typed receipts."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from pydantic import BaseModel
from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from detente.client.messages import job_message, sent_event
from detente.contracts import Job, JobError, JobEvent, JobRecord, JobState
from detente.errors import BrokerUnreachable, JobCancelled, JobFailed, ResultTimeout
from detente.ledgers import PREFIX, Ledger
from detente.urls import check_broker_url, masked

R = TypeVar("R", bound=BaseModel)

#: Jobs that go to Redis in one round trip. More makes the pipeline's memory grow without making it faster.
PIPELINE_JOBS = 200
#: Redis is asked this often at least whether a job has ended, so that a lost connection shows.
POLL_S = 5.0


@dataclass(frozen=True)
class Receipt(Generic[R]):
    """A submitted job: its id, and what can be asked about it."""

    id: str
    kind: str
    result_type: type[R] = field(repr=False)
    client: Client = field(repr=False, compare=False)

    def status(self) -> JobRecord:
        """Where the job stands."""
        return self.client.status(self.id)

    def result(self, *, timeout_s: float = 60.0) -> R:
        """Wait for the result. Raises JobFailed, JobCancelled, or ResultTimeout after `timeout_s` seconds."""
        return self.result_type.model_validate(self.client.wait(self.id, timeout_s=timeout_s))

    def events(self, *, after: str = "0") -> Iterator[JobEvent]:
        """The job's steps as they come, until it has ended. Pass the id of the last one seen to go on after it."""
        return self.client.events(self.id, after=after)

    def cancel(self) -> JobState:
        """Ask for the job not to run, or to stop. Returns its state now: a job that has ended stays as it is."""
        return self.client.cancel(self.id)


class Client:
    """A connection to the Redis of a detente system: `redis://`, `rediss://` or `unix://` (a socket's path).

    Raises BrokerUnreachable where Redis does not answer within a second. A call is repeated once after a broken
    connection; that can never submit a job twice, since the job keeps its id.
    """

    def __init__(self, url: str = "redis://127.0.0.1:6379/0") -> None:
        self.url = check_broker_url(url)
        once_more = Retry(ExponentialBackoff(cap=0.5, base=0.05), retries=1)
        self.redis = Redis.from_url(
            url, decode_responses=True, socket_connect_timeout=1, socket_timeout=POLL_S + 2, retry=once_more,
            retry_on_error=[RedisConnectionError, RedisTimeoutError],
        )  # fmt: skip
        self.ledger = Ledger(self.redis)
        self._events_channel = f"{PREFIX}/{self.redis.connection_pool.connection_kwargs.get('db') or 0}.celeryev/task.sent"

    def submit(self, job: Job[R], *, id: str | None = None) -> Receipt[R]:
        """Put a job on its queue. With an `id` of your own (a UUID), a second submission of it changes nothing."""
        return self.submit_many([job], ids=None if id is None else [id])[0]

    def submit_many(self, jobs: Iterable[Job[R]], *, ids: Iterable[str] | None = None) -> list[Receipt[R]]:
        """Put many jobs on their queues, in pipelines. Receipts come in the order of the jobs."""
        rest, names = iter(jobs), None if ids is None else iter(ids)
        receipts: list[Receipt[R]] = []
        while chunk := list(islice(rest, PIPELINE_JOBS)):
            receipts += self._submit(chunk, [next(names) if names else new_id() for _ in chunk])
        return receipts

    def status(self, id: str) -> JobRecord:
        """Where a job stands. Raises UnknownJob."""
        with self._reaching():
            return self.ledger.record(id)

    def statuses(self, ids: Iterable[str]) -> list[JobRecord]:
        """Where several jobs stand, in one round trip."""
        with self._reaching():
            return list(self.ledger.records(ids))

    def jobs(self, *, limit: int = 50) -> list[JobRecord]:
        """The jobs submitted last, newest first."""
        with self._reaching():
            return self.ledger.latest(limit)

    def history(self, id: str) -> list[JobEvent]:
        """A job's steps until now. Raises UnknownJob."""
        self.status(id)
        with self._reaching():
            return self.ledger.events(id)

    def events(self, id: str, *, after: str = "0", timeout_s: float | None = None) -> Iterator[JobEvent]:
        """A job's steps as they come, until it has ended. Raises ResultTimeout after `timeout_s` seconds."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        self.status(id)
        while True:
            left = POLL_S if deadline is None else deadline - time.monotonic()
            with self._reaching():
                seen = self.ledger.events(id, after=after, wait_s=max(0.001, min(left, POLL_S)))
            yield from seen
            after = seen[-1].id if seen else after
            if any(event.event in ("done", "dead", "cancelled") for event in seen):
                return
            if not seen and self.status(id).state.is_final:
                return
            if left <= 0:
                raise ResultTimeout(f"job {id} has not ended within {timeout_s:g} s; it goes on, ask again with its id")

    def wait(self, id: str, *, timeout_s: float = 60.0) -> Any:
        """Wait for a job's result, as plain JSON values. Raises JobFailed, JobCancelled or ResultTimeout."""
        for _ in self.events(id, timeout_s=timeout_s):
            pass
        with self._reaching():
            record = self.ledger.record(id)
            if record.state == JobState.DONE:
                return self.ledger.result(id)
        if record.state == JobState.CANCELLED:
            raise JobCancelled(f"job {id} was cancelled", kind="JobCancelled")
        error = record.error or JobError(kind="JobFailed", message="no reason was kept")
        raise JobFailed(error.message, kind=error.kind)

    def cancel(self, id: str) -> JobState:
        """Ask for a job not to run, or to stop. Returns its state now. Raises UnknownJob."""
        with self._reaching():
            return self.ledger.cancel(id)

    def ping(self) -> None:
        """Raises BrokerUnreachable where Redis does not answer."""
        with self._reaching():
            self.redis.ping()

    def close(self) -> None:
        self.redis.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _submit(self, jobs: list[Job[R]], ids: list[str]) -> list[Receipt[R]]:
        now = datetime.now(UTC)
        with self._reaching():
            pipe = self.redis.pipeline(transaction=False)
            for job, id in zip(jobs, ids, strict=True):
                facts = {"kind": job.kind, "queue": job.queue, "label": job.label()}
                record = JobRecord(id=id, state=JobState.QUEUED, submitted_at=now, **facts)
                self.ledger.submit(record, job_message(job, id=id), into=pipe)
                pipe.publish(self._events_channel, sent_event(job, id=id))
            pipe.execute()
        return [Receipt(id, job.kind, cast(type[R], job.result), self) for job, id in zip(jobs, ids, strict=True)]

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except (RedisConnectionError, RedisTimeoutError) as error:
            raise BrokerUnreachable(f"Redis at {masked(self.url)} does not answer ({error}); is the system up?") from error


def new_id() -> str:
    """A UUID of version 7 (RFC 9562): random, and sorted by time of making."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return str(UUID(int=value & ~(0x3 << 62) | 0x2 << 62))
