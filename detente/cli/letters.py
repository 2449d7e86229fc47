"""Dead letters by id or by what they have in common, and what it means to submit one again."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from detente.cli.moments import read_moment
from detente.cli.submit import parse_job
from detente.client import Client
from detente.client.ids import replay_id
from detente.contracts import JobRecord, JobState, Terms
from detente.errors import QueryInvalid, QueueClosed, QueueFull, UnknownJob
from detente.storage import Store

#: Letters that are asked for at once.
PAGE = 200


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What letters have in common; times are those at which the jobs died, as people write them."""

    kind: str | None = None
    error: str | None = None
    tenant: str | None = None
    since: str | None = None
    until: str | None = None

    @property
    def is_empty(self) -> bool:
        return not any((self.kind, self.error, self.tenant, self.since, self.until))

    def letters(self, store: Store, *, limit: int | None = None) -> Iterator[JobRecord]:
        """The letters that match, newest first; those found while their predecessors are deleted, too."""
        since, until = read_moment(self.since, way="ago"), read_moment(self.until, way="ago")
        after, found = None, 0
        while limit is None or found < limit:
            page = store.find_jobs(
                kind=self.kind, error=self.error, tenant=self.tenant, since=since, until=until, state=JobState.DEAD,
                limit=min(PAGE, limit - found) if limit else PAGE, after=after,
            )  # fmt: skip
            yield from page.rows
            found, after = found + len(page.rows), page.after
            if after is None:
                return


def chosen(store: Store, ids: list[str], given: Filter, *, everything: bool) -> Iterator[JobRecord]:
    """The letters named, or those that match. Raises QueryInvalid where that would be all of them, and nobody said so."""
    if ids and (everything or not given.is_empty):
        raise QueryInvalid("name ids, or give a filter: not both")
    if not ids and given.is_empty and not everything:
        raise QueryInvalid("name ids, give a filter such as --kind or --error, or say --all")
    return _named(store, ids) if ids else given.letters(store)


def replay(client: Client, store: Store, id: str, *, payload: str | None = None) -> tuple[str, bool]:
    """Submit a letter's job again, for its tenant. Returns the id of the new job, and whether it was submitted just now.

    The id follows from the letter and what it asks for, so a replay that is repeated finds the job of the first, in Redis
    or in the store. Waits while the queue is full. Raises JobRejected where the letter holds no job, and QueueClosed.
    """
    kept = store.kept_job(id)
    job = parse_job(kept.record.kind, payload if payload is not None else json.dumps(kept.payload))
    again = replay_id(id, job)
    if _is_known(client, store, again):
        return again, False
    while True:
        try:
            return client.submit(job, id=again, terms=Terms(tenant=kept.record.tenant)).id, True
        except QueueClosed:
            raise
        except QueueFull as full:
            time.sleep(full.retry_after_s)


def _named(store: Store, ids: list[str]) -> Iterator[JobRecord]:
    for id in ids:
        record = store.job(id)
        if record.state is not JobState.DEAD:
            raise UnknownJob(f"job {id} is no dead letter: it is {record.state}")
        yield record


def _is_known(client: Client, store: Store, id: str) -> bool:
    asks: list[Any] = [client.status, store.job]
    for ask in asks:
        try:
            ask(id)
        except UnknownJob:
            continue
        return True
    return False
