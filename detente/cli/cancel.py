"""`detente cancel`."""

from __future__ import annotations

from typing import Annotated

import typer

from detente.cli import options


def cancel(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Jobs' ids, as `detente submit` printed them")],
    broker: options.Broker = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """Cancel jobs: a queued or delayed one never runs, a running one stops at its next step.

    One that has ended stays as it is, and one that is not known is said so; the exit code is 1 then.

    \b
    Examples:
      detente cancel 0193d2c8-7c6e-7d1a-8b7e-3f8a7c1d2e4f
      detente jobs --state queued --tenant desk --json | jq -r .id | xargs detente cancel
    """
    from detente.cli.systems import reach_broker
    from detente.contracts import JobState
    from detente.errors import UnknownJob

    are_cancelled = True
    with reach_broker(broker=broker, data=data) as client:
        for id in ids:
            try:
                state = client.cancel(id)
            except UnknownJob as error:
                are_cancelled = False
                typer.echo(f"detente: {error}", err=True)
                continue
            are_cancelled = are_cancelled and state is JobState.CANCELLED
            if as_json:
                typer.echo(client.status(id).model_dump_json())
            else:
                typer.echo(f"{id} is {state}" + ("" if state is JobState.CANCELLED else "; it had ended before"))
    raise typer.Exit(0 if are_cancelled else 1)
