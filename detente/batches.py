"""What Redis holds of a batch: many rows that come together, each a job of its own.

The keys, all under the prefix `detente:`:

| key                      | type   | holds                                                     | expires                        |
| ------------------------ | ------ | --------------------------------------------------------- | ------------------------------ |
| `batch:{id}`             | hash   | tenant, state, times, counts of rows and of jobs by state | a week after a job ended       |
| `batch:{id}:jobs`        | zset   | the ids of its jobs, by their row                         | with the batch                 |
| `batch:{id}:ended`       | list   | the ids of its jobs, in the order in which they ended     | with the batch                 |
| `batch:{id}:failed`      | zset   | the ids of its dead jobs, by their row                    | with the batch                 |
| `batch:{id}:errors`      | hash   | by row why it was not submitted, of the first 1,000       | with the batch                 |
| `batches`                | zset   | ids by the time of their beginning, in milliseconds       | lasting; old ones leave        |
| `batch-key:{tenant}:{…}` | string | the id of the batch with an idempotency key, hashed       | with the batch                 |

The id of a row's job follows from the batch and the row. So a batch whose sender was cut off can be sent again from its first
row, with the same idempotency key, and every row is submitted once. The counts change in the same scripts as the states of the
jobs (`detente.scripts`), so they are right at any moment, and asking for them costs the same for ten jobs as for 100,000.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, cast
from uuid import UUID, uuid5

from redis import Redis

from detente.contracts import (
    BatchOutcome,
    BatchRecord,
    BatchRefusal,
    BatchState,
    JobError,
    JobState,
    Queue,
    ReadArticle,
)
from detente.errors import UnknownBatch
from detente.ledgers import RECORD_TTL_S, Ledger
from detente.scripts import PREFIX, script

__all__ = ["MAX_ROWS", "BatchRecord", "BatchState", "Batches", "ReadArticleInBulk", "finisher_id", "row_id"]

#: A day's articles of a large agency. Longer streams go into several batches.
MAX_ROWS = 100_000
#: While a batch comes in, each chunk renews this; a batch that was cut off can be sent again after it.
RECEIVING_S = 60
#: Reasons for which rows were refused that are kept, of up to so many characters: a batch of nonsense must not fill Redis.
MAX_ERRORS, MAX_ERROR_CHARS = 1000, 500
#: Jobs that are cancelled in one round trip.
CHUNK = 500


class ReadArticleInBulk(ReadArticle):
    """The same job, in line with those that nobody waits for: a batch must not stand before a person."""

    queue: ClassVar[Queue] = Queue.BULK


class Batches:
    """Reads and writes the records of batches. Errors of the connection are redis-py's own."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._begin, self._end = redis.register_script(script("begin_batch")), redis.register_script(script("end_batch"))

    # --- what senders do ---

    def begin(self, id: str, *, tenant: str, key: str, kind: str, message: str, webhook: str | None = None) -> tuple[str, str]:
        """Begin a batch, or take up the one with this idempotency key. Returns its id, and "begun", "received" or "busy".

        `message` is what the last job to end puts in line; `detente.client.batches` makes it. `webhook` is told of the end: an
        id, or a URL, as in `Terms`.
        """
        fields = {"tenant": tenant, "kind": kind, "created_at": _now(), "finisher": finisher_id(id), "message": message}
        fields |= {"webhook": webhook} if webhook else {}
        flat = [item for pair in fields.items() for item in pair]
        arguments: list[str | int] = [id, _key_of(tenant, key), int(time.time()), RECEIVING_S, RECORD_TTL_S, *flat]
        found, verdict = cast(list[str], self._begin(args=arguments))
        return found, verdict

    def add(self, id: str, *, errors: Mapping[int, str], rows: int, refused: int) -> None:
        """Note what came in: how many rows until now, how many of them are no jobs, and of the newest of these why."""
        pipe = self._redis.pipeline(transaction=True)
        if errors and refused - len(errors) < MAX_ERRORS:
            pipe.hset(f"{PREFIX}batch:{id}:errors", mapping=_reasons(errors))
            pipe.expire(f"{PREFIX}batch:{id}:errors", RECORD_TTL_S)
        until = int(time.time()) + RECEIVING_S
        pipe.hset(f"{PREFIX}batch:{id}", mapping={"receiving_until": until, "rows": rows, "refused": refused})
        for part in ("", ":jobs", ":ended", ":failed"):
            pipe.expire(f"{PREFIX}batch:{id}{part}", RECORD_TTL_S)
        pipe.execute()

    def end(self, id: str, state: BatchState, *, digest: str = "") -> None:
        """All rows have come ("received"), or no more will come with this request. The digest is that of the whole body."""
        self._end(args=[id, state.value, _now(), digest])

    def cancel(self, id: str) -> BatchState:
        """No job of it starts any more, and those that run stop at their next step. Returns its state now."""
        self.record(id)
        state = BatchState(cast(str, self._end(args=[id, BatchState.CANCELLED.value, _now(), ""])))
        if not state.is_final:
            # Jobs that this does not reach, because its caller is cut off, are stopped when they start.
            self._cancel_members(id)
        return BatchState(cast(str, self._redis.hget(f"{PREFIX}batch:{id}", "state")))

    # --- what is known ---

    def digest(self, id: str) -> str:
        """The digest of a batch that has been received."""
        return cast(str | None, self._redis.hget(f"{PREFIX}batch:{id}", "digest")) or ""

    def record(self, id: str) -> BatchRecord:
        """What is known of a batch. Raises UnknownBatch."""
        fields = cast(dict[str, str], self._redis.hgetall(f"{PREFIX}batch:{id}"))
        # Steps of jobs that outlived their batch's record must not look like one.
        if "created_at" not in fields:
            raise UnknownBatch(f"no batch {id!r} is known; records are kept for {RECORD_TTL_S // 86400} days")
        return _record(id, fields)

    def is_finisher(self, id: str, job_id: str) -> bool:
        """Whether this is the job that tells of the batch's end, and that has come. Raises UnknownBatch."""
        return job_id == finisher_id(id) and self.record(id).state.is_final

    def latest(self, limit: int = 50) -> list[BatchRecord]:
        """The batches that were begun last, newest first."""
        ids = cast(list[str], self._redis.zrevrange(PREFIX + "batches", 0, limit - 1))
        pipe = self._redis.pipeline(transaction=False)
        for id in ids:
            pipe.hgetall(f"{PREFIX}batch:{id}")
        return [_record(id, fields) for id, fields in zip(ids, pipe.execute(), strict=True) if "created_at" in fields]

    def members(self, id: str, *, after: int = -1, limit: int = 100) -> list[tuple[int, str]]:
        """The rows of a batch after one of them, each with the id of its job."""
        return self._rows(f"{PREFIX}batch:{id}:jobs", after=after, limit=limit)

    def failed(self, id: str, *, after: int = -1, limit: int = 100) -> list[tuple[int, str]]:
        """The rows whose jobs are dead, after one of them, each with the id of its job."""
        return self._rows(f"{PREFIX}batch:{id}:failed", after=after, limit=limit)

    def outcomes(self, id: str, *, after: int = 0, limit: int = 100) -> list[BatchOutcome]:
        """How its jobs ended, in the order in which they did, after the place `after` of one that was seen."""
        jobs = cast(list[str], self._redis.lrange(f"{PREFIX}batch:{id}:ended", after, after + limit - 1))
        return self._outcomes(id, jobs, first=after + 1)

    def failures(self, id: str, *, after: int = -1, limit: int = 100) -> list[BatchOutcome]:
        """How its dead jobs ended, by their rows, after one of them. Their places are 0: see `outcomes`."""
        found = self.failed(id, after=after, limit=limit)
        return [one.model_copy(update={"place": 0}) for one in self._outcomes(id, [job for _, job in found], first=1)]

    def errors(self, id: str, *, limit: int = 100) -> list[tuple[int, str]]:
        """The first of the rows that were refused, with the reasons."""
        found = cast(dict[str, str], self._redis.hgetall(f"{PREFIX}batch:{id}:errors"))
        return sorted((int(row), why) for row, why in found.items())[:limit]

    def refusals(self, id: str) -> tuple[BatchRefusal, ...]:
        """The rows that were refused, with the reasons: the first 1,000."""
        return tuple(BatchRefusal(row=row, detail=why) for row, why in self.errors(id, limit=MAX_ERRORS))

    def _rows(self, key: str, *, after: int, limit: int) -> list[tuple[int, str]]:
        found = self._redis.zrangebyscore(key, f"({after}", "+inf", start=0, num=limit, withscores=True)
        return [(int(row), job) for job, row in cast(list[tuple[str, float]], found)]

    def _outcomes(self, id: str, jobs: Sequence[str], *, first: int) -> list[BatchOutcome]:
        pipe = self._redis.pipeline(transaction=False)
        for job in jobs:
            pipe.zscore(f"{PREFIX}batch:{id}:jobs", job)
            pipe.hmget(f"{PREFIX}job:{job}", "state", "result", "error")
        answers = pipe.execute()
        facts = zip(jobs, answers[::2], answers[1::2], strict=True)
        return [_outcome(place, job, row, fields) for place, (job, row, fields) in enumerate(facts, first)]

    def _cancel_members(self, id: str) -> None:
        ledger, last = Ledger(self._redis), -1
        while found := self.members(id, after=last, limit=CHUNK):
            ledger.cancel_many(job for _, job in found)
            last = found[-1][0]


def row_id(batch_id: str, row: int) -> str:
    """The id of a row's job: a UUID of version 7 with the batch's time, the same whenever the row is sent."""
    random = int.from_bytes(hashlib.sha256(f"{batch_id}:{row}".encode()).digest()[:10])
    value = UUID(batch_id).int >> 80 << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    return str(UUID(int=value & ~(0x3 << 62) | 0x2 << 62))


def finisher_id(id: str) -> str:
    """The id of the job that tells of a batch's end."""
    return str(uuid5(UUID(id), "finish"))


def _record(id: str, fields: Mapping[str, str]) -> BatchRecord:
    counts = {state: int(fields[state]) for state in JobState if int(fields.get(state, 0))}
    late = fields["state"] == BatchState.RECEIVING and int(fields.get("receiving_until", 0)) < time.time()
    state = BatchState.INTERRUPTED if late else fields["state"]
    return BatchRecord.model_validate({**fields, "id": id, "counts": counts, "state": state})


def _outcome(place: int, job: str, row: float | None, fields: Sequence[str | None]) -> BatchOutcome:
    state, result, error = fields
    return BatchOutcome(
        place=place, row=int(row or 0), job=job, state=JobState(state or JobState.DEAD),
        result=json.loads(result) if result else None,
        error=JobError.model_validate_json(error) if error and state == JobState.DEAD else _lost(state),
    )  # fmt: skip


def _lost(state: str | None) -> JobError | None:
    return None if state else JobError(kind="UnknownJob", message="the job's record has expired")


def _reasons(errors: Mapping[int, str]) -> dict[Any, Any]:
    return {str(row): why[:MAX_ERROR_CHARS] for row, why in errors.items()}


def _key_of(tenant: str, key: str) -> str:
    return f"{PREFIX}batch-key:{tenant}:{hashlib.sha256(key.encode()).hexdigest()}"


def _now() -> str:
    return datetime.now(UTC).isoformat()
