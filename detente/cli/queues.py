"""`detente queues`: how queues stand, and what they take and give."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli import options

if TYPE_CHECKING:
    from detente.client import Client
    from detente.contracts import QueueStatus
    from detente.queues import Queues

#: How often a person who watches, or waits for a drain, is told of it, in seconds.
LOOK_EVERY_S = 1.0
_POLL_S = 0.1

app = typer.Typer(name="queues", invoke_without_command=True, help="How queues stand; pause, close, resume and drain them.")
Queue = Annotated[str, typer.Argument(metavar="QUEUE", help="interactive, bulk, fetch or upkeep")]


@app.callback()
def list_queues(
    context: typer.Context,
    watch: Annotated[bool, typer.Option("--watch", help="Show it again every second, until Ctrl-C")] = False,
    broker: options.Broker = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """How queues stand: jobs in line, age of the oldest, in flight, delayed, held. Further commands change that.

    \b
    Examples:
      detente queues
      detente queues --watch
      detente queues --json | jq .depth
    """
    if context.invoked_subcommand:
        return
    from detente.cli.systems import reach_broker
    from detente.cli.views import clear_screen, print_rich, queues_table

    with reach_broker(broker=broker, data=data) as client:
        while True:
            queues = client.queues()
            if as_json:
                typer.echo("\n".join(queue.model_dump_json() for queue in queues))
            else:
                if watch and sys.stdout.isatty():
                    clear_screen()
                print_rich(queues_table(queues))
            if not watch:
                return
            time.sleep(LOOK_EVERY_S)


@app.command()
def pause(queue: Queue, broker: options.Broker = None, data: options.Data = options.DATA) -> None:
    """Let workers take nothing more from a queue. Jobs that run go on; submissions wait in line.

    \b
    Examples:
      detente queues pause bulk
    """
    _change("pause", queue, broker, data)


@app.command()
def close(queue: Queue, broker: options.Broker = None, data: options.Data = options.DATA) -> None:
    """Refuse submissions to a queue. Workers go on with what waits in it.

    \b
    Examples:
      detente queues close bulk
    """
    _change("close", queue, broker, data)


@app.command()
def resume(queue: Queue, broker: options.Broker = None, data: options.Data = options.DATA) -> None:
    """Undo `pause`, `close` and `drain`.

    \b
    Examples:
      detente queues resume bulk
    """
    _change("resume", queue, broker, data)


@app.command()
def drain(
    queue: Queue,
    timeout_s: Annotated[float, typer.Option("--timeout", min=0, help="How long to wait at most, in seconds")] = 3600.0,
    broker: options.Broker = None,
    data: options.Data = options.DATA,
) -> None:
    """Close a queue, and wait until nothing of it waits or runs. It stays closed: `detente queues resume` opens it.

    Jobs that wait for their time, or for a retry, are waited for too.

    \b
    Examples:
      detente queues drain bulk --timeout 600
    """
    from detente.cli.systems import reach_broker

    with reach_broker(broker=broker, data=data) as client:
        name = _named(queue)
        _queues(client).close(name)
        typer.echo(f"{name} is closed", err=True)
        _wait_until_empty(client, name, timeout_s)
        typer.echo(f"{name} is empty, and closed: open it again with `detente queues resume {name}`")


def _change(what: str, queue: str, broker: str | None, data: Path) -> None:
    from detente.cli.systems import reach_broker
    from detente.cli.views import print_rich, queues_table

    with reach_broker(broker=broker, data=data) as client:
        name = _named(queue)
        getattr(_queues(client), what)(name)
        print_rich(queues_table([_standing(client, name)]))


def _wait_until_empty(client: Client, queue: str, timeout_s: float) -> None:
    from detente.errors import QueryInvalid, ResultTimeout

    deadline, told_at, was_empty = time.monotonic() + timeout_s, 0.0, False
    while True:
        now = _standing(client, queue)
        left = f"{now.depth} in line, {now.in_flight} in flight, {now.delayed} delayed, {now.held} held"
        is_empty = not (now.depth or now.in_flight or now.delayed or now.held)
        # Twice: the parts are asked one after the other, and a job may have gone from one to the next meanwhile.
        if is_empty and was_empty:
            return
        was_empty = is_empty
        if now.is_paused and now.depth:
            raise QueryInvalid(f"{queue} is paused and will not drain ({left}): `detente queues resume {queue}`, then drain it")
        if time.monotonic() >= deadline:
            raise ResultTimeout(f"{queue} did not drain within {timeout_s:g} s ({left}); it stays closed, ask again to go on")
        if time.monotonic() - told_at >= LOOK_EVERY_S and not is_empty:
            told_at = time.monotonic()
            typer.echo(left, err=True)
        time.sleep(_POLL_S)


def _queues(client: Client) -> Queues:
    from detente.queues import Queues

    return Queues(client.redis)


def _standing(client: Client, name: str) -> QueueStatus:
    return next(queue for queue in client.queues() if queue.name == name)


def _named(queue: str) -> str:
    from detente.contracts import Queue
    from detente.errors import QueryInvalid

    if queue not in set(Queue):
        raise QueryInvalid(f"there is no queue {queue!r}; there are {', '.join(Queue)}")
    return queue
