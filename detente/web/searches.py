"""Finding jobs: first among those that Redis remembers, then among those that the store keeps for longer."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, cast

from pydantic import Field, StringConstraints

from detente.contracts import JOBS, JobRecord, JobState, Tenant
from detente.errors import QueryInvalid, UnknownJob
from detente.keys import Scope
from detente.scripts import PREFIX
from detente.web.backends import Backends
from detente.web.parameters import Asked
from detente.web.views import scope_of

#: Records looked at for one page. A search that finds little comes back with a short page and goes on from there, so that no
#: request takes longer than some 0.2 s.
MAX_SCANNED = 2000
#: Records fetched at once.
CHUNK = 200

Kind = StrEnum("Kind", {kind: kind for kind in sorted(JOBS)})  # type: ignore[misc]  # the kinds that there are
#: Those that need no more than the scope `submit`.
SubmitKind = StrEnum("SubmitKind", {kind: kind for kind in sorted(JOBS) if scope_of(kind) is Scope.SUBMIT})  # type: ignore[misc]


class Search(Asked):
    """Which jobs."""

    kind: Kind | None = None
    state: JobState | None = None
    tenant: Tenant | None = Field(default=None, description="another tenant's than the key's own need the scope `operate`")
    q: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        default=None, description="words of the job's id, short facts or error, in any case"
    )


class Place:
    """Where a page ends: in Redis at a time and id, or in the store at its own cursor."""

    def __init__(self, text: str | None) -> None:
        self.score, self.id, self.store = "+inf", "", cast(str | None, None)
        try:
            where = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4))) if text else {}
            if "store" in where:
                self.score, self.store = "", str(where["store"] or "") or None
            elif where:
                self.score, self.id = str(int(where["at"])), str(where["id"])
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
            raise QueryInvalid("`after` takes what the page before gave as its `next`") from None

    @property
    def is_in_redis(self) -> bool:
        return bool(self.score)


def search(here: Backends, asked: Search, *, tenant: str | None) -> tuple[list[JobRecord], str | None]:
    """A page of jobs, and where the next one begins."""
    place, found = Place(asked.after), cast(list[JobRecord], [])
    if place.is_in_redis:
        after = None
        for scanned, (score, id, record) in enumerate(_remembered(here, place)):
            if scanned == MAX_SCANNED or len(found) == asked.limit:
                return found, after
            after = _cursor(at=score, id=id)
            if record is not None and _fits(record, asked, tenant):
                found.append(record)
        return found, _cursor(store=None)
    return _kept(here, asked, place, tenant)


def _remembered(here: Backends, place: Place) -> Iterator[tuple[int, str, JobRecord | None]]:
    """Jobs in Redis from a place on, the newest first. Ties of a millisecond are in the order of their ids."""
    start, passed = place.score, bool(place.id)
    offset = 0
    while entries := _entries(here, start, offset):
        offset += len(entries)
        records = _records(here, [id for id, _ in entries])
        for id, score in entries:
            if passed and int(score) == int(place.score) and id >= place.id:
                continue
            yield int(score), id, records.get(id)


def _entries(here: Backends, start: str, offset: int) -> list[tuple[str, float]]:
    entries = here.client.redis.zrevrangebyscore(f"{PREFIX}jobs", start, "-inf", start=offset, num=CHUNK, withscores=True)
    return [(id, score) for id, score in cast(list[tuple[str, float]], entries)]


def _records(here: Backends, ids: list[str]) -> dict[str, JobRecord]:
    """The records of those that have not expired."""
    pipe = here.client.redis.pipeline(transaction=False)
    for id in ids:
        pipe.exists(f"{PREFIX}job:{id}")
    known = [id for id, is_there in zip(ids, pipe.execute(), strict=True) if is_there]
    try:
        return {record.id: record for record in here.client.ledger.records(known)}
    except UnknownJob:
        # One expired in between.
        return {}


def _kept(here: Backends, asked: Search, place: Place, tenant: str | None) -> tuple[list[JobRecord], str | None]:
    """Jobs that ended, from the store, without those that Redis has shown."""
    found: list[JobRecord] = []
    after, scanned = place.store, 0
    while len(found) < asked.limit and scanned < MAX_SCANNED:
        page = here.store.find_jobs(
            kind=asked.kind, state=asked.state, tenant=tenant, limit=asked.limit - len(found), after=after
        )
        shown = _records(here, [record.id for record in page.rows])
        found += [record for record in page.rows if record.id not in shown and _fits(record, asked, tenant)]
        scanned += len(page.rows)
        after = page.after
        if after is None:
            return found, None
    return found, _cursor(store=after)


def _fits(record: JobRecord, asked: Search, tenant: str | None) -> bool:
    return (
        (tenant is None or record.tenant == tenant)
        and (asked.kind is None or record.kind == asked.kind)
        and (asked.state is None or record.state == asked.state)
        and (asked.q is None or asked.q.casefold() in _words(record))
    )


def _words(record: JobRecord) -> str:
    error = (record.error.kind, record.error.message) if record.error else ()
    return "\n".join([record.id, record.kind, *map(str, record.label.values()), *error]).casefold()


def _cursor(**place: Any) -> str:
    return urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
