"""A batch as its sender sees it: how far it is, what came out, what went wrong."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from detente.batches import MAX_ROWS, Batches, ReadArticleInBulk, finisher_id, row_id
from detente.client.connections import told_away
from detente.client.ids import new_id
from detente.client.messages import job_message
from detente.contracts import JOBS, BatchOutcome, BatchRecord, BatchRefusal, BatchState, FinishBatch, Job, Member, Terms, reasons
from detente.errors import BrokerUnreachable, JobRejected, ResultTimeout, SubmissionRefused

if TYPE_CHECKING:
    from detente.client.clients import Client

#: Rows that are checked and submitted together.
CHUNK_ROWS = 200
#: Redis is asked this often what has ended.
POLL_S = 0.25


@dataclass(frozen=True)
class Batch:
    """A batch of jobs. Errors of the connection are BrokerUnreachable, as with the client's own methods."""

    id: str
    client: Client = field(repr=False, compare=False)

    @property
    def _batches(self) -> Batches:
        return Batches(self.client.redis)

    def status(self) -> BatchRecord:
        """How far it is. Raises UnknownBatch."""
        with _reaching(self.client):
            return self._batches.record(self.id)

    def outcomes(self, *, after: int = 0) -> Iterator[BatchOutcome]:
        """What has ended until now, in the order of the ends. `after` is the `place` of the last one seen."""
        while True:
            with _reaching(self.client):
                found = self._batches.outcomes(self.id, after=after)
            if not found:
                return
            yield from found
            after = found[-1].place

    def follow(self, *, after: int = 0, timeout_s: float | None = None) -> Iterator[BatchOutcome]:
        """What ends, as it ends, until the batch has ended. Raises ResultTimeout after `timeout_s` seconds."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            over = self.status().state.is_final
            for outcome in self.outcomes(after=after):
                yield outcome
                after = outcome.place
            if over:
                return
            if deadline is not None and time.monotonic() > deadline:
                raise ResultTimeout(f"batch {self.id} has not ended within {timeout_s:g} s; it goes on, ask again with its id")
            time.sleep(POLL_S)

    def wait(self, *, timeout_s: float | None = None) -> BatchRecord:
        """Wait until all its jobs have ended. Raises ResultTimeout."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while not (record := self.status()).state.is_final:
            if deadline is not None and time.monotonic() > deadline:
                raise ResultTimeout(f"batch {self.id} has not ended within {timeout_s:g} s; it goes on, ask again with its id")
            time.sleep(POLL_S)
        return record

    def failures(self) -> Iterator[BatchOutcome]:
        """The jobs that failed for good until now, by their rows."""
        last = -1
        while True:
            with _reaching(self.client):
                found = self._batches.failures(self.id, after=last)
            if not found:
                return
            yield from found
            last = found[-1].row

    def refusals(self) -> tuple[BatchRefusal, ...]:
        """The rows that are no jobs, with the reasons: the first 1,000."""
        with _reaching(self.client):
            return self._batches.refusals(self.id)

    def cancel(self) -> BatchState:
        """No job of it starts any more; those that run stop at their next step."""
        with _reaching(self.client):
            return self._batches.cancel(self.id)


def latest(client: Client, limit: int) -> list[BatchRecord]:
    """The batches begun last, newest first."""
    with _reaching(client):
        return Batches(client.redis).latest(limit)


def begin_batch(batches: Batches, *, tenant: str, key: str | None, kind: str, webhook: str | None) -> tuple[str, str]:
    """Begin a batch, or take up the one with this key. Returns its id, and "begun", "received" or "busy"."""
    id = new_id()
    message = _finish_message(id, tenant)
    return batches.begin(id, tenant=tenant, key=key or id, kind=kind, message=message, webhook=webhook)


def _finish_message(id: str, tenant: str) -> str:
    """The message that the last job to end puts in line, made beforehand: scripts in Redis cannot."""
    message = json.loads(job_message(FinishBatch(batch=id), id=finisher_id(id), terms=Terms(tenant=tenant)))
    # When it will be sent is not known yet.
    message["headers"]["sent_at"] = None
    return json.dumps(message)


def submit_batch(client: Client, kind: str, rows: Iterable[Mapping[str, Any]], *, key: str | None, terms: Terms) -> Batch:
    """Submit rows as jobs of a kind. Called again with the same key and rows after a broken connection, it goes on."""
    batches, job = Batches(client.redis), ReadArticleInBulk if kind == ReadArticleInBulk.kind else JOBS.get(kind)
    if job is None:
        raise JobRejected(f"there is no job of kind {kind!r}; there are {', '.join(sorted(JOBS))}")
    with _reaching(client):
        id, verdict = begin_batch(batches, tenant=terms.tenant, key=key, kind=kind, webhook=terms.webhook)
        if verdict == "busy":
            raise SubmissionRefused("a batch with this key is being sent right now; send it again when that has ended")
    if verdict == "begun":
        _send(client, batches, id, job, rows, terms.model_copy(update={"webhook": None, "idempotency_key": None}))
    return Batch(id, client)


def _send(client: Client, batches: Batches, id: str, kind: type[Job[Any]], rows: Iterable[Any], terms: Terms) -> None:
    numbered, state, refused = enumerate(rows), BatchState.INTERRUPTED, 0
    try:
        while chunk := list(islice(numbered, CHUNK_ROWS)):
            if chunk[-1][0] >= MAX_ROWS:
                raise SubmissionRefused(f"at most {MAX_ROWS:,} rows go into one batch; those before have been submitted")
            jobs, errors = _checked(kind, chunk)
            refused += len(errors)
            members = [terms.model_copy(update={"member": Member(batch=id, row=row)}) for row in jobs]
            client.submit_many(jobs.values(), ids=[row_id(id, row) for row in jobs], terms=members)
            with _reaching(client):
                batches.add(id, errors=errors, rows=chunk[-1][0] + 1, refused=refused)
        state = BatchState.RECEIVED
    finally:
        with _reaching(client):
            batches.end(id, state)


def _checked(kind: type[Job[Any]], chunk: Iterable[tuple[int, Any]]) -> tuple[dict[int, Job[Any]], dict[int, str]]:
    jobs: dict[int, Job[Any]] = {}
    errors: dict[int, str] = {}
    for row, fields in chunk:
        try:
            jobs[row] = kind.model_validate(fields)
        except ValidationError as error:
            errors[row] = reasons(error)
    return jobs, errors


@contextmanager
def _reaching(client: Client) -> Iterator[None]:
    try:
        yield
    except (RedisConnectionError, RedisTimeoutError) as error:
        raise BrokerUnreachable(told_away(client.url, error)) from error
