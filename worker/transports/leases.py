"""Who has which messages, and what becomes of them when a worker is gone.

The keys, under the prefix `detente:`:

| key                  | type   | holds                                                       | expires               |
| -------------------- | ------ | ----------------------------------------------------------- | --------------------- |
| `leases`             | set    | every lease that may have messages                          | lasting; reaped ones leave |
| `lease:{lease}`      | string | the lease is held                                           | `LEASE_S`             |
| `unacked:{lease}`    | hash   | delivery tag → queue, NUL, entry: taken and not acknowledged | lasting; reaped with its lease |
| `losses:{job}`       | set    | the leases of the workers that died while they had the job  | a day                 |
| `deliveries`         | string | a counter, from which delivery tags are made                | lasting               |
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from detente.ledgers import PREFIX
from worker.transports.envelopes import job_id

#: Two seconds pass between renewals, so seven are missed before a lease ends: a machine under heavy load keeps its jobs,
#: and those of a dead one run elsewhere within 20 seconds.
LEASE_S = 15
#: A job during which this many whole workers died is not given to another: it is the likely cause.
MAX_LOSSES = 3
LOSSES_TTL_S = 24 * 3600

# Takes the first message of the first queue that has one, and notes who has it.
TAKE = """
for i = 3, #KEYS do
  local entry = redis.call('RPOP', KEYS[i])
  if entry then
    local tag = redis.call('INCR', KEYS[2])
    redis.call('HSET', KEYS[1], tag, ARGV[i - 2] .. '\\0' .. entry)
    return {ARGV[i - 2], tostring(tag), entry}
  end
end
return false
"""
# Puts a message back at the head of its queue, unless somebody acknowledged or returned it before.
GIVE_BACK = """
local held = redis.call('HGET', KEYS[1], ARGV[1])
if not held then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
local cut = string.find(held, '\\0', 1, true)
redis.call('RPUSH', ARGV[2] .. string.sub(held, 1, cut - 1), string.sub(held, cut + 1))
redis.call('LPUSH', ARGV[2] .. 'wake', '1')
return 1
"""


class WorkersLost(RuntimeError):
    """The job's worker died each time that it ran."""


class Leases:
    """Renews one worker's lease, and gives back the messages of those whose lease has ended."""

    def __init__(self, redis: Any, lease: str, on_dead: Callable[[str, bytes, Exception], None]) -> None:
        # Not Kombu's client with its prefix: these keys are written out.
        self._redis, self._lease, self._on_dead = redis, lease, on_dead

    def renew(self) -> None:
        pipe = self._redis.pipeline()
        pipe.sadd(PREFIX + "leases", self._lease)
        pipe.set(f"{PREFIX}lease:{self._lease}", 1, ex=LEASE_S)
        pipe.ltrim(PREFIX + "wake", 0, 99)
        pipe.execute()

    def reap(self) -> int:
        """Give back what dead workers had. Returns the number of messages. Several reapers at once do no harm."""
        dead = [lease for lease in self._names() if not self._redis.exists(f"{PREFIX}lease:{lease}")]
        return sum(self._reap(lease) for lease in dead)

    def give_back(self, tag: str) -> bool:
        return self._give_back(unacked_key(self._lease), tag)

    def _names(self) -> list[str]:
        return [lease.decode() for lease in cast(set[bytes], self._redis.smembers(PREFIX + "leases"))]

    def _reap(self, lease: str) -> int:
        held, returned = unacked_key(lease), 0
        for tag, content in self._redis.hgetall(held).items():
            queue, _, entry = content.partition(b"\0")
            if self._lost_too_often(entry, lease):
                # Only the reaper that takes the message away tells of it.
                if self._redis.hdel(held, tag):
                    self._on_dead(queue.decode(), entry, WorkersLost(f"{MAX_LOSSES} workers died while they ran it"))
            else:
                returned += self._give_back(held, tag.decode())
        self._redis.srem(PREFIX + "leases", lease)
        return returned

    def _lost_too_often(self, entry: bytes, lease: str) -> bool:
        """Note the loss under the lease, so that several reapers of one death count it once."""
        id = job_id(entry)
        if id is None:
            return False
        losses = f"{PREFIX}losses:{id}"
        self._redis.sadd(losses, lease)
        self._redis.expire(losses, LOSSES_TTL_S)
        return bool(self._redis.scard(losses) >= MAX_LOSSES)

    def _give_back(self, held: str, tag: str) -> bool:
        return bool(self._redis.eval(GIVE_BACK, 1, held, tag, PREFIX))


def unacked_key(lease: str) -> str:
    return f"{PREFIX}unacked:{lease}"
