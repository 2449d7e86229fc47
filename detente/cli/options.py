"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

#: Where a system keeps its data when nobody says otherwise: one place for each user, whatever the current folder.
DATA = Path("~/.local/share/detente")

Broker = Annotated[
    str | None,
    typer.Option(
        envvar="DETENTE_BROKER",
        help="Redis of the system: redis://, rediss://, unix:///path or sentinel://hosts/master",
        rich_help_panel="System",
    ),
]
Store = Annotated[
    str | None,
    typer.Option(envvar="DETENTE_STORE", help="Its store: sqlite:///path or postgresql://…", rich_help_panel="System"),
]
Data = Annotated[
    Path,
    typer.Option(envvar="DETENTE_DATA", help="Data folder of `detente up`", rich_help_panel="System"),
]
Embedded = Annotated[
    bool,
    typer.Option("--embedded", help="Bring up a system for this call alone, which keeps nothing", rich_help_panel="System"),
]
Kind = Annotated[str | None, typer.Option(help="Only jobs of this kind")]
Tenant = Annotated[str | None, typer.Option(help="Only jobs of this tenant")]
Submitter = Annotated[str | None, typer.Option("--tenant", help="Who submits: tenants take turns on a queue")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts")]
JobId = Annotated[str, typer.Argument(metavar="ID", help="A job's id, as `detente submit` printed it")]
