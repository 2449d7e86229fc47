"""The two systems that faults happen to: how jobs are submitted to each, and where its effects are counted."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import psycopg
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from benchmarks.chaos.loads import Planned
from benchmarks.chaos.notes import NOTES
from detente.client import Client, new_id
from detente.contracts import Job, ReadArticle, Terms
from detente.errors import BrokerUnreachable, QueueFull
from detente.storage import open_store

#: A submitter whose Redis is away tries again after so many seconds.
AGAIN_S = 0.25
_NAME = re.compile(r"(?:note|read)-\d{5}")


@dataclass(frozen=True)
class Effect:
    """What a job has left in PostgreSQL: how often, and when first (seconds since the epoch)."""

    name: str
    rows: int
    first_at: float


class System(Protocol):
    """A system under test."""

    title: str
    app: str
    options: tuple[str, ...]

    def env(self) -> Mapping[str, str]: ...
    def submit(self, job: Planned) -> None: ...
    def held(self) -> frozenset[str]: ...
    def effects(self) -> list[Effect]: ...
    def dead(self) -> dict[str, str]: ...
    def close(self) -> None: ...


class Detente:
    """detente, with settings as they ship, but for a shorter drain."""

    title, app = "detente", "benchmarks.chaos.app"
    #: As `python -m worker worker`, `detente up` and Docker Compose start it.
    options = ("--without-gossip", "--without-mingle")
    _table = "CREATE TABLE chaos_effects (job_id text PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT clock_timestamp())"
    _count = """
        SELECT name, count(*), extract(epoch FROM min(at)) FROM chaos_effects GROUP BY name
        UNION ALL SELECT article_id, count(*), extract(epoch FROM min(kept_at)) FROM readings GROUP BY article_id"""
    #: Readings whose rows of findings are not as many as their document has: written in part, or twice.
    _torn = """
        SELECT article_id FROM readings WHERE
        jsonb_array_length(document->'statements') <> (SELECT count(*) FROM statements WHERE reading_id = readings.id) OR
        jsonb_array_length(document->'events') <> (SELECT count(*) FROM events WHERE reading_id = readings.id)"""

    def __init__(self, broker: str, store: str, folder: Path) -> None:
        self._broker, self._store, self._folder = broker, store, folder
        open_store(store).close()
        _execute(store, self._table)
        self._client = Client(broker)
        self._sight = Redis.from_url(broker, socket_timeout=1)
        self._ids: dict[str, str] = {}

    def env(self) -> Mapping[str, str]:
        own = {"DETENTE_BROKER": self._broker, "DETENTE_STORE": self._store, "DETENTE_DATA": str(self._folder)}
        return {**own, "DETENTE_DRAIN_S": "5", NOTES: str(self._folder / "notes")}

    def submit(self, job: Planned) -> None:
        """Until it is accepted, as the docs tell submitters: half of them with an id of their own, half with a key."""
        due = datetime.now(UTC) + timedelta(seconds=job.delay_s) if job.delay_s else None
        by_key = job.name[-1] in "02468"
        terms = Terms(tenant=job.tenant, idempotency_key=job.name if by_key else None, not_before_at=due)
        id = None if by_key else new_id()
        while True:
            try:
                self._client.submit(_detente_job(job), id=id, terms=terms)
                return
            except BrokerUnreachable:
                time.sleep(AGAIN_S)
            except QueueFull as full:
                time.sleep(full.retry_after_s)

    def held(self) -> frozenset[str]:
        """The jobs that workers have taken and not acknowledged."""
        try:
            keys = list(self._sight.scan_iter("detente:unacked:*", count=1000))
            entries = [entry for key in keys for entry in self._sight.hvals(key)]  # type: ignore[union-attr]
        except RedisError:
            return frozenset()
        return _names(json.loads(entry.partition(b"\0")[2]) for entry in entries)

    def effects(self) -> list[Effect]:
        torn = {name for (name,) in _query(self._store, self._torn)}
        found = [Effect(name, rows, float(at)) for name, rows, at in _query(self._store, self._count)]
        return [Effect(each.name, each.rows + (each.name in torn), each.first_at) for each in found]

    def dead(self) -> dict[str, str]:
        """Dead letters, by name, with their reason."""
        kept = _query(self._store, "SELECT payload, error_kind, error_message FROM jobs WHERE state = 'dead'")
        return {_name(payload): f"{kind}: {message}" for payload, kind, message in kept}

    def close(self) -> None:
        self._client.close()
        self._sight.close()


class Stock:
    """Plain Celery, with default settings."""

    title, app, options = "plain Celery", "benchmarks.chaos.stock", ()
    _table = "CREATE TABLE chaos_effects (name text NOT NULL, document jsonb, at timestamptz DEFAULT clock_timestamp())"
    _count = "SELECT name, count(*), extract(epoch FROM min(at)) FROM chaos_effects GROUP BY name"

    def __init__(self, broker: str, store: str, folder: Path) -> None:
        from benchmarks.chaos.stock import app
        from detente.urls import celery_url

        self._store, self._folder = store, folder
        self._broker = celery_url(broker)
        app.conf.broker_url = self._broker
        self._tasks = app.tasks
        self._sight = Redis.from_url(broker, socket_timeout=1)
        _execute(store, self._table)

    def env(self) -> Mapping[str, str]:
        return {"CHAOS_BROKER": self._broker, "CHAOS_STORE": self._store, NOTES: str(self._folder / "notes")}

    def submit(self, job: Planned) -> None:
        """Until it is accepted, with the same id each time."""
        task = self._tasks[f"{self.app}.{'read' if job.text is not None else 'keep_short'}"]
        arguments, id = [job.name, job.text if job.text is not None else job.takes_s], new_id()
        while True:
            try:
                task.apply_async(arguments, task_id=id, countdown=job.delay_s or None)
                return
            except (OperationalError, RedisConnectionError):
                time.sleep(AGAIN_S)

    def held(self) -> frozenset[str]:
        try:
            entries = self._sight.hvals("unacked")
        except RedisError:
            return frozenset()
        return _names(json.loads(entry)[0] for entry in entries)  # type: ignore[union-attr]

    def effects(self) -> list[Effect]:
        return [Effect(name, rows, float(at)) for name, rows, at in _query(self._store, self._count)]

    def dead(self) -> dict[str, str]:
        """It has no dead letters: what failed is a line in a log."""
        return {}

    def close(self) -> None:
        self._sight.close()


def _detente_job(job: Planned) -> Job[Any]:
    # Not at the top: the application reads its settings from the environment when it is loaded.
    from benchmarks.chaos.app import ShortJob

    return ReadArticle(id=job.name, text=job.text) if job.text is not None else ShortJob(name=job.name, takes_s=job.takes_s)


def _names(messages: Any) -> frozenset[str]:
    """The names of the jobs in messages, which are in their bodies."""
    bodies = (base64.b64decode(message["body"]).decode() for message in messages)
    return frozenset(found[0] for body in bodies if (found := _NAME.search(body)))


def _name(payload: Any) -> str:
    text = json.dumps(payload)
    if found := _NAME.search(text):
        return found[0]
    # A letter that nobody could hand on holds the message as it was.
    bodies = re.findall(r"[A-Za-z0-9+/=]{60,}", text)
    return next((found[0] for body in bodies if (found := _NAME.search(_decoded(body)))), text[:80])


def _decoded(body: str) -> str:
    return base64.b64decode(body[: len(body) // 4 * 4]).decode("utf-8", "replace")


def _query(store: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(store) as connection:
        return connection.execute(query).fetchall()


def _execute(store: str, statement: str) -> None:
    with psycopg.connect(store, autocommit=True) as connection:
        connection.execute(statement)
