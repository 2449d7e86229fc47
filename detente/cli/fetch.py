"""`detente fetch` and `detente pages`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli import options

if TYPE_CHECKING:
    from detente.client import Client, Receipt
    from detente.contracts import FetchArticle, PageStored


def fetch(
    urls: Annotated[list[str], typer.Argument(metavar="URL...", help="Pages to fetch and to read; - is standard input")],
    refetch: Annotated[bool, typer.Option("--refetch", help="Ask again for pages that are known")] = False,
    outlet: Annotated[str | None, typer.Option(help="Who published them")] = None,
    tenant: options.Submitter = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until they are fetched and read, and say what came of it")] = False,
    timeout_s: Annotated[float, typer.Option(help="How long to wait for each, in seconds")] = 300.0,
    broker: options.Broker = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """Fetch pages as robots.txt and their hosts allow, keep them, and have their articles read. Prints the jobs' ids.

    \b
    Examples:
      detente fetch https://news.example/oslo-recalls-its-ambassador --wait
      detente fetch - < urls.txt
    """
    import sys

    from detente.cli.submit import parse_job
    from detente.cli.systems import reach_broker
    from detente.contracts import Terms

    named = [line.strip() for line in sys.stdin if line.strip()] if urls == ["-"] else urls
    given = {"refetch": refetch, **({"outlet": outlet} if outlet else {})}
    jobs = [parse_job("detente.article.fetch", _fields(url, given)) for url in named]
    with reach_broker(broker=broker, data=data) as client:
        receipts = client.submit_many(jobs, terms=Terms(**({"tenant": tenant} if tenant else {})))
        if wait:
            raise typer.Exit(_tell_ends(client, zip(jobs, receipts, strict=True), timeout_s=timeout_s, as_json=as_json))
        for receipt in receipts:
            typer.echo(receipt.id)


def _fields(url: str, given: dict[str, object]) -> str:
    import json

    return json.dumps({"url": url, **given})


def _tell_ends(
    client: Client, submitted: Iterable[tuple[FetchArticle, Receipt[PageStored]]], *, timeout_s: float, as_json: bool
) -> int:
    """Say of each page what came of it. Returns 1 if any was not read."""
    import json

    from detente.contracts import ReadingStored
    from detente.errors import JobFailed, ResultTimeout

    failed = 0
    for job, receipt in submitted:
        try:
            page = receipt.result(timeout_s=timeout_s)
            read = ReadingStored.model_validate(client.wait(page.read, timeout_s=timeout_s))
            told = {"url": job.url, "job": receipt.id, "page": page.model_dump(mode="json"), "reading": read.reading_id}
            line = f"read      {job.url}  {read.statements} statements, {read.events} events, {read.ties} ties  {read.reading_id}"
        except (JobFailed, ResultTimeout) as error:
            failed, told = 1, {"url": job.url, "job": receipt.id, "error": str(error)}
            line = f"not read  {job.url}  {error}"
        typer.echo(json.dumps(told) if as_json else line)
    return failed


def pages(
    failed: Annotated[bool, typer.Option("--failed", help="Only those whose last attempt failed")] = False,
    host: Annotated[str | None, typer.Option(help="Only those of this host")] = None,
    feed: Annotated[str | None, typer.Option(help="Only those that this feed named")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many")] = 50,
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """List pages that were fetched, or could not be and why, with those that were tried last first.

    \b
    Examples:
      detente pages --failed
      detente pages --host news.example --json | jq .failure
    """
    from rich.table import Table
    from rich.text import Text

    from detente.cli.systems import open_store
    from detente.cli.views import print_rich

    found = open_store(store=store, data=data).find_pages(failed=failed, host=host, feed=feed, limit=limit).rows
    if as_json:
        typer.echo("".join(page.model_dump_json() + "\n" for page in found), nl=False)
        return
    table = Table("tried (UTC)", "what came", "tries", "page", "why", box=None, header_style="bold")
    for page in found:
        came = Text(page.failure, "red") if page.failure else Text(f"{page.status}", "green")
        table.add_row(f"{page.tried_at:%m-%d %H:%M:%S}", came, str(page.failures or ""), page.url, page.message or "")
    print_rich(table if found else "no pages")
