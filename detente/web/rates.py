"""How often a key may call: a fixed window in Redis, told in the RateLimit fields.

The key in Redis, under the prefix `detente:`:

| key         | type   | holds                               | expires         |
| ----------- | ------ | ----------------------------------- | --------------- |
| `rate:{id}` | string | the requests of a key in the window | with the window |

The fields are of draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy` says what is allowed, `RateLimit` what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from redis import Redis

from detente.scripts import PREFIX

#: Short enough that a caller who went too far waits no longer than this, long enough that a burst of work fits in.
WINDOW_S = 60

# Counting and setting the window's end are one step: a count without an end would lock its key out for ever.
_COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}
"""


@dataclass(frozen=True)
class Allowance:
    """What a key may do, and what of it is left. `left` is below zero for a request that is one too many."""

    quota: int
    left: int
    reset_s: int

    def fields(self) -> dict[str, str]:
        """The allowance as response headers."""
        return {
            "RateLimit-Policy": f'"requests";q={self.quota};w={WINDOW_S}',
            "RateLimit": f'"requests";r={max(0, self.left)};t={self.reset_s}',
        }


class Rates:
    """Counts requests, by key."""

    def __init__(self, redis: Redis, *, quota: int) -> None:
        self._quota = quota
        self._count = redis.register_script(_COUNT)

    def count(self, key_id: str) -> Allowance:
        """Count one more request of a key."""
        count, left_ms = cast(list[int], self._count(keys=[f"{PREFIX}rate:{key_id}"], args=[WINDOW_S * 1000]))
        return Allowance(self._quota, self._quota - count, max(1, -(-left_ms // 1000)))
