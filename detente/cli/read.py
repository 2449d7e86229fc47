"""`detente read`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from detente.cli import options


def read(
    path: Annotated[
        str, typer.Argument(metavar="PATH|-", help="A text, an HTML page, or a .jsonl file of articles; - is standard input")
    ],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write there instead of to standard output")] = None,
    title: Annotated[str | None, typer.Option(help="The headline, where the file has none")] = None,
    url: Annotated[str | None, typer.Option(help="Where the article was published")] = None,
    outlet: Annotated[str | None, typer.Option(help="Who published it")] = None,
    published: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"], help="When; “last week” is resolved against it"),
    ] = None,
    encoding: Annotated[str, typer.Option(help="How the file's characters are encoded")] = "utf-8",
    timeout_s: Annotated[float, typer.Option(help="How long to wait for one article, in seconds")] = 300.0,
    key: Annotated[
        str | None, typer.Option(help="A name for a .jsonl file: after a crash, the same file with it reads no row twice")
    ] = None,
    embedded: options.Embedded = False,
    broker: options.Broker = None,
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """Read an article, and show who said what, which state did what to whom, and how ties move.

    A row of a .jsonl file is {"id", "text" or "html", "title"?, "url"?, "outlet"?, "authors"?, "published_at"?, "language"?}. One
    reading a line comes out, in the order of the rows; a row that fails gives {"id", "error"} in its place, and exit code 1.

    \b
    Examples:
      detente read article.txt --published 2012-10-08
      curl -s URL | detente read - --json
      detente read articles.jsonl -o readings.jsonl --embedded
      detente read articles.jsonl -o readings.jsonl --key monday
    """
    from detente.cli.batches import read_rows
    from detente.cli.files import article_from, rows_from
    from detente.cli.systems import reach
    from detente.cli.views import print_rich, reading_view

    facts = {"title": title, "url": url, "outlet": outlet, "published_at": _aware(published)}
    if path.endswith(".jsonl"):
        rows = rows_from(Path(path), defaults=facts)
        with reach(broker=broker, store=store, data=data, embedded=embedded) as system:
            failed = read_rows(system, rows, out=out, key=key)
        raise typer.Exit(1 if failed else 0)
    job = article_from(path, encoding=encoding, facts=facts)
    with reach(broker=broker, store=store, data=data, embedded=embedded) as system:
        receipt = system.client.submit(job)
        reading = system.store.reading(receipt.result(timeout_s=timeout_s).reading_id)
    if out is not None:
        out.write_text(reading.model_dump_json(by_alias=True) + "\n", encoding="utf-8")
    elif as_json:
        typer.echo(reading.model_dump_json(by_alias=True))
    else:
        print_rich(reading_view(reading))


def _aware(published: datetime | None) -> datetime | None:
    if published is None or published.tzinfo:
        return published
    return published.replace(tzinfo=UTC)
