"""`detente dossier`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli import options

if TYPE_CHECKING:
    from detente.contracts.dossiers import Dossier

_STATE = re.compile(r"[A-Z]{3}\Z")


def dossier(
    one: Annotated[str, typer.Argument(metavar="STATE", help="ISO 3166 alpha-3 code of a state, such as RUS")],
    other: Annotated[str, typer.Argument(metavar="STATE", help="…and of the other")],
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day; without it, the year before the last finding")
    ] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day")] = None,
    as_html: Annotated[bool, typer.Option("--html", help="Print a page for a browser, with every sentence")] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write there instead of to standard output")] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Stop keeping it up to date; its findings stay")] = False,
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """Show a pair of states over time: what happened, when it turned, who assesses it how, who said what.

    Asking for a dossier keeps it: the scheduled job `detente.dossiers.refresh` brings it up to date from then on.

    \b
    Examples:
      detente dossier RUS PAK
      detente dossier RUS PAK --since 2012-01-01 --html -o rus-pak.html
      detente dossier RUS PAK --json | jq .turning_points
    """
    from detente.cli.dossiers import dossier_view
    from detente.cli.systems import open_store
    from detente.cli.views import print_rich
    from detente.dossiers import open_dossier

    pair = state_pair(one, other)
    kept = open_store(store=store, data=data)
    if forget:
        first, second = sorted(pair)
        typer.echo("forgotten" if kept.forget_dossier((first, second)) else "it was not kept")
        return
    found = open_dossier(kept, pair, since=_day(since), until=_day(until))
    if as_json or as_html or out:
        text = found.model_dump_json(by_alias=True) + "\n" if as_json or not as_html else _page(found)
        if out:
            out.write_text(text, encoding="utf-8")
        else:
            typer.echo(text, nl=False)
    else:
        print_rich(dossier_view(found))


def _page(found: Dossier) -> str:
    from detente.dossiers.pages import dossier_page

    return dossier_page(found)


def state_pair(one: str, other: str) -> tuple[str, str]:
    """Two codes as people type them. Raises BadParameter where they are none."""
    pair = (one.upper(), other.upper())
    for state in pair:
        if not _STATE.match(state):
            raise typer.BadParameter(f"{state!r} is no alpha-3 code of a state: RUS, PAK, USA …")
    if one.upper() == other.upper():
        raise typer.BadParameter("a pair has two states")
    return pair


def _day(when: datetime | None) -> date | None:
    return when.replace(tzinfo=UTC).date() if when else None
