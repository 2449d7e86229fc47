"""The intake for programs that are not detente's: they append plain JSON to a stream, and the bridge submits it.

The key in Redis, under the prefix `detente:`:

| key      | type   | holds                                               | expires                                          |
| -------- | ------ | --------------------------------------------------- | ------------------------------------------------ |
| `intake` | stream | entries that nobody has taken in yet, in one group  | lasting; an entry is deleted when it is taken in |

An entry has the fields `kind` and `body` (the same JSON as that of `POST /v1/jobs/{kind}`), and where wanted those of `GIVEN`. It
is submitted once, under an id that follows from its own, or becomes a dead letter with the reason; only then it is
acknowledged. Several bridges may run. What a dead one had is taken over by another.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, cast
from uuid import UUID

from pydantic import ValidationError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from detente.client import new_id
from detente.client.connections import connect
from detente.contracts import JOBS, Job, JobError, Terms, reasons
from detente.errors import BrokerUnreachable, IdempotencyConflict, JobRejected, QueueFull, SubmissionRefused
from detente.scripts import PREFIX
from tasks.base import job_error
from tasks.logs import fact
from worker.benches import Bench
from worker.verdicts import KEPT_CHARS, Verdicts

STREAM = PREFIX + "intake"
GROUP = "bridges"
#: Entries that are taken at a time: each may be as long as a body over HTTP, and all of them are in memory.
TAKEN = 50
MAX_BODY_BYTES = 16 * 2**20
#: How long a bridge waits for entries, in milliseconds; it also bounds how long it takes to stop.
BLOCK_MS = 1000
#: An entry that was taken so long ago and not acknowledged, in milliseconds, is taken over: its bridge is dead, or waits for
#: room in a full queue, and then a second submission of the same entry changes nothing.
ABANDONED_MS = 15_000
#: Bridges look for such entries this often, in seconds, so that those of a dead one are taken in within 25 seconds.
LOOK_S = 5.0
#: The longest wait for room until it is tried again, in seconds.
LONGEST_PAUSE_S = 5.0

#: What an entry may say besides: all terms but the place in a batch, which the API makes.
GIVEN = tuple(name for name in Terms.model_fields if name != "member")

Entry = tuple[bytes, Mapping[bytes, bytes]]


@dataclass(frozen=True)
class Intake:
    """An entry that asks for a job."""

    entry: Entry
    job: Job[Any]
    terms: Terms
    id: str


class Bridge:
    """Takes entries in until it is told to stop."""

    def __init__(self, bench: Bench, *, name: str | None = None) -> None:
        self._bench, self._verdicts = bench, Verdicts(bench)
        self._name = name or f"{socket.gethostname()}-{os.getpid()}-{new_id()[-6:]}"
        # Bytes: what foreign programs write need not be text.
        self._redis = connect(bench.settings.broker, retries=1, answer_s=BLOCK_MS / 1000 + 5, as_text=False)
        self._looked_at = -LOOK_S
        self._stop = threading.Event()

    def stop(self, *_: Any) -> None:
        """End after the entries in hand."""
        self._stop.set()

    def run(self) -> None:
        """Take entries in until `stop`. An outage of Redis is waited out."""
        fact("bridge_started", bridge=self._name)
        while not self._stop.is_set():
            try:
                self.take_in(self._taken())
            except ResponseError as error:
                if not str(error).startswith("NOGROUP"):
                    raise
                self._make_group()
            except (RedisConnectionError, RedisTimeoutError, BrokerUnreachable) as error:
                fact("bridge_waits_for_redis", error=type(error).__name__)
                self._stop.wait(1.0)
        self._leave()

    def take_in(self, entries: Iterable[Entry]) -> None:
        """Submit entries, or bury them, and acknowledge them."""
        asked = []
        for entry in entries:
            try:
                asked.append(_intake(entry))
            except JobRejected as error:
                self._bury(entry, job_error(error))
        if not asked:
            return
        try:
            self._submit(asked)
        except SubmissionRefused:
            # One of them is in the way of the others: each for itself.
            for intake in asked:
                self._submit_patiently(intake)
                if self._stop.is_set():
                    return

    def _submit(self, asked: list[Intake]) -> None:
        ids, terms = [intake.id for intake in asked], [intake.terms for intake in asked]
        self._bench.client.submit_many([intake.job for intake in asked], ids=ids, terms=terms)
        for intake in asked:
            fact("taken_in", job_id=intake.id, kind=intake.job.kind)
        self._acknowledge([intake.entry for intake in asked])

    def _submit_patiently(self, intake: Intake) -> None:
        """Submit one entry, however long its queue is full: what is behind it waits in the stream meanwhile."""
        while not self._stop.is_set():
            try:
                self._submit([intake])
                return
            except QueueFull as full:
                fact("bridge_waits_for_room", queue=intake.job.queue, retry_after_s=full.retry_after_s)
                self._stop.wait(min(full.retry_after_s, LONGEST_PAUSE_S))
            except IdempotencyConflict as conflict:
                self._bury(intake.entry, job_error(conflict))
                return

    def _bury(self, entry: Entry, error: JobError) -> None:
        kind, body = _text(entry[1].get(b"kind", b"unknown"))[:200], entry[1].get(b"body", b"")
        payload = _payload(body) or {"raw": {_text(name)[:200]: _text(value) for name, value in entry[1].items()}}
        # Not under the entry's own id, which in a conflict is that of a job that is well.
        self._verdicts.bury(_id_of(entry, "dead"), kind if kind in JOBS else "unknown", "intake", error, payload=payload)
        self._acknowledge([entry])

    def _acknowledge(self, entries: list[Entry]) -> None:
        """What has been taken in leaves the stream, so that only what waits is in it."""
        pipe = self._redis.pipeline(transaction=True)
        ids = [id for id, _ in entries]
        pipe.xack(STREAM, GROUP, *ids)
        pipe.xdel(STREAM, *ids)
        pipe.execute()

    def _taken(self) -> list[Entry]:
        """Entries that were abandoned, or new ones, for which it waits a second."""
        if monotonic() - self._looked_at >= LOOK_S:
            self._looked_at = monotonic()
            claimed = cast(Any, self._redis.xautoclaim(STREAM, GROUP, self._name, ABANDONED_MS, count=TAKEN))
            if claimed[1]:
                # There may be more.
                self._looked_at = -LOOK_S
                return [entry for entry in claimed[1] if entry[1]]
        found = cast(Any, self._redis.xreadgroup(GROUP, self._name, {STREAM: ">"}, count=TAKEN, block=BLOCK_MS))
        return _entries(found)

    def _make_group(self) -> None:
        try:
            self._redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    def _leave(self) -> None:
        """Sign off, unless entries in hand are left for others to take over."""
        try:
            pending = cast(Any, self._redis.xpending_range(STREAM, GROUP, "-", "+", 1, consumername=self._name))
            if not pending:
                self._redis.xgroup_delconsumer(STREAM, GROUP, self._name)
        except (RedisConnectionError, RedisTimeoutError, ResponseError):
            return


def run_bridge(bench: Bench) -> None:
    """Run a bridge until a signal."""
    bridge = Bridge(bench)
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, bridge.stop)
    bridge.run()


def is_bridge_up(broker: str, *, silence_s: float = 30.0) -> bool:
    """Whether some bridge has asked for entries within this time."""
    with connect(broker, retries=0, answer_s=2) as redis:
        try:
            consumers = cast(list[dict[str, Any]], redis.xinfo_consumers(STREAM, GROUP))
        except (RedisConnectionError, RedisTimeoutError, ResponseError):
            return False
    return any(consumer["idle"] < silence_s * 1000 for consumer in consumers)


def _intake(entry: Entry) -> Intake:
    """The job that an entry asks for. Raises JobRejected with the reason, and never with the values."""
    try:
        fields = {name.decode(): value for name, value in entry[1].items()}
        kind, body = fields.pop("kind").decode(), fields.pop("body")
        given = {name: value.decode() for name, value in fields.items()}
    except KeyError as missing:
        raise JobRejected(f"the entry has no field {missing}") from None
    except UnicodeDecodeError:
        raise JobRejected("a field of the entry is not UTF-8") from None
    if kind not in JOBS:
        raise JobRejected(f"there is no kind {kind[:200]!r}; there are {', '.join(sorted(JOBS))}")
    if strange := sorted(given.keys() - set(GIVEN)):
        raise JobRejected(f"an entry has no field {strange[0][:200]!r}; it has kind, body, {', '.join(GIVEN)}")
    if len(body) > MAX_BODY_BYTES:
        raise JobRejected(f"the body is larger than {MAX_BODY_BYTES:,} bytes")
    try:
        job, terms = JOBS[kind].model_validate_json(body, strict=True), Terms.model_validate(given)
    except ValidationError as error:
        raise JobRejected(f"not a valid {kind}: {reasons(error)}") from None
    return Intake(entry, job, terms, _id_of(entry, "job"))


def _id_of(entry: Entry, purpose: str) -> str:
    """A UUID of version 7 with the entry's time, the same however often the entry is taken in."""
    random = int.from_bytes(hashlib.sha256(purpose.encode() + entry[0]).digest()[:10])
    value = (int(entry[0].partition(b"-")[0]) % (1 << 48)) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    return str(UUID(int=value & ~(0x3 << 62) | 0x2 << 62))


def _payload(body: bytes) -> Any:
    """The body where it is an object, so that the dead letter can be replayed; it is no longer than any job."""
    try:
        found = json.loads(body) if len(body) <= MAX_BODY_BYTES else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _text(value: bytes) -> str:
    return value[:KEPT_CHARS].decode("utf-8", "backslashreplace")


def _entries(found: Any) -> list[Entry]:
    """Entries as redis-py gives them, which depends on the protocol's version."""
    if not found:
        return []
    batches = found.values() if isinstance(found, Mapping) else [batch for _, batch in found]
    flat = [entry for batch in batches for entry in (batch[0] if batch and isinstance(batch[0], list) else batch)]
    return [(id, fields) for id, fields in flat if fields]
