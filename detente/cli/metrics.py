"""`detente metrics`."""

from __future__ import annotations

import typer

from detente.cli import options


def metrics(broker: options.Broker = None, data: options.Data = options.DATA) -> None:
    """Print the system's metrics in Prometheus's text format: those of all its workers, on all machines.

    \b
    Examples:
      detente metrics | grep detente_queue_depth
    """
    from detente.cli.systems import reach_broker
    from detente.metrics import render

    with reach_broker(broker=broker, data=data) as client:
        typer.echo(render(client.redis), nl=False)
