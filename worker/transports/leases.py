"""Who has which messages, and what becomes of them when a worker is gone.

The keys, under the prefix `detente:` (those of the lines are in `detente.scripts`):

| key                  | type   | holds                                                         | expires                    |
| -------------------- | ------ | ------------------------------------------------------------- | -------------------------- |
| `leases`             | set    | every lease that may have messages                            | lasting; reaped ones leave |
| `lease:{lease}`      | string | the lease is held                                             | `LEASE_S`                  |
| `unacked:{lease}`    | hash   | delivery tag → tenant, NUL, entry: taken and not acknowledged | lasting; reaped with its lease |
| `losses:{job}`       | set    | the leases of the workers that died while they ran the job    | a day                      |
| `deliveries`         | string | a counter, from which delivery tags (queue, colon, number) are made | lasting              |
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any, cast

from detente.ledgers import MAX_EVENTS
from detente.scripts import PREFIX, script
from worker.transports.envelopes import job_id

#: Two seconds pass between renewals, so seven are missed before a lease ends: a machine under heavy load keeps its jobs,
#: and those of a dead one run elsewhere within 20 seconds.
LEASE_S = 15
#: A job during which this many whole workers died is not given to another: it is the likely cause.
MAX_LOSSES = 3
LOSSES_TTL_S = 24 * 3600
#: What became of a dead worker's message.
GIVEN_BACK, TO_BURY = 1, 2


class WorkersLost(RuntimeError):
    """The job's worker died each time that it ran."""


class Leases:
    """Renews one worker's lease, and gives back the messages of those whose lease has ended.

    `retired` are leases that this worker itself held before it lost its connection.
    """

    def __init__(
        self, redis: Any, lease: str, on_dead: Callable[[str, bytes, Exception], None], *, retired: list[str] | None = None
    ) -> None:
        # Not Kombu's client with its prefix: these keys are written out.
        self._redis, self.lease, self._on_dead = redis, lease, on_dead
        self._retired = [] if retired is None else retired
        self._began = monotonic()

    def renew(self) -> None:
        self._run("renew", self.lease, LEASE_S)
        while self._retired:
            # What this worker had before it lost its connection: it has stopped those jobs, and nobody died of them.
            for tag in self._redis.hkeys(unacked_key(self._retired[-1])):
                self._run("give_back", self._retired[-1], tag)
            # Its name stays where it took something at the last moment: then it is reaped as any other.
            self._redis.delete(f"{PREFIX}lease:{self._retired[-1]}")
            self._run("forget", self._retired.pop())

    def reap(self) -> int:
        """Give back what dead workers had. Returns the number of messages. Several reapers at once do no harm."""
        if monotonic() - self._began < LEASE_S:
            # After an outage of Redis all leases have ended, and those who live are about to renew theirs.
            return 0
        dead = [lease for lease in self._names() if not self._redis.exists(f"{PREFIX}lease:{lease}")]
        returned = sum(self._reap(lease) for lease in dead)
        self._run("unpark")
        return returned

    def give_back(self, tag: str) -> bool:
        """Put a message back at the front of its line."""
        return bool(self._run("give_back", self.lease, tag))

    def delay(self, tag: str, id: str, due_ms: int, entry: str) -> bool:
        """Let a message wait in Redis, as `entry`, until its time."""
        return bool(self._run("delay", self.lease, tag, id, due_ms, entry))

    def acquire(self, tag: str, key: str, limit: int) -> bool:
        """Take one of a key's slots for a message. False where there is none: the message waits for it in Redis."""
        return bool(self._run("acquire", self.lease, tag, key, limit))

    def release(self, tag: str, key: str) -> None:
        self._run("release", self.lease, tag, key)

    def _run(self, name: str, *arguments: Any) -> Any:
        return self._redis.eval(script(name), 0, *arguments)

    def _names(self) -> list[str]:
        return [lease.decode() for lease in cast(set[bytes], self._redis.smembers(PREFIX + "leases"))]

    def _reap(self, lease: str) -> int:
        held, returned = unacked_key(lease), 0
        for tag, content in self._redis.hgetall(held).items():
            entry = content.partition(b"\0")[2]
            fate = self._run("recover", lease, tag, job_id(entry) or "", MAX_LOSSES, LOSSES_TTL_S, MAX_EVENTS)
            if fate == TO_BURY:
                # Buried first: whoever dies in between leaves it to the next reaper, and a second burial changes nothing.
                error = WorkersLost(f"{MAX_LOSSES} workers died while they ran it")
                self._on_dead(tag.decode().partition(":")[0], entry, error)
                self._redis.hdel(held, tag)
            returned += fate == GIVEN_BACK
        # Not where its worker woke up meanwhile and has taken another.
        if self._run("forget", lease):
            self._redis.hincrby(PREFIX + "metrics", "workers_lost", 1)
        return returned


def unacked_key(lease: str) -> str:
    return f"{PREFIX}unacked:{lease}"
