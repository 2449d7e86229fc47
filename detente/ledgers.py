"""What Redis holds of each job: its record, its history, its result. Clients write the first line, workers the others.

The keys, all under the prefix `detente:`:

| key                     | type   | holds                                              | expires                           |
| ----------------------- | ------ | -------------------------------------------------- | --------------------------------- |
| `job:{id}`              | hash   | state, times, attempts, progress, result or error  | `RECORD_TTL_S` after it changed      |
| `job:{id}:events`       | stream | the job's history, one entry a step                | with the record                   |
| `jobs`                  | zset   | ids by the time of submission, in milliseconds     | lasting; old ids leave at submit  |
| `worker:{hostname}`     | string | the time of a worker's last heartbeat              | `HEARTBEAT_TTL_S`                 |
| a queue's name          | list   | messages in Celery's format                        | lasting                           |
| `wake`                  | list   | a token for each message that came, to wake workers | lasting; workers keep it short    |

Every change is one script, so that no crash leaves a record without its message or a state without its history.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from redis import Redis
from redis.client import Pipeline

from detente.contracts import JobError, JobEvent, JobRecord, JobState, Progress
from detente.errors import UnknownJob

PREFIX = "detente:"
#: A week: long enough to look into what happened over a weekend, short enough that a million jobs a week fit in 1 GB.
RECORD_TTL_S = 7 * 24 * 3600
#: Three missed heartbeats of ten seconds: a worker that pauses for garbage collection or a slow disk is not yet gone.
HEARTBEAT_TTL_S = 30
#: Steps of a job's history that are kept; only progress makes more of them.
MAX_EVENTS = 256

# A job id that is known already is not submitted again, so a submission may be repeated after a broken connection.
_SUBMIT = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 5))
redis.call('EXPIRE', KEYS[1], ARGV[1])
redis.call('XADD', KEYS[2], '*', 'event', 'submitted')
redis.call('EXPIRE', KEYS[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', tonumber(ARGV[2]) - 1000 * tonumber(ARGV[1]))
redis.call('ZADD', KEYS[3], ARGV[2], ARGV[3])
redis.call('LPUSH', KEYS[4], ARGV[4])
redis.call('LPUSH', KEYS[5], '1')
return 1
"""
# A job that has ended keeps its end: a second delivery, or a cancel that comes too late, changes nothing.
_CHANGE = """
local state = redis.call('HGET', KEYS[1], 'state')
if state == 'done' or state == 'dead' or state == 'cancelled' then return state end
if ARGV[4] == '1' then redis.call('HINCRBY', KEYS[1], 'attempts', 1) end
redis.call('HSET', KEYS[1], unpack(ARGV, 8))
redis.call('HSETNX', KEYS[1], 'kind', ARGV[6])
redis.call('HSETNX', KEYS[1], 'queue', ARGV[7])
redis.call('EXPIRE', KEYS[1], ARGV[1])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], '*', 'event', ARGV[2], 'detail', ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[1])
return redis.call('HGET', KEYS[1], 'state')
"""


class Ledger:
    """Reads and writes the records of jobs. Errors of the connection are redis-py's own."""

    def __init__(self, redis: Redis, *, ttl_s: int = RECORD_TTL_S) -> None:
        self.redis = redis
        self._ttl_s = ttl_s
        self._submit = redis.register_script(_SUBMIT)
        self._change = redis.register_script(_CHANGE)

    # --- what clients do ---

    def submit(self, record: JobRecord, message: str, *, into: Pipeline | None = None) -> bool:
        """Write a job's record and put its message on its queue, together. False where the job id is known already."""
        now = record.submitted_at or datetime.now(UTC)
        fields = {"kind": record.kind, "queue": record.queue, "state": JobState.QUEUED, "submitted_at": now.isoformat()}
        fields["label"] = _dumps(record.label)
        keys = [*_keys(record.id), PREFIX + "jobs", PREFIX + record.queue, PREFIX + "wake"]
        arguments = [self._ttl_s, int(now.timestamp() * 1000), record.id, message, *_flat(fields)]
        return bool(self._submit(keys=keys, args=arguments, client=into))

    def cancel(self, id: str) -> JobState:
        """Mark a job that has not ended as cancelled; workers drop it or stop at their next step. Returns its state now."""
        self.record(id)
        return self._write(id, "cancelled", {"state": JobState.CANCELLED, "finished_at": _now()})

    def record(self, id: str) -> JobRecord:
        """What is known of a job. Raises UnknownJob."""
        return next(self.records([id]))

    def records(self, ids: Iterable[str]) -> Iterator[JobRecord]:
        """The records of several jobs, in the order asked for. Raises UnknownJob at the first that is not known."""
        ids = list(ids)
        pipe = self.redis.pipeline(transaction=False)
        for id in ids:
            pipe.hgetall(_keys(id)[0])
        for id, fields in zip(ids, pipe.execute(), strict=True):
            if not fields:
                raise UnknownJob(f"no job {id!r} is known; records are kept for {self._ttl_s // 86400} days")
            yield _record(id, fields)

    def latest(self, limit: int = 50) -> list[JobRecord]:
        """The jobs submitted last, newest first."""
        ids = cast(list[str], self.redis.zrevrange(PREFIX + "jobs", 0, limit - 1))
        return list(self.records(id for id in ids if self.redis.exists(_keys(id)[0])))

    def result(self, id: str) -> Any:
        """The result of a job that is done, as plain JSON values."""
        return json.loads(cast(str, self.redis.hget(_keys(id)[0], "result") or "null"))

    def events(self, id: str, *, after: str = "0", wait_s: float = 0) -> list[JobEvent]:
        """The steps of a job's life after the step `after`. Waits up to `wait_s` seconds for one if there is none."""
        block = max(1, int(wait_s * 1000)) if wait_s else None
        streams = cast(list[Any], self.redis.xread({_keys(id)[1]: after}, block=block) or [])
        entries = streams.values() if isinstance(streams, Mapping) else (entries for _, entries in streams)
        return [_event(*entry) for batch in entries for entry in _flat_batch(batch)]

    # --- what workers do ---

    def started(self, id: str, *, kind: str, queue: str, worker: str) -> JobState:
        """Count an attempt. Returns the state now: anything but "running" means that the job has ended already."""
        fields = {"state": JobState.RUNNING, "started_at": _now(), "worker": worker}
        return self._write(id, "started", fields, detail={"worker": worker}, attempt=True, kind=kind, queue=queue)

    def progressed(self, id: str, progress: Progress) -> JobState:
        """Note progress. Returns the state now: "cancelled" asks the job to stop."""
        return self._write(id, "progress", {"progress": progress.model_dump_json()}, detail=progress.model_dump())

    def done(self, id: str, result: Any) -> JobState:
        return self._write(id, "done", {"state": JobState.DONE, "finished_at": _now(), "result": _dumps(result)})

    def retrying(self, id: str, error: JobError, *, delay_s: float) -> JobState:
        detail = {**error.model_dump(), "delay_s": round(delay_s, 3)}
        return self._write(id, "retrying", {"state": JobState.RETRYING, "error": error.model_dump_json()}, detail=detail)

    def dead(self, id: str, error: JobError, *, kind: str = "unknown", queue: str = "unknown") -> JobState:
        """The job will not run again. `kind` and `queue` are for a job that nobody submitted through the ledger."""
        fields = {"state": JobState.DEAD, "finished_at": _now(), "error": error.model_dump_json()}
        return self._write(id, "dead", fields, detail=error.model_dump(), kind=kind, queue=queue)

    def heartbeat(self, worker: str) -> None:
        self.redis.set(f"{PREFIX}worker:{worker}", _now(), ex=HEARTBEAT_TTL_S)

    def workers(self) -> dict[str, datetime]:
        """The workers that are alive, with their last heartbeat."""
        keys = cast(list[str], list(self.redis.scan_iter(f"{PREFIX}worker:*", count=1000)))
        beats = cast(list[str | None], self.redis.mget(keys) if keys else [])
        found = zip(keys, beats, strict=True)
        return {key.split(":", 2)[2]: datetime.fromisoformat(beat) for key, beat in found if beat}

    def _write(
        self, id: str, event: str, fields: dict[str, Any], *, detail: dict[str, Any] | None = None, attempt: bool = False,
        kind: str = "unknown", queue: str = "unknown",
    ) -> JobState:  # fmt: skip
        settings: list[str | int] = [self._ttl_s, event, _dumps(detail or {}), int(attempt), MAX_EVENTS, kind, queue]
        return JobState(cast(str, self._change(keys=_keys(id), args=[*settings, *_flat(fields)])))


def _keys(id: str) -> list[str]:
    return [f"{PREFIX}job:{id}", f"{PREFIX}job:{id}:events"]


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _flat(fields: Mapping[str, Any]) -> list[Any]:
    return [item for pair in fields.items() for item in pair]


def _record(id: str, fields: Mapping[str, str]) -> JobRecord:
    plain = {key: value for key, value in fields.items() if key != "result"}
    nested = {key: json.loads(plain.pop(key)) for key in ("label", "progress", "error") if key in plain}
    return JobRecord.model_validate({"id": id, **plain, **nested})


def _flat_batch(batch: Any) -> Iterator[tuple[str, dict[str, str]]]:
    # RESP3 wraps the entries of a stream in one more list than RESP2.
    yield from batch[0] if batch and isinstance(batch[0], list) else batch


def _event(id: str, fields: Mapping[str, str]) -> JobEvent:
    at = datetime.fromtimestamp(int(id.split("-")[0]) / 1000, UTC)
    return JobEvent(id=id, at=at, event=fields["event"], detail=json.loads(fields.get("detail", "{}")))
