"""Any number of articles as one batch after another. Sent again with the same key, it goes on, and submits none twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, count, islice
from typing import TYPE_CHECKING

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from detente.batches import MAX_ROWS, RECEIVING_S, Batches, row_id
from detente.client.batches import CHUNK_ROWS, Batch, begin_batch
from detente.contracts import BatchState, Member, ReadArticle, Terms
from detente.errors import BrokerUnreachable, IdempotencyConflict, QueueFull, SubmissionRefused
from detente.urls import masked

if TYPE_CHECKING:
    from detente.client.clients import Client

#: …or fewer, where they are long: what is in hand is memory.
CHUNK_CHARS = 4_000_000
#: A sender that was killed held its batch for so long; one that still holds it after that is alive.
PATIENCE_S = RECEIVING_S + 5.0
#: While a queue is full, the batch is renewed this often, so that nobody else takes it up.
STEP_S = 5.0

#: Told why nothing is sent for now, and for about how many seconds.
Waiting = Callable[[str, float], None]


class Series:
    """Batches with the keys `KEY/0`, `KEY/1`, …, each with as many rows as go into one.

    `submitted` counts the rows that are jobs since this call, `known` those that were before it.
    """

    def __init__(self, client: Client, *, key: str, terms: Terms, waiting: Waiting = lambda why, seconds: None) -> None:
        self._client, self._key, self._terms, self._waiting = client, key, terms, waiting
        self._batches = Batches(client.redis)
        self.batches: list[Batch] = []
        self.submitted = self.known = 0

    def send(self, articles: Iterable[ReadArticle]) -> None:
        """Submit articles. While their queue is full or closed, it waits as it is told, and reads no further.

        Raises SubmissionRefused where somebody else is sending the same, and IdempotencyConflict where the key was used for
        other articles.
        """
        left = iter(articles)
        try:
            for number in count():
                if (first := next(left, None)) is None:
                    return
                self._send(number, chain([first], islice(left, MAX_ROWS - 1)))
        except (RedisConnectionError, RedisTimeoutError) as error:
            raise BrokerUnreachable(
                f"Redis at {masked(self._client.url)} does not answer ({error}); is the system up?"
            ) from error

    def _send(self, number: int, articles: Iterator[ReadArticle]) -> None:
        id, verdict = self._begin(number)
        self.batches.append(Batch(id, self._client))
        before = self._batches.record(id)
        if verdict == "received":
            rows = sum(1 for _ in articles)
            if rows != before.rows:
                raise _other(f"{before.rows:,} articles, and now there are {rows:,}")
        else:
            rows = self._put_in(id, articles)
        new = self._batches.record(id).accepted - before.accepted
        self.submitted, self.known = self.submitted + new, self.known + rows - new

    def _begin(self, number: int) -> tuple[str, str]:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            id, verdict = begin_batch(
                self._batches, tenant=self._terms.tenant, key=f"{self._key}/{number}", kind=ReadArticle.kind,
                webhook=self._terms.webhook,
            )  # fmt: skip
            if verdict != "busy":
                return id, verdict
            if (left := deadline - time.monotonic()) < 0:
                raise SubmissionRefused("somebody else is sending the same right now")
            self._waiting("the sender before this one may still be alive", left)
            time.sleep(min(1.0, left))

    def _put_in(self, id: str, articles: Iterator[ReadArticle]) -> int:
        rows, state = 0, BatchState.INTERRUPTED
        try:
            for chunk in _chunks(articles):
                self._submit(id, chunk, first=rows)
                rows += len(chunk)
                self._batches.add(id, errors={}, rows=rows, refused=0)
            state = BatchState.RECEIVED
        finally:
            self._batches.end(id, state)
        return rows

    def _submit(self, id: str, chunk: list[ReadArticle], *, first: int) -> None:
        numbers = range(first, first + len(chunk))
        own = {"webhook": None, "idempotency_key": None}
        terms = [self._terms.model_copy(update={**own, "member": Member(batch=id, row=row)}) for row in numbers]
        while True:
            try:
                self._client.submit_many(chunk, ids=[row_id(id, row) for row in numbers], terms=terms)
                return
            except QueueFull as full:
                self._wait(full, id, rows=first)
            except IdempotencyConflict:
                raise _other(f"another article in one of the rows {first:,} to {numbers[-1]:,} of batch {id}") from None

    def _wait(self, full: QueueFull, id: str, *, rows: int) -> None:
        until = time.monotonic() + full.retry_after_s
        while (left := until - time.monotonic()) > 0:
            self._batches.add(id, errors={}, rows=rows, refused=0)
            self._waiting(str(full).partition(";")[0], left)
            time.sleep(min(STEP_S, left))


def _chunks(articles: Iterator[ReadArticle]) -> Iterator[list[ReadArticle]]:
    chunk: list[ReadArticle] = []
    size = 0
    for article in articles:
        if chunk and (len(chunk) == CHUNK_ROWS or size + article.size > CHUNK_CHARS):
            yield chunk
            chunk, size = [], 0
        chunk.append(article)
        size += article.size
    if chunk:
        yield chunk


def _other(what: str) -> IdempotencyConflict:
    return IdempotencyConflict(f"the key was used before for {what}; use another key for what has changed")
