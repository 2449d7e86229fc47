"""Submit jobs, and follow them by typed receipts: straight into Redis, or over HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from pydantic import BaseModel

from detente.client.brokers import BrokerConnection
from detente.contracts import BatchRecord, Job, JobError, JobEvent, JobRecord, JobState, QueueStatus, Terms
from detente.errors import JobCancelled, JobFailed, NotOverHttp

if TYPE_CHECKING:
    from redis import Redis

    from detente.client.batches import Batch
    from detente.client.https import HttpConnection
    from detente.ledgers import Ledger

R = TypeVar("R", bound=BaseModel)

DEFAULT_TERMS = Terms()


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
    """A connection to a detente system: to its Redis (`redis://`, `rediss://`, `unix://` with a socket's path, or
    `sentinel://host,host/master`: see `detente.urls`), or to its HTTP API (`https://`, `http://`) with a `key` made by
    `detente keys create`.

    Raises BrokerUnreachable where the system does not answer. A call is repeated after a broken connection: in Redis once or
    `retries` times, over HTTP for `patience_s` seconds, also where the API says to come back later. That can never submit a
    job twice, since the job keeps its id or its key.
    """

    def __init__(
        self, url: str = "redis://127.0.0.1:6379/0", *, key: str | None = None, retries: int = 1, patience_s: float = 30.0
    ) -> None:
        self.url = url
        self._way: BrokerConnection | HttpConnection
        if url.startswith(("http://", "https://")):
            # Loaded for those who need it: TLS takes as long to load as half of the rest.
            from detente.client.https import HttpConnection

            self._way = HttpConnection(url, key=key, patience_s=patience_s)
        else:
            self._way = BrokerConnection(url, retries=retries)

    @property
    def redis(self) -> Redis:
        """The system's Redis. Raises NotOverHttp."""
        return self._broker().redis

    @property
    def ledger(self) -> Ledger:
        """What Redis holds of each job. Raises NotOverHttp."""
        return self._broker().ledger

    def submit(self, job: Job[R], *, id: str | None = None, terms: Terms = DEFAULT_TERMS) -> Receipt[R]:
        """Put a job in line. With an `id` of your own (a UUID), or an idempotency key, a second submission changes nothing.

        Raises QueueFull, which says how long to wait, QueueClosed, and IdempotencyConflict. Over HTTP the API gives the id.
        """
        [(_, accepted)] = self._way.submit(iter([(job, id, terms)]))
        return self._receipt(job, accepted)

    def submit_many(
        self, jobs: Iterable[Job[R]], *, ids: Iterable[str] | None = None, terms: Terms | Iterable[Terms] = DEFAULT_TERMS
    ) -> list[Receipt[R]]:
        """Put many jobs in line, many at a time. `terms` are for all, or one for each. The idempotency key of terms for all
        names the whole list: after a crash the same list with the same key submits what is missing, and nothing twice.

        Receipts come in the order of the jobs. Raises as `submit` does: the error's `accepted` has the ids of jobs that are in
        line. Raises ValueError where ids or terms are fewer or more than the jobs. Over HTTP a list with terms for all is one
        batch, and its articles wait with those that nobody waits for.
        """
        named = ((job, None) for job in jobs) if ids is None else zip(jobs, ids, strict=True)
        if isinstance(terms, Terms):
            accepted = self._way.submit_list(named, terms)
        else:
            accepted = self._way.submit((job, id, own) for (job, id), own in zip(named, terms, strict=True))
        return [self._receipt(job, id) for job, id in accepted]

    def submit_batch(
        self, kind: str, rows: Iterable[Mapping[str, Any]], *, key: str | None = None, terms: Terms = DEFAULT_TERMS
    ) -> Batch:
        """Submit rows (the fields of jobs) as one batch. Rows that are no jobs are refused and told; the others go on.

        Called again with the same `key` and rows, say after a broken connection, it submits no row twice. `terms.webhook` is
        told of the end of the batch. Raises NotOverHttp.
        """
        from detente.client.batches import submit_batch

        return submit_batch(self, kind, rows, key=key, terms=terms)

    def batch(self, id: str) -> Batch:
        """A batch by its id: how far it is, what came out, what failed."""
        from detente.client.batches import Batch

        return Batch(id, self)

    def batches(self, *, limit: int = 50) -> list[BatchRecord]:
        """The batches begun last, newest first. Raises NotOverHttp."""
        from detente.client.batches import latest

        return latest(self, limit)

    def queues(self) -> list[QueueStatus]:
        """How the queues stand, the most urgent first."""
        return self._way.queues()

    def status(self, id: str) -> JobRecord:
        """Where a job stands. Raises UnknownJob."""
        return self._way.statuses([id])[0]

    def statuses(self, ids: Iterable[str]) -> list[JobRecord]:
        """Where several jobs stand; in Redis in one round trip."""
        return self._way.statuses(ids)

    def jobs(self, *, limit: int = 50) -> list[JobRecord]:
        """The jobs submitted last, newest first."""
        return self._way.jobs(limit)

    def history(self, id: str) -> list[JobEvent]:
        """A job's steps until now. Raises UnknownJob."""
        return self._way.history(id)

    def events(self, id: str, *, after: str = "0", timeout_s: float | None = None) -> Iterator[JobEvent]:
        """A job's steps as they come, until it has ended. Raises ResultTimeout after `timeout_s` seconds."""
        return self._way.events(id, after=after, timeout_s=timeout_s)

    def wait(self, id: str, *, timeout_s: float = 60.0) -> Any:
        """Wait for a job's result, as plain JSON values. Raises JobFailed, JobCancelled or ResultTimeout."""
        for _ in self.events(id, timeout_s=timeout_s):
            pass
        record, result = self._way.outcome(id)
        if record.state is JobState.DONE:
            return result
        if record.state is JobState.CANCELLED:
            raise JobCancelled(f"job {id} was cancelled", kind="JobCancelled")
        error = record.error or JobError(kind="JobFailed", message="no reason was kept")
        raise JobFailed(error.message, kind=error.kind)

    def cancel(self, id: str) -> JobState:
        """Ask for a job not to run, or to stop. Returns its state now. Raises UnknownJob."""
        return self._way.cancel(id)

    def ping(self) -> None:
        """Raises BrokerUnreachable where the system does not answer."""
        self._way.ping()

    def close(self) -> None:
        self._way.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _receipt(self, job: Job[R], id: str) -> Receipt[R]:
        return Receipt(id, job.kind, cast(type[R], job.result), self)

    def _broker(self) -> BrokerConnection:
        if not isinstance(self._way, BrokerConnection):
            raise NotOverHttp
        return self._way
