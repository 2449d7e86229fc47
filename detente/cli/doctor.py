"""`detente doctor`."""

from __future__ import annotations

import json

import typer

from detente.cli import options


def doctor(
    broker: options.Broker = None,
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """Check what a system needs, and say what to do about what is wrong. Exit code 1 where something is.

    \b
    Examples:
      detente doctor
      detente doctor --broker redis://redis:6379/0 --store postgresql://detente@db/detente
    """
    from detente.cli.checks import run_checks
    from detente.cli.views import checks_table, print_rich

    checks = run_checks(broker=broker, store=store, data=data.expanduser())
    if as_json:
        typer.echo(json.dumps([check.__dict__ for check in checks]))
    else:
        print_rich(checks_table(checks))
    raise typer.Exit(1 if any(check.verdict == "wrong" for check in checks) else 0)
