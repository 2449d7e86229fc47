"""The way straight into Redis."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from detente.client.connections import connect, told_away
from detente.client.ids import new_id
from detente.client.messages import submission
from detente.contracts import Job, JobEvent, JobRecord, JobState, QueueStatus, Terms
from detente.errors import (
    BatchOver,
    BrokerUnreachable,
    IdempotencyConflict,
    QueueClosed,
    QueueFull,
    ResultTimeout,
    SubmissionRefused,
)
from detente.ledgers import Admission, Ledger, Submission
from detente.queues import LONGEST_WAIT_S, Queues
from detente.scripts import PREFIX

#: Jobs that go to Redis in one script, during which it does nothing else: some milliseconds.
CHUNK_JOBS = 200
#: …or fewer, where they are long.
CHUNK_BYTES = 4 * 2**20
#: Redis is asked this often at least whether a job has ended, so that a lost connection shows.
POLL_S = 5.0

#: A job, the id that its submitter gives it, if any, and its terms.
Request = tuple[Job[Any], str | None, Terms]


class BrokerConnection:
    """Submits and follows jobs in Redis."""

    def __init__(self, url: str, *, retries: int) -> None:
        self.url = url
        self.redis = connect(url, retries=retries, answer_s=POLL_S + 2)
        self.ledger = Ledger(self.redis)
        self._events_channel = f"{PREFIX}/{self.redis.connection_pool.connection_kwargs.get('db') or 0}.celeryev/task.sent"

    def submit_list(self, requests: Iterable[tuple[Job[Any], str | None]], terms: Terms) -> Iterator[tuple[Job[Any], str]]:
        """Put jobs in line that have their terms in common; an idempotency key among them names the list."""
        return self.submit((job, id, _of_row(terms, row)) for row, (job, id) in enumerate(requests))

    def submit(self, requests: Iterable[Request]) -> Iterator[tuple[Job[Any], str]]:
        """Put jobs in line. Gives each with its id; raises what refused the first that was not taken."""
        audience = _Audience()
        chunks = _chunks(
            submission(job, id=_checked(id) if id else new_id(), terms=terms, with_event=audience.listens)
            for job, id, terms in requests
        )
        accepted: list[str] = []
        for chunk, admitted in self._admitted(chunks):
            accepted += [admission.id for admission in admitted if admission.verdict in ("new", "known")]
            audience.heard(admitted)
            for given, admission in zip(chunk, admitted, strict=True):
                if admission.verdict not in ("new", "known"):
                    raise self._refusal(admission.verdict, given.job.queue, tuple(accepted))
                yield given.job, admission.id

    def queues(self) -> list[QueueStatus]:
        with self._reaching():
            return Queues(self.redis).status()

    def statuses(self, ids: Iterable[str]) -> list[JobRecord]:
        with self._reaching():
            return list(self.ledger.records(ids))

    def jobs(self, limit: int) -> list[JobRecord]:
        with self._reaching():
            return self.ledger.latest(limit)

    def outcome(self, id: str) -> tuple[JobRecord, Any]:
        """A job's record, and its result where it is done."""
        with self._reaching():
            return self.ledger.outcome(id)

    def history(self, id: str) -> list[JobEvent]:
        with self._reaching():
            self.ledger.record(id)
            return self.ledger.events(id)

    def events(self, id: str, *, after: str, timeout_s: float | None) -> Iterator[JobEvent]:
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        with self._reaching():
            seen = self.ledger.events(id, after=after)
        if not seen:
            # Nothing yet after that step, or no such job.
            self.statuses([id])
        while True:
            yield from seen
            after = seen[-1].id if seen else after
            if any(event.is_last for event in seen):
                return
            left = POLL_S if deadline is None else deadline - time.monotonic()
            with self._reaching():
                seen = self.ledger.events(id, after=after, wait_s=max(0.001, min(left, POLL_S)))
            if not seen and self.statuses([id])[0].state.is_final:
                return
            if not seen and left <= 0:
                raise ResultTimeout(f"job {id} has not ended within {timeout_s:g} s; it goes on, ask again with its id")

    def cancel(self, id: str) -> JobState:
        with self._reaching():
            return self.ledger.cancel(id)

    def ping(self) -> None:
        with self._reaching():
            self.redis.ping()

    def close(self) -> None:
        self.redis.close()

    def _admitted(self, chunks: Iterator[list[Submission]]) -> Iterator[tuple[list[Submission], list[Admission]]]:
        """What became of each chunk. While Redis takes one in, the next is written."""
        first, second = next(chunks, None), next(chunks, None)
        if second is None:
            if first:
                yield first, self._admit(first)
            return
        with ThreadPoolExecutor(1, thread_name_prefix="detente-submit") as sender:
            chunk: list[Submission] | None = first
            following: list[Submission] | None = second
            while chunk:
                sent = sender.submit(self._admit, chunk)
                ahead = next(chunks, None) if following else None
                yield chunk, sent.result()
                chunk, following = following, ahead

    def _admit(self, chunk: list[Submission]) -> list[Admission]:
        with self._reaching():
            return self.ledger.submit(chunk, channel=self._events_channel)

    def _refusal(self, verdict: str, queue: str, accepted: tuple[str, ...]) -> SubmissionRefused:
        """The error that says why a job was not submitted, and when to try again."""
        if verdict == "conflict":
            return IdempotencyConflict(accepted=accepted)
        if verdict == "over":
            return BatchOver(accepted=accepted)
        if verdict == "closed":
            return QueueClosed(f"queue {queue} is closed", retry_after_s=LONGEST_WAIT_S, accepted=accepted)
        with self._reaching():
            wait_s = Queues(self.redis).wait_s(queue)
        what = f"queue {queue} is full" if verdict == "full" else "what waits in all queues is too much for Redis"
        return QueueFull(f"{what}; submit again in {wait_s:.0f} s", retry_after_s=wait_s, accepted=accepted)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except (RedisConnectionError, RedisTimeoutError) as error:
            raise BrokerUnreachable(told_away(self.url, error)) from error


@dataclass
class _Audience:
    """Whether anybody, such as Flower, listens to the events of submitted jobs: each takes a third of the time of its job."""

    listens: bool = True

    def heard(self, admitted: list[Admission]) -> None:
        if any(admission.verdict == "new" for admission in admitted):
            self.listens = any(admission.listeners for admission in admitted)


def _checked(id: str) -> str:
    """An id of the submitter's own. Raises SubmissionRefused where it is none that workers take."""
    try:
        if str(UUID(id)) == id:
            return id
    except ValueError:
        pass
    raise SubmissionRefused(f"the id {id[:100]!r} is no UUID in small letters and with its dashes; leave it out, or use a key")


def _of_row(terms: Terms, row: int) -> Terms:
    """The terms of one job of a list: a key that names the list gives each of its jobs a key."""
    key = terms.idempotency_key
    return terms if key is None else terms.model_copy(update={"idempotency_key": f"{key}/{row}"})


def _chunks(submissions: Iterator[Submission]) -> Iterator[list[Submission]]:
    """Submissions that go to Redis together."""
    while chunk := list(islice(submissions, 1)):
        size = len(chunk[0].message)
        while size < CHUNK_BYTES and len(chunk) < CHUNK_JOBS and (given := next(submissions, None)):
            chunk.append(given)
            size += len(given.message)
        yield chunk
