"""`detente batch` and `detente batches`: how far many jobs are that came together."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detente.cli import options

if TYPE_CHECKING:
    from pathlib import Path

    from detente.client.batches import Batch
    from detente.contracts import BatchOutcome, BatchRecord, BatchRefusal

#: Rows with a reason that are shown to people; `--json` has all that are kept.
SHOWN = 20


def batch(
    id: Annotated[str, typer.Argument(metavar="ID", help="A batch's id")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Print each job as it ends, until all have ended")] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="Cancel what has not ended")] = False,
    broker: options.Broker = None,
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """Show how far a batch is, and which rows failed or were refused.

    Exit code 0, or 1 where rows failed or were refused, or the batch was cancelled.

    \b
    Examples:
      detente batch ID
      detente batch ID --follow
      detente batch ID --follow --json
    """
    from detente.cli.systems import reach_broker
    from detente.errors import UnknownBatch

    with reach_broker(broker=broker, data=data) as client:
        found = client.batch(id)
        try:
            if cancel:
                found.cancel()
            if follow:
                _follow(found, as_json=as_json)
            record, failures, refusals = found.status(), tuple(found.failures()), found.refusals()
        except UnknownBatch:
            record, failures, refusals = _kept(id, store, data)
    _print(record, failures, refusals, as_json=as_json)
    raise typer.Exit(1 if failures or refusals or record.cancelled_at else 0)


def batches(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first")] = 20,
    broker: options.Broker = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """List the batches that were begun last, newest first.

    \b
    Examples:
      detente batches
      detente batches --limit 100 --json
    """
    from rich.table import Column, Table

    from detente.cli.systems import reach_broker
    from detente.cli.views import print_rich

    with reach_broker(broker=broker, data=data) as client:
        found = client.batches(limit=limit)
    table = Table(
        Column("batch", no_wrap=True), "tenant", "kind", "state", "begun (UTC)", "rows", "ended", box=None, header_style="bold"
    )
    for one in found:
        if as_json:
            typer.echo(one.model_dump_json())
        kind, ended = one.kind.removeprefix("detente."), f"{one.ended} of {one.accepted}"
        table.add_row(one.id, one.tenant, kind, one.state, f"{one.created_at:%m-%d %H:%M:%S}", str(one.rows), ended)
    if not as_json:
        print_rich(table) if found else typer.echo("no batches")


def _follow(found: Batch, *, as_json: bool) -> None:
    for outcome in found.follow():
        if as_json:
            typer.echo(outcome.model_dump_json(exclude_none=True))
        else:
            why = f"  {outcome.error.kind}: {outcome.error.message}" if outcome.error else ""
            typer.echo(f"{outcome.row:>6}  {outcome.state:<9}  {outcome.job}{why}")


def _kept(id: str, store: str | None, data: Path) -> tuple[BatchRecord, tuple[BatchOutcome, ...], tuple[BatchRefusal, ...]]:
    """From the store, once Redis has forgotten it."""
    from detente.cli.systems import open_store

    kept = open_store(store=store, data=data).kept_batch(id)
    return kept.record, kept.failures, kept.refusals


def _print(record: BatchRecord, failures: Any, refusals: Any, *, as_json: bool) -> None:
    if as_json:
        lists = {"failures": failures, "refusals": refusals}
        shown = {name: [one.model_dump(mode="json", exclude_none=True) for one in rows] for name, rows in lists.items()}
        typer.echo(json.dumps({**record.model_dump(mode="json"), **shown}, ensure_ascii=False))
        return
    counts = ", ".join(f"{number} {state}" for state, number in record.counts.items() if number)
    typer.echo(f"{record.id}  {record.state}: {record.rows} rows, {record.refused} refused; jobs: {counts or 'none'}")
    why = [(one.row, f"{one.error.kind}: {one.error.message}" if one.error else one.state) for one in failures]
    why += [(one.row, f"refused: {one.detail}") for one in refusals]
    for row, reason in sorted(why)[:SHOWN]:
        typer.echo(f"{row:>6}  {reason}")
    if len(why) > SHOWN:
        typer.echo(f"        and {len(why) - SHOWN} more; see --json")
