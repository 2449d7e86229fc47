"""What Redis holds of each job: its record, its history, its result. Clients write the first line, workers the others.

The keys, all under the prefix `detente:` (those of the lines that messages wait in are in `detente.scripts`):

| key                          | type   | holds                                              | expires                         |
| ---------------------------- | ------ | -------------------------------------------------- | ------------------------------- |
| `job:{id}`                   | hash   | state, times, attempts, progress, result or error  | `RECORD_TTL_S` after it changed |
| `job:{id}:events`            | stream | the history after its submission, one entry a step | with the record                 |
| `jobs`                       | zset   | ids by the time of submission, in milliseconds     | lasting; old ids leave at submit |
| `idempotency:{tenant}:{key}` | string | the id of the job that was submitted with the key  | `RECORD_TTL_S`                  |
| `unburied`                   | list   | letters that the store has not been given yet      | lasting                         |
| `worker:{hostname}`          | string | the time of a worker's last heartbeat              | `HEARTBEAT_TTL_S`               |

Every change is one script, so that no crash leaves a record without its message or a state without its history.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from redis import Redis

from detente.contracts import Job, JobError, JobEvent, JobRecord, JobState, Progress, Queue, Terms
from detente.errors import UnknownJob
from detente.scripts import PREFIX, script

#: A week: long enough to look into what happened over a weekend, short enough that a million jobs a week fit in 1 GB.
RECORD_TTL_S = 7 * 24 * 3600
#: Three missed heartbeats of ten seconds: a worker that pauses for garbage collection or a slow disk is not yet gone.
HEARTBEAT_TTL_S = 30
#: Steps of a job's history that are kept; only progress makes more of them.
MAX_EVENTS = 256
#: The id of the step "submitted": before all others, whatever the clocks say.
FIRST_EVENT = "0-1"
#: How messages come: by a queue, or by the stream of foreign programs. A foreign message may say that it came by any other.
WAYS = frozenset([*Queue, "intake"])
#: Upper bounds of the histograms, in seconds: from a short job on an idle system to a batch behind a backlog of hours.
BUCKETS_S = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200)


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A job with its message for Celery's workers, and the event that tells Flower of it."""

    id: str
    job: Job[Any]
    terms: Terms
    label: Mapping[str, str | int]
    fingerprint: str
    message: str
    event: str


@dataclass(frozen=True)
class Admission:
    """What became of a submission: "new", "known" (nothing was done), or why it was refused: "conflict", "full", "heavy",
    "closed" or "over". `id` is the job's, or that of the job that was submitted with the same key before; `listeners` those
    to whom its event came."""

    verdict: str
    id: str
    listeners: int


class Ledger:
    """Reads and writes the records of jobs. Errors of the connection are redis-py's own."""

    def __init__(self, redis: Redis, *, ttl_s: int = RECORD_TTL_S) -> None:
        self.redis = redis
        self._ttl_s = ttl_s
        self._submit, self._change = redis.register_script(script("submit")), redis.register_script(script("change"))

    # --- what clients do ---

    def submit(self, submissions: Iterable[Submission], *, channel: str) -> list[Admission]:
        """Write the jobs' records and put their messages in line, all in one step. `channel` is where Flower listens."""
        arguments: list[str | int] = [self._ttl_s, channel, _now()]
        for submission in submissions:
            arguments += _arguments(submission)
        return [Admission(*answer) for answer in cast(list[Any], self._submit(args=arguments))]

    def cancel(self, id: str) -> JobState:
        """Mark a job that has not ended as cancelled; workers drop it or stop at their next step. Returns its state now."""
        before = self.record(id).state
        state = self._write(id, "cancelled", {"state": JobState.CANCELLED, "finished_at": _now()})
        if state is JobState.CANCELLED and not before.is_final:
            # No worker may ever see it: that of a delayed job is gone. The store gets its record by the scheduled job.
            self.leave_unburied(self.letter(id))
        return state

    def letter(self, id: str, *, payload: Any = None, traceback: str | None = None) -> dict[str, Any]:
        """A job's record and history as plain JSON values, with what else the store should keep of it."""
        history = [step.model_dump(mode="json") for step in self.events(id)]
        return {"record": self.record(id).model_dump(mode="json"), "history": history, "payload": payload, "traceback": traceback}

    def cancel_many(self, ids: Iterable[str]) -> None:
        """The same for many that are known, in one round trip."""
        pipe = self.redis.pipeline(transaction=False)
        for id in ids:
            pairs = _flat({"state": JobState.CANCELLED, "finished_at": _now()})
            settings = [id, self._ttl_s, "cancelled", "{}", 0, MAX_EVENTS, "unknown", "unknown", len(pairs), *pairs]
            self._change(args=settings, client=pipe)
        pipe.execute()

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
                raise self._unknown(id)
            yield _record(id, fields)

    def latest(self, limit: int = 50, *, skip: int = 0) -> list[JobRecord]:
        """The jobs submitted last, newest first, without the `skip` newest. Those that have expired are left out."""
        ids = cast(list[str], self.redis.zrevrange(PREFIX + "jobs", skip, skip + limit - 1))
        pipe = self.redis.pipeline(transaction=False)
        for id in ids:
            pipe.hgetall(_keys(id)[0])
        return [_record(id, fields) for id, fields in zip(ids, pipe.execute(), strict=True) if fields]

    def submitted_count(self) -> int:
        """How many jobs `latest` can list, some of which may have expired."""
        return self.redis.zcard(PREFIX + "jobs")

    def outcome(self, id: str) -> tuple[JobRecord, Any]:
        """What is known of a job, and its result where it is done. Raises UnknownJob."""
        fields = cast(dict[str, str], self.redis.hgetall(_keys(id)[0]))
        if not fields:
            raise self._unknown(id)
        return _record(id, fields), json.loads(fields.get("result", "null"))

    def result(self, id: str) -> Any:
        """The result of a job that is done, as plain JSON values."""
        return json.loads(cast(str, self.redis.hget(_keys(id)[0], "result") or "null"))

    def events(self, id: str, *, after: str = "0", wait_s: float = 0) -> list[JobEvent]:
        """The steps of a job's life after the step `after`. Waits up to `wait_s` seconds for one if there is none."""
        if after in ("0", "0-0") and (seen := self._first_events(id)):
            return seen
        block = max(1, int(wait_s * 1000)) if wait_s else None
        return _events(self.redis.xread({_keys(id)[1]: after}, block=block))

    def _first_events(self, id: str) -> list[JobEvent]:
        """The steps until now. The first is told by the record, so that submitting need not write a history too."""
        pipe = self.redis.pipeline(transaction=False)
        pipe.hget(_keys(id)[0], "submitted_at")
        pipe.xread({_keys(id)[1]: "0"})
        at, streams = pipe.execute()
        submitted = [JobEvent(id=FIRST_EVENT, at=datetime.fromisoformat(at), event="submitted")] if at else []
        return submitted + _events(streams)

    def _unknown(self, id: str) -> UnknownJob:
        return UnknownJob(f"no job {id!r} is known; records are kept for {self._ttl_s // 86400} days")

    # --- what workers do ---

    def started(self, id: str, *, kind: str, queue: str, worker: str, waited_s: float | None = None) -> JobState:
        """Count an attempt. Returns the state now: anything but "running" means that the job has ended already."""
        fields = {"state": JobState.RUNNING, "started_at": _now(), "worker": worker}
        counts = [] if waited_s is None else _observed("waited", kind, waited_s)
        return self._write(id, "started", fields, detail={"worker": worker}, attempt=True, kind=kind, queue=queue, counts=counts)

    def progressed(self, id: str, progress: Progress) -> JobState:
        """Note progress. Returns the state now: "cancelled" asks the job to stop."""
        return self._write(id, "progress", {"progress": progress.model_dump_json()}, detail=progress.model_dump())

    def done(self, id: str, result: Any, *, kind: str = "unknown", ran_s: float | None = None) -> JobState:
        fields = {"state": JobState.DONE, "finished_at": _now(), "result": _dumps(result)}
        return self._write(id, "done", fields, counts=[] if ran_s is None else _observed("ran", kind, ran_s))

    def retrying(self, id: str, error: JobError, *, delay_s: float) -> JobState:
        detail = {**error.model_dump(), "delay_s": round(delay_s, 3)}
        return self._write(id, "retrying", {"state": JobState.RETRYING, "error": error.model_dump_json()}, detail=detail)

    def dead(self, id: str, error: JobError, *, kind: str = "unknown", queue: str = "unknown") -> JobState:
        """The job will not run again. `kind` and `queue` are for a job that nobody submitted through the ledger."""
        fields = {"state": JobState.DEAD, "finished_at": _now(), "error": error.model_dump_json()}
        # A foreign message may call itself anything.
        counted = "unknown" if error.kind == "UnknownKind" else kind
        counts = [f"dead|{counted}|{error.kind}", 1]
        return self._write(id, "dead", fields, detail=error.model_dump(), kind=kind, queue=queue, counts=counts)

    def leave_unburied(self, letter: Mapping[str, Any]) -> None:
        """Keep a dead letter, as plain JSON values, until the store answers again."""
        self.redis.rpush(PREFIX + "unburied", json.dumps(letter))

    def unburied(self, limit: int = 100) -> dict[str, Any]:
        """The first of the letters left behind, each under the text by which `buried` knows it."""
        return {text: json.loads(text) for text in cast(list[str], self.redis.lrange(PREFIX + "unburied", 0, limit - 1))}

    def unburied_count(self) -> int:
        return self.redis.llen(PREFIX + "unburied")

    def buried(self, text: str) -> None:
        """Forget a letter that the store has now."""
        self.redis.lrem(PREFIX + "unburied", 1, text)

    def heartbeat(self, worker: str) -> None:
        self.redis.eval(script("beat"), 0, worker, _now(), str(HEARTBEAT_TTL_S))

    def workers(self) -> dict[str, datetime]:
        """The workers that are alive, with their last heartbeat."""
        keys = cast(list[str], list(self.redis.scan_iter(f"{PREFIX}worker:*", count=1000)))
        beats = cast(list[str | None], self.redis.mget(keys) if keys else [])
        found = zip(keys, beats, strict=True)
        return {key.split(":", 2)[2]: datetime.fromisoformat(beat) for key, beat in found if beat}

    def _write(
        self, id: str, event: str, fields: dict[str, Any], *, detail: dict[str, Any] | None = None, attempt: bool = False,
        kind: str = "unknown", queue: str = "unknown", counts: Iterable[Any] = (),
    ) -> JobState:  # fmt: skip
        pairs = _flat(fields)
        queue = queue if queue in WAYS else "unknown"
        settings: list[str | int] = [id, self._ttl_s, event, _dumps(detail or {}), int(attempt), MAX_EVENTS, kind, queue]
        return JobState(cast(str, self._change(args=[*settings, len(pairs), *pairs, *counts])))


def _arguments(submission: Submission) -> tuple[str | int, ...]:
    job, terms = submission.job, submission.terms
    due_ms = int(terms.not_before_at.timestamp() * 1000) if terms.not_before_at else ""
    return (
        submission.id, job.kind, job.queue.value, terms.tenant, terms.idempotency_key or "", submission.fingerprint, due_ms,
        _dumps(submission.label), _shown(terms.not_before_at), _shown(terms.deadline_at), submission.message, submission.event,
        _ties(terms),
    )  # fmt: skip


def _ties(terms: Terms) -> str:
    """The batch, the row there, and who is told, if there are any: in one argument, since nearly no job has them."""
    member, webhook = terms.member, terms.webhook
    if member is None and webhook is None:
        return ""
    return f"{member.batch if member else ''}\0{member.row if member else ''}\0{webhook or ''}"


def fingerprint(kind: str, payload: str) -> str:
    """The same for the same job: what an idempotency key or an id was used for."""
    return hashlib.sha256(f"{kind}\n{payload}".encode()).hexdigest()[:32]


def _observed(name: str, kind: str, seconds: float) -> list[Any]:
    """One observation in a histogram: the first bucket that holds it, the sum and the number."""
    bound = next((str(bound) for bound in BUCKETS_S if seconds <= bound), "+Inf")
    return [f"{name}_bucket|{kind}|{bound}", 1, f"{name}_sum|{kind}", round(seconds, 4), f"{name}_count|{kind}", 1]


def _keys(id: str) -> list[str]:
    return [f"{PREFIX}job:{id}", f"{PREFIX}job:{id}:events"]


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _shown(at: datetime | None) -> str:
    return at.isoformat() if at else ""


_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _flat(fields: Mapping[str, Any]) -> list[Any]:
    return [item for pair in fields.items() for item in pair]


def _record(id: str, fields: Mapping[str, str]) -> JobRecord:
    plain = {key: value for key, value in fields.items() if key not in ("result", "fingerprint")}
    nested = {key: json.loads(plain.pop(key)) for key in ("label", "progress", "error") if key in plain}
    return JobRecord.model_validate({"id": id, **plain, **nested})


def _events(streams: Any) -> list[JobEvent]:
    entries = streams.values() if isinstance(streams, Mapping) else (entries for _, entries in streams or ())
    return [_event(*entry) for batch in entries for entry in _flat_batch(batch)]


def _flat_batch(batch: Any) -> Iterator[tuple[str, dict[str, str]]]:
    # RESP3 wraps the entries of a stream in one more list than RESP2.
    yield from batch[0] if batch and isinstance(batch[0], list) else batch


def _event(id: str, fields: Mapping[str, str]) -> JobEvent:
    at = datetime.fromtimestamp(int(id.split("-")[0]) / 1000, UTC)
    return JobEvent(id=id, at=at, event=fields["event"], detail=json.loads(fields.get("detail", "{}")))
