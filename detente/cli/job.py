"""`detente job`."""

from __future__ import annotations

from typing import Annotated

import typer

from detente.cli import options


def job(
    id: options.JobId,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Print steps as they come, until the job has ended")] = False,
    broker: options.Broker = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """Show where a job stands, with its history.

    Exit code 0, or 1 where the job is dead or cancelled.

    \b
    Examples:
      detente job ID
      detente job ID --follow
      detente job ID --json
    """
    from detente.cli.systems import reach_broker
    from detente.cli.views import event_line, print_rich, record_panel
    from detente.contracts import JobState

    with reach_broker(broker=broker, data=data) as client:
        steps = client.events(id) if follow else iter(client.history(id))
        if not as_json:
            print_rich(record_panel(client.status(id)))
            for step in steps:
                print_rich(event_line(step))
        history = [step.model_dump(mode="json") for step in steps]
        record = client.status(id)
        if as_json:
            import json

            typer.echo(json.dumps({**record.model_dump(mode="json"), "history": history}))
    raise typer.Exit(1 if record.state in (JobState.DEAD, JobState.CANCELLED) else 0)
