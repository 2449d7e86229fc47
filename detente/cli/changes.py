"""`detente changes`."""

from __future__ import annotations

from typing import Annotated

import typer

from detente.cli import options


def changes(
    article: Annotated[str | None, typer.Argument(metavar="[ARTICLE]", help="Only those of one article")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many articles, the latest first")] = 20,
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """Show what a newer version of the reader changed in articles that it read again: findings added, gone and altered.

    Stored articles are read again by the scheduled job `detente.articles.reread`.

    \b
    Examples:
      detente changes
      detente changes ARTICLE --json | jq '.changes[] | select(.kind == "gone")'
    """
    from detente.cli.rereadings import rereading_view
    from detente.cli.systems import open_store
    from detente.cli.views import print_rich

    found = open_store(store=store, data=data).find_rereadings(article_id=article, changed=True, limit=limit).rows
    if as_json:
        for rereading in found:
            typer.echo(rereading.model_dump_json())
    elif found:
        for rereading in found:
            print_rich(rereading_view(rereading))
    else:
        typer.echo("nothing has changed")
