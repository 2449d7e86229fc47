"""`detente jobs`."""

from __future__ import annotations

from typing import Annotated

import typer

from detente.cli import options


def jobs(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first")] = 20,
    broker: options.Broker = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """List the jobs submitted last.

    \b
    Examples:
      detente jobs
      detente jobs --limit 100 --json
    """
    from detente.cli.systems import reach_broker
    from detente.cli.views import jobs_table, print_rich

    with reach_broker(broker=broker, data=data) as client:
        records = client.jobs(limit=limit)
    if as_json:
        for record in records:
            typer.echo(record.model_dump_json())
    elif records:
        print_rich(jobs_table(records))
    else:
        typer.echo("no jobs yet; submit one with `detente read ARTICLE`")
