"""`detente jobs`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detente.cli import options

if TYPE_CHECKING:
    from detente.client import Client
    from detente.contracts import JobRecord
    from detente.storage import Store

#: Records that are asked for in one round trip.
PAGE = 500
#: Records that are looked through for those asked for: some ten seconds' worth.
MOST_LOOKED_AT = 100_000


def jobs(
    state: Annotated[str | None, typer.Option(help="queued, running, retrying, done, dead or cancelled")] = None,
    kind: options.Kind = None,
    tenant: options.Tenant = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first")] = 20,
    broker: options.Broker = None,
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """List the jobs submitted last: from Redis, and those that it has forgotten from the store.

    \b
    Examples:
      detente jobs
      detente jobs --state dead --kind detente.article.read
      detente jobs --tenant desk --limit 100 --json
    """
    from detente.cli.systems import open_store, reach_broker
    from detente.cli.views import jobs_table, print_rich

    wanted = _wanted(state=state, kind=kind, tenant=tenant)
    with reach_broker(broker=broker, data=data) as client:
        live = list(_live(client, wanted, limit))
    kept = _kept(open_store(store=store, data=data), wanted, {record.id for record in live}, limit - len(live))
    if as_json:
        for place, records in (("redis", live), ("store", kept)):
            for record in records:
                typer.echo(json.dumps({**record.model_dump(mode="json"), "kept_in": place}))
    elif live or kept:
        print_rich(jobs_table([*(("redis", record) for record in live), *(("store", record) for record in kept)]))
    else:
        typer.echo("no such jobs" if wanted else "no jobs yet; submit one with `detente read ARTICLE`")


def _wanted(**facts: str | None) -> dict[str, str]:
    from detente.contracts import JobState
    from detente.errors import QueryInvalid

    wanted = {name: value for name, value in facts.items() if value is not None}
    if wanted.get("state", JobState.DONE) not in set(JobState):
        raise QueryInvalid(f"{wanted['state']!r} is no state of a job; there are {', '.join(JobState)}")
    return wanted


def _live(client: Client, wanted: dict[str, str], limit: int) -> Iterator[JobRecord]:
    found = 0
    for skip in range(0, min(client.ledger.submitted_count(), MOST_LOOKED_AT), PAGE):
        for record in client.ledger.latest(PAGE, skip=skip):
            if all(getattr(record, name) == value for name, value in wanted.items()):
                yield record
                found += 1
                if found == limit:
                    return


def _kept(store: Store, wanted: dict[str, Any], seen: set[str], limit: int) -> list[JobRecord]:
    """Those that the store has and Redis has not. A store that is not there is a line for people, not an error."""
    from detente.errors import StoreUnreachable

    found: list[JobRecord] = []
    after = None
    try:
        while len(found) < limit:
            page = store.find_jobs(**wanted, limit=PAGE, after=after)
            found += [record for record in page.rows if record.id not in seen]
            after = page.after
            if after is None:
                break
    except StoreUnreachable as error:
        typer.echo(f"without the jobs that the store has: {error}", err=True)
    return found[:limit]
