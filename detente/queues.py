"""Queues as operators see them: how much waits, who has it, and whether they are open.

`pause` stops workers from taking (what runs, runs on); `close` refuses submissions (what waits, is worked off); a queue is
drained when it is closed and nothing of it waits or runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from redis import Redis

from detente.contracts import Queue, QueueStatus
from detente.scripts import PREFIX, script

#: The share of a full queue that is worked off before it is worth trying again.
ROOM = 0.1
#: Bounds of the time that a refused submitter is told to wait, in seconds.
LEAST_WAIT_S, LONGEST_WAIT_S = 1.0, 300.0


class Queues:
    """Reads and changes the state of queues. Errors of the connection are redis-py's own."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._status = redis.register_script(script("status"))

    def status(self, queues: Iterable[str] = tuple(Queue)) -> list[QueueStatus]:
        """How the queues stand, in the order asked for."""
        names = list(queues)
        in_flight = self._in_flight()
        return [_status(row, in_flight) for row in cast(list[Any], self._status(args=names))]

    def pause(self, queue: str) -> None:
        """Let workers take nothing more from it."""
        self._redis.sadd(PREFIX + "paused", queue)

    def close(self, queue: str) -> None:
        """Refuse submissions to it."""
        self._redis.sadd(PREFIX + "closed", queue)

    def resume(self, queue: str) -> None:
        """Undo `pause` and `close`."""
        pipe = self._redis.pipeline()
        for state in ("paused", "closed"):
            pipe.srem(PREFIX + state, queue)
        pipe.lpush(PREFIX + "wake", "1")
        pipe.execute()

    def limit(self, depths: Mapping[str, int], *, waiting_bytes: int) -> None:
        """Say how many jobs may wait in each queue, and how many bytes in all together."""
        pipe = self._redis.pipeline()
        for name, limit in {**depths, "bytes": waiting_bytes}.items():
            pipe.hset(PREFIX + "limits", name, str(limit))
        pipe.execute()

    def waiting_bytes(self) -> tuple[int, int | None]:
        """How many bytes wait in all queues together, and how many may."""
        sizes = cast(list[Any], self._redis.hvals(PREFIX + "bytes"))
        limit = cast(Any, self._redis.hget(PREFIX + "limits", "bytes"))
        return sum(map(int, sizes)), int(limit) if limit else None

    def wait_s(self, queue: str) -> float:
        """Seconds until a tenth of a full queue is worked off, if it goes on as it did.

        By Little's law the first in line has waited for as long as the whole line takes.
        """
        oldest = self.status([queue])[0].oldest_age_s or 0.0
        return min(max(ROOM * oldest, LEAST_WAIT_S), LONGEST_WAIT_S)

    def _in_flight(self) -> Counter[str]:
        leases = cast(Iterable[Any], self._redis.smembers(PREFIX + "leases"))
        pipe = self._redis.pipeline(transaction=False)
        for lease in leases:
            pipe.hkeys(f"{PREFIX}unacked:{_text(lease)}")
        return Counter(_text(tag).partition(":")[0] for tags in pipe.execute() for tag in tags)


def _status(row: list[Any], in_flight: Counter[str]) -> QueueStatus:
    name, depth, limit, delayed, held, paused, closed, lines = row
    name = _text(name)
    since = [datetime.fromisoformat(_text(at)) for _, _, at in lines if at]
    return QueueStatus(
        name=name, depth=depth, max_depth=int(limit) if limit else None, delayed=delayed, is_paused=paused, is_closed=closed,
        oldest_age_s=max(0.0, (datetime.now(UTC) - min(since)).total_seconds()) if since else None,
        in_flight=in_flight[name], held=int(held), tenants={_text(tenant): size for tenant, size, _ in lines if size},
    )  # fmt: skip


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
