"""What becomes of the messages of dead workers, on a real server, without any worker."""

from __future__ import annotations

from pathlib import Path

from redis import Redis

from detente.client import new_id
from detente.client.messages import job_message
from detente.contracts import Beat
from detente.embedded import EmbeddedServer
from worker.transports.leases import MAX_LOSSES, Leases, unacked_key


def test_a_death_that_many_reapers_see_is_counted_once_and_the_last_one_buries_the_job(tmp_path: Path) -> None:
    dead: list[tuple[str, bytes, Exception]] = []
    entry = job_message(Beat(), id=new_id()).encode()
    with EmbeddedServer(tmp_path) as server, Redis.from_url(server.url) as redis:
        reapers = [Leases(redis, f"alive{n}", lambda *letter: dead.append(letter)) for n in range(4)]
        for death in range(1, MAX_LOSSES + 1):
            redis.sadd("detente:leases", f"gone{death}")
            redis.hset(unacked_key(f"gone{death}"), "1", b"upkeep\0" + entry)
            for reaper in reapers:
                reaper._lost_too_often(entry, f"gone{death}")  # as if all of them saw the message before one took it
            assert sum(reaper.reap() for reaper in reapers) == (1 if death < MAX_LOSSES else 0)
            assert len(dead) == (0 if death < MAX_LOSSES else 1)
            assert redis.lrange("detente:upkeep", 0, -1) == ([entry] if death < MAX_LOSSES else [])
            redis.delete("detente:upkeep")
