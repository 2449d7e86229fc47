"""`detente dead`: what failed for good, and what to do with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli import options

if TYPE_CHECKING:
    from detente.cli.letters import Filter

app = typer.Typer(
    name="dead", no_args_is_help=True, help="Dead letters: jobs that failed for good, kept with what they asked for."
)

#: People are told how far a bulk goes after so many letters.
TELL_EVERY = 100

Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Jobs' ids; or give a filter")]
Error = Annotated[str | None, typer.Option(help="Only those with an error of this class, such as ArticleRejected")]
Since = Annotated[str | None, typer.Option(help="Only those that died since: 2026-01-31T18:00Z, or 2h for two hours ago")]
Until = Annotated[str | None, typer.Option(help="Only those that died before")]
All = Annotated[bool, typer.Option("--all", help="All there are, where no filter is given")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing")]


@app.command("list")
def list_letters(
    kind: options.Kind = None,
    error: Error = None,
    tenant: options.Tenant = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, newest first")] = 20,
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """List dead letters, newest first.

    \b
    Examples:
      detente dead list
      detente dead list --error StoreUnreachable --since 2h
      detente dead list --kind detente.article.read --json
    """
    from detente.cli.systems import open_store
    from detente.cli.views import letters_table, print_rich

    given = _filter(kind, error, tenant, since, until)
    found = list(given.letters(open_store(store=store, data=data), limit=limit))
    if as_json:
        for record in found:
            typer.echo(record.model_dump_json())
    elif found:
        print_rich(letters_table(found))
    else:
        typer.echo("no dead letters")


@app.command()
def show(id: options.JobId, store: options.Store = None, data: options.Data = options.DATA) -> None:
    """Show a dead letter as JSON: its record, history, payload and traceback.

    \b
    Examples:
      detente dead show ID | jq -r .traceback
    """
    from detente.cli.systems import open_store

    kept = open_store(store=store, data=data).kept_job(id)
    history = [step.model_dump(mode="json") for step in kept.history]
    facts = {**kept.record.model_dump(mode="json"), "history": history, "payload": kept.payload, "traceback": kept.traceback}
    typer.echo(json.dumps(facts, ensure_ascii=False, indent=2))


@app.command()
def replay(
    ids: Ids = None,
    payload: Annotated[str | None, typer.Option(help="Of one letter: the job's fields as JSON, in place of its own")] = None,
    kind: options.Kind = None,
    error: Error = None,
    tenant: options.Tenant = None,
    since: Since = None,
    until: Until = None,
    everything: All = False,
    dry_run: DryRun = False,
    broker: options.Broker = None,
    store: options.Store = None,
    data: options.Data = options.DATA,
) -> None:
    """Submit dead letters' jobs again, and print the new jobs' ids. Replaying one twice submits it once.

    Letters stay until they are discarded. Waits where a queue is full. Exit code 1 where one could not be replayed.

    \b
    Examples:
      detente dead replay ID
      detente dead replay ID --payload '{"text": "Oslo recalled its ambassador."}'
      detente dead replay --error StoreUnreachable --since 2h --dry-run
    """
    from detente.cli.letters import chosen
    from detente.cli.letters import replay as replay_letter
    from detente.cli.systems import open_store, reach_broker
    from detente.errors import JobRejected, QueryInvalid

    letters = open_store(store=store, data=data)
    if payload is not None and (not ids or len(ids) > 1):
        raise QueryInvalid("--payload is for one letter: name its id")
    found = chosen(letters, ids or [], _filter(kind, error, tenant, since, until), everything=everything)
    # All are known before the first is replayed: what dies anew meanwhile is not replayed by the same call.
    found_ids = [record.id for record in found]
    if dry_run:
        _tell_dry(found_ids, "would be replayed")
        return
    new = failed = 0
    with reach_broker(broker=broker, data=data) as client:
        for number, id in enumerate(found_ids, 1):
            try:
                again, is_new = replay_letter(client, letters, id, payload=payload)
            except JobRejected as why:
                failed += 1
                typer.echo(f"{id}: {why}", err=True)
            else:
                new += is_new
                typer.echo(again)
            _tell(number, len(found_ids))
    known = len(found_ids) - new - failed
    typer.echo(f"{new} replayed, {known} had been replayed before, {failed} could not be", err=True)
    raise typer.Exit(1 if failed else 0)


@app.command()
def discard(
    ids: Ids = None,
    kind: options.Kind = None,
    error: Error = None,
    tenant: options.Tenant = None,
    since: Since = None,
    until: Until = None,
    everything: All = False,
    dry_run: DryRun = False,
    store: options.Store = None,
    data: options.Data = options.DATA,
) -> None:
    """Delete dead letters for good.

    \b
    Examples:
      detente dead discard ID
      detente dead discard --kind detente.article.read --until 30d --dry-run
    """
    from detente.cli.letters import chosen
    from detente.cli.systems import open_store

    letters = open_store(store=store, data=data)
    found = chosen(letters, ids or [], _filter(kind, error, tenant, since, until), everything=everything)
    found_ids = [record.id for record in found]
    if dry_run:
        _tell_dry(found_ids, "would be gone")
        return
    for number, id in enumerate(found_ids, 1):
        letters.discard_job(id)
        typer.echo(f"{id} is gone")
        _tell(number, len(found_ids))
    typer.echo(f"{len(found_ids)} discarded", err=True)


def _filter(kind: str | None, error: str | None, tenant: str | None, since: str | None, until: str | None) -> Filter:
    from detente.cli.letters import Filter

    return Filter(kind=kind, error=error, tenant=tenant, since=since, until=until)


def _tell_dry(ids: list[str], what: str) -> None:
    for id in ids:
        typer.echo(id)
    typer.echo(f"{len(ids)} {what}", err=True)


def _tell(number: int, total: int) -> None:
    if number % TELL_EVERY == 0:
        typer.echo(f"{number} of {total}", err=True)
