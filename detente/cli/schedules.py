"""`detente schedules`: jobs that are submitted by the clock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from detente.cli import options

if TYPE_CHECKING:
    from pydantic import BaseModel

    from detente.contracts.schedules import ScheduleStatus
    from detente.schedules import Schedules

M = TypeVar("M", bound="BaseModel")

app = typer.Typer(name="schedules", invoke_without_command=True, help="Jobs that are submitted by the clock.")
Name = Annotated[str, typer.Argument(metavar="NAME", help="A schedule's name, as `detente schedules` prints it")]
Cron = Annotated[str | None, typer.Option(help="Minute, hour, day of month, month, day of week")]
Zone = Annotated[str | None, typer.Option("--timezone", help="IANA name of the time zone, such as Europe/London; UTC if none")]
CatchUp = Annotated[str | None, typer.Option(help="Slots that nobody was there for: skip, once (the last of them) or all")]
Jitter = Annotated[float | None, typer.Option(help="Put each job off by up to so many seconds")]
Payload = Annotated[str | None, typer.Option("--job", help="The job's fields as JSON")]


@app.callback()
def list_schedules(
    context: typer.Context, broker: options.Broker = None, data: options.Data = options.DATA, as_json: options.Json = False
) -> None:
    """List the schedules: those of the installation's file, and those that were added. Further commands change them.

    \b
    Examples:
      detente schedules
      detente schedules --json | jq 'select(.broken)'
    """
    if context.invoked_subcommand:
        return
    with _reach(broker, data) as schedules:
        found = schedules.statuses()
    _show(found, as_json=as_json)


@app.command()
def show(name: Name, broker: options.Broker = None, data: options.Data = options.DATA, as_json: options.Json = False) -> None:
    """Show one schedule with its next slots and its last firings.

    \b
    Examples:
      detente schedules show "raise alerts"
    """
    with _reach(broker, data) as schedules:
        status, firings = schedules.get(name), schedules.history(name)
        upcoming = schedules.next(name, count=5) if status.schedule else []
    if as_json:
        more = {"next": [slot.isoformat() for slot in upcoming], "history": [one.model_dump(mode="json") for one in firings]}
        typer.echo(json.dumps({**status.model_dump(mode="json"), **more}))
        return
    _show([status], as_json=False)
    if status.schedule:
        typer.echo(f"\n{status.schedule.kind} {json.dumps(status.schedule.job)}")
    typer.echo("\nnext   " + "  ".join(f"{slot:%Y-%m-%d %H:%M}Z" for slot in upcoming))
    for one in firings[:10]:
        typer.echo(f"{one.kind:<10} {one.slot_at:%Y-%m-%d %H:%M}Z  {one.job or one.reason}")


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What you call it")],
    kind: Annotated[str, typer.Argument(metavar="KIND", help="A job's kind, such as detente.dossiers.refresh")],
    cron: Annotated[str, typer.Argument(metavar="CRON", help="Minute, hour, day of month, month, day of week")],
    job: Payload = None,
    timezone: Zone = None,
    catch_up: CatchUp = None,
    jitter: Jitter = None,
    tenant: options.Submitter = None,
    broker: options.Broker = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """Add a schedule. It begins with its next slot.

    \b
    Examples:
      detente schedules add "front page" detente.article.fetch "*/30 6-22 * * *" --timezone Europe/London \\
          --job '{"url": "https://news.example/", "refetch": true}' --catch-up skip --jitter 60
    """
    from detente.contracts.schedules import Schedule

    given = _given(cron=cron, job=job, timezone=timezone, catch_up=catch_up, jitter_s=jitter, tenant=tenant)
    schedule = _valid(Schedule, {"name": name, "kind": kind, **given})
    with _reach(broker, data) as schedules:
        _show([schedules.add(schedule)], as_json=as_json)


@app.command()
def change(
    name: Name,
    cron: Cron = None,
    job: Payload = None,
    timezone: Zone = None,
    catch_up: CatchUp = None,
    jitter: Jitter = None,
    tenant: options.Submitter = None,
    broker: options.Broker = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """Change a schedule, from its next slot on. For one of the file, `remove` gives back what the file says.

    \b
    Examples:
      detente schedules change "expire pages" --job '{"after_days": 7}'
    """
    from detente.contracts.schedules import ScheduleChange

    given = _given(cron=cron, job=job, timezone=timezone, catch_up=catch_up, jitter_s=jitter, tenant=tenant)
    asked = _valid(ScheduleChange, given)
    with _reach(broker, data) as schedules:
        _show([schedules.change(name, asked)], as_json=as_json)


@app.command()
def remove(name: Name, broker: options.Broker = None, data: options.Data = options.DATA) -> None:
    """Remove a schedule that was added, or what was changed of one of the file.

    \b
    Examples:
      detente schedules remove "front page"
    """
    with _reach(broker, data) as schedules:
        schedules.remove(name)


@app.command()
def pause(name: Name, broker: options.Broker = None, data: options.Data = options.DATA) -> None:
    """Let the slots of a schedule pass until it is resumed.

    \b
    Examples:
      detente schedules pause "read again"
    """
    with _reach(broker, data) as schedules:
        schedules.pause(name)


@app.command()
def resume(name: Name, broker: options.Broker = None, data: options.Data = options.DATA) -> None:
    """Go on with a paused schedule. What passed in the pause is not caught up.

    \b
    Examples:
      detente schedules resume "read again"
    """
    with _reach(broker, data) as schedules:
        schedules.resume(name)


@app.command()
def run(name: Name, broker: options.Broker = None, data: options.Data = options.DATA) -> None:
    """Submit a schedule's job now, besides its slots, and print the job's id.

    \b
    Examples:
      detente job $(detente schedules run "refresh dossiers") --follow
    """
    with _reach(broker, data) as schedules:
        typer.echo(schedules.run(name).job)


@contextmanager
def _reach(broker: str | None, data: Path) -> Iterator[Schedules]:
    from detente.cli.systems import reach_broker
    from detente.schedules import Schedules

    with reach_broker(broker=broker, data=data) as client:
        yield Schedules(client)


def _given(job: str | None, **facts: Any) -> dict[str, Any]:
    from detente.errors import ScheduleInvalid

    given = {name: value for name, value in facts.items() if value is not None}
    if job is None:
        return given
    try:
        return {**given, "job": json.loads(job)}
    except (ValueError, RecursionError):
        raise ScheduleInvalid("--job takes the job's fields as JSON") from None


def _valid(model: type[M], given: dict[str, Any]) -> M:
    from pydantic import ValidationError

    from detente.contracts import reasons
    from detente.errors import ScheduleInvalid

    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise ScheduleInvalid(f"not a valid schedule: {reasons(error)}") from None


def _show(found: list[ScheduleStatus], *, as_json: bool) -> None:
    if as_json:
        typer.echo("".join(status.model_dump_json() + "\n" for status in found), nl=False)
        return
    from detente.cli.views import print_rich, schedules_table

    print_rich(schedules_table(found))
