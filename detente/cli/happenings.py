"""`detente happenings` and `detente happening`: reports on one thing, in whatever words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli import options

if TYPE_CHECKING:
    from detente.contracts.happenings import Happening


def happenings(
    pair: Annotated[
        tuple[str, str] | None, typer.Option(metavar="STATE STATE", help="Only those between two states, by their alpha-3 codes")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only those with a report of this day or later")
    ] = None,
    reports: Annotated[int, typer.Option(min=1, help="Only those with at least so many articles")] = 2,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many")] = 50,
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """List happenings: what several articles report, each in words of its own, the one with the latest report first.

    \b
    Examples:
      detente happenings --pair RUS PAK --since 2024-03-01
      detente happenings --reports 5 --json
    """
    from detente.cli.dossier import state_pair
    from detente.cli.systems import open_store

    day = since.replace(tzinfo=UTC).date() if since else None
    asked = state_pair(*pair) if pair else None
    rows = open_store(store=store, data=data).find_happenings(pair=asked, since=day, reports=reports, limit=limit).rows
    for found in rows:
        typer.echo(found.model_dump_json() if as_json else _line(found))
    if not rows and not as_json:
        typer.echo(f"no happenings that {reports} articles report")


def happening(
    id: Annotated[str, typer.Argument(metavar="ID", help="A happening's id, as `detente happenings` prints it")],
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """Show one happening: the stories that report it, each with its articles.

    \b
    Examples:
      detente happening hp-0123456789abcdef0123
      detente happening hp-0123456789abcdef0123 --json | jq '.stories[].sources[].outlet'
    """
    from detente.cli.systems import open_store

    found = open_store(store=store, data=data).happening(id)
    typer.echo(found.model_dump_json() if as_json else _lines(found))


def _line(found: Happening) -> str:
    days = str(found.first_day) if found.first_day == found.last_day else f"{found.first_day} to {found.last_day}"
    first = found.stories[0].sources[0]
    counts = f"{found.articles:>4} articles  {len(found.stories):>3} stories"
    return f"{found.id}  {days}  {' '.join(found.pairs[:3])}  {counts}  {first.title or first.article_id}"


def _lines(found: Happening) -> str:
    from detente.cli.stories import source_line

    lines = [_line(found)]
    for story in found.stories:
        lines += [f"  {story.story}", *(f"  {source_line(source)}" for source in story.sources)]
    return "\n".join(lines)
