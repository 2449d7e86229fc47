"""`detente cancel`."""

from __future__ import annotations

import typer

from detente.cli import options


def cancel(
    id: options.JobId, broker: options.Broker = None, data: options.Data = options.DATA, as_json: options.Json = False
) -> None:
    """Cancel a job: a queued one never runs, a running one stops at its next step. One that has ended stays as it is.

    \b
    Examples:
      detente cancel 0193d2c8-7c6e-7d1a-8b7e-3f8a7c1d2e4f
    """
    from detente.cli.systems import reach_broker
    from detente.contracts import JobState

    with reach_broker(broker=broker, data=data) as client:
        state = client.cancel(id)
        if as_json:
            typer.echo(client.status(id).model_dump_json())
        else:
            typer.echo(f"{id} is {state}" + ("" if state is JobState.CANCELLED else "; it had ended before"))
    raise typer.Exit(0 if state is JobState.CANCELLED else 1)
