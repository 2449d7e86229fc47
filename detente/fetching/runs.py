"""How far a run over sitemaps has come, for all workers together.

| Redis key | holds | for |
| --- | --- | --- |
| `detente:sitemaps:RUN` | the jobs that read the sitemaps of a run | a week |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.scripts import PREFIX

if TYPE_CHECKING:
    from redis import Redis

#: Sitemaps that are read in one run: 50 million pages, more than any publisher has. An index may name its own like without end.
MAX_SITEMAPS = 1_000
#: As long as the records of its jobs, by whose ids no sitemap is read twice.
KEPT_S = 7 * 24 * 3600


def has_room(run: str, id: str, *, redis: Redis, most: int = MAX_SITEMAPS) -> bool:
    """Whether a run may go on with the sitemap that the job `id` reads: one that it has already, or one of those that it may."""
    key = f"{PREFIX}sitemaps:{run}"
    if not redis.sismember(key, id) and redis.scard(key) >= most:
        return False
    redis.sadd(key, id)
    redis.expire(key, KEPT_S)
    return True
