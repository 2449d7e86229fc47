"""`detente up`."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from detente.cli import options


def up(
    data: options.Data = options.DATA,
    only: Annotated[str, typer.Option(help="Which services, by comma")] = "worker,beat,flower,web,bridge",
    concurrency: Annotated[int | None, typer.Option(help="Processes of the worker; one for each core by default")] = None,
    flower_port: Annotated[int, typer.Option(help="Where Flower listens, on this machine only")] = 5555,
    web_port: Annotated[int, typer.Option(help="Where the HTTP API listens, on this machine only")] = 8000,
) -> None:
    """Run a whole system here: Redis, worker, beat, Flower and the HTTP API. Ctrl-C stops it.

    Its data outlives it. With DETENTE_BROKER set, that Redis is used in place of the embedded one.

    \b
    Examples:
      detente up
      detente up --only worker --concurrency 4
      detente up --data ./news
    """
    from detente.cli.systems import checkout

    arguments = ["dev", "--data", str(data.expanduser()), "--only", only, "--flower-port", str(flower_port)]
    arguments += ["--web-port", str(web_port)]
    if concurrency:
        arguments += ["--concurrency", str(concurrency)]
    os.environ["PYTHONPATH"] = str(checkout())
    # The supervisor takes this process's place, so that Ctrl-C and exit codes are its own.
    os.execv(sys.executable, [sys.executable, "-m", "worker", *arguments])  # noqa: S606
