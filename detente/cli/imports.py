"""`detente import`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli import options

if TYPE_CHECKING:
    from detente.cli.tallies import Tally
    from detente.client import Client
    from detente.client.batches import Batch
    from detente.contracts import ReadSitemap, Terms
    from detente.imports.rows import Maker


def import_(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH...]", help="Files, or folders of them: .jsonl, .warc, .txt, .html, also .gz"),
    ] = None,
    sitemap: Annotated[list[str] | None, typer.Option(help="A sitemap, or an index of them, that workers read")] = None,
    since: Annotated[
        str | None, typer.Option(help="Of a sitemap only what was changed since: a day, a time, or 7d for seven days ago")
    ] = None,
    outlet: Annotated[str | None, typer.Option(help="Who published what does not say so itself")] = None,
    language: Annotated[str | None, typer.Option(help="ISO 639 code, where an article does not say so itself")] = None,
    tenant: options.Submitter = None,
    key: Annotated[str | None, typer.Option(help="A name for this import, in place of one made of what the files hold")] = None,
    errors: Annotated[Path | None, typer.Option(help="Write there, as JSON lines, what was refused and why")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be submitted, and submit nothing")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until everything has been read")] = False,
    broker: options.Broker = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """Have many articles read, as batches that nobody waits for. The same call again goes on where it was cut off.

    Rows of .jsonl are as `detente read` takes them, or articles of schema.org or ninjs. Of .warc, pages that were answered with
    200 and texts made of pages are read. Exit code 1 if anything was refused or, with --wait, could not be read.

    \b
    Examples:
      detente import articles.jsonl.gz
      detente import crawl/ --outlet "The Daily Test" --errors refused.jsonl --wait
      detente import crawl.warc.gz --dry-run
      detente import --sitemap https://news.example/sitemap.xml --since 7d
    """
    from contextlib import ExitStack

    from detente.cli.submit import _terms
    from detente.cli.systems import reach_broker
    from detente.cli.tallies import Tally
    from detente.imports.rows import Defaults, Maker

    given = {name: value for name, value in (("outlet", outlet), ("language", language)) if value}
    _check(paths or [], sitemap or [], given, dry_run=dry_run)
    with ExitStack() as stack:
        lines = stack.enter_context(errors.open("w", encoding="utf-8")) if errors else None
        tally, make = Tally(lines), Maker(Defaults(**given))
        if dry_run:
            _look(paths or [], make, tally)
        else:
            client = stack.enter_context(reach_broker(broker=broker, data=data))
            jobs = _sitemaps(sitemap or [], since=since, given=given)
            _import(client, paths or [], make, tally, key=key, terms=_terms(tenant=tenant), wait=wait)
            _submit_sitemaps(client, jobs, tally, terms=_terms(tenant=tenant), wait=wait)
    tally.print(as_json=as_json)
    raise typer.Exit(1 if tally.failed else 0)


# A word of Python's own cannot be a function's name, but that of a command.
import_.__name__ = "import"


def _check(paths: list[Path], sitemaps: list[str], given: dict[str, str], *, dry_run: bool) -> None:
    """Whether there is anything to do, before anything is done."""
    from pydantic import ValidationError

    from detente.contracts import ReadArticle, reasons
    from detente.errors import ArticleRejected, QueryInvalid

    if not paths and not sitemaps:
        raise QueryInvalid("name files or folders to import, or a --sitemap")
    if dry_run and sitemaps:
        raise QueryInvalid("a sitemap is fetched by workers alone: --dry-run is for files")
    for path in paths:
        if not path.exists():
            raise ArticleRejected(f"{path}: there is no such file or folder")
    try:
        ReadArticle.model_validate({"text": "", **given})
    except ValidationError as error:
        raise QueryInvalid(reasons(error)) from None


def _look(paths: list[Path], make: Maker, tally: Tally) -> None:
    from detente.cli.tallies import Bar
    from detente.imports.rows import Meter
    from detente.imports.sources import rows, size_of

    meter = Meter()
    with Bar("looking", meter, tally, total=size_of(paths)):
        for _ in tally.articles_of(rows(paths, make, meter)):
            pass


def _import(
    client: Client, paths: list[Path], make: Maker, tally: Tally, *, key: str | None, terms: Terms, wait: bool
) -> None:  # fmt: skip
    from detente.cli.tallies import Bar
    from detente.client.series import Series
    from detente.imports.rows import Meter
    from detente.imports.sources import rows, size_of

    if not paths:
        return
    total, meter = size_of(paths), Meter()
    name = key or _key(paths, make, total, tally)
    with Bar("importing", meter, tally, total=total) as bar:
        series = Series(client, key=f"import/{name}", terms=terms, waiting=bar.waiting)
        try:
            series.send(tally.articles_of(rows(paths, make, meter)))
        finally:
            tally.note_sent(name, [batch.id for batch in series.batches], submitted=series.submitted, known=series.known)
    if wait:
        _wait(series.batches, tally)


def _key(paths: list[Path], make: Maker, total: int, tally: Tally) -> str:
    """A name made of what is imported."""
    import json

    from detente.cli.tallies import Bar
    from detente.imports.rows import Meter
    from detente.imports.sources import digest_of

    meter = Meter()
    with Bar("looking", meter, tally, total=total):
        return digest_of(paths, meter, facts=json.dumps(make.defaults.fields, sort_keys=True))


def _wait(batches: list[Batch], tally: Tally) -> None:
    from detente.cli.tallies import counting

    with counting("reading", total=sum(batch.status().accepted for batch in batches)) as count:
        for batch in batches:
            for outcome in batch.follow():
                tally.note_read(f"{batch.id}:{outcome.row}", outcome.state, outcome.error)
                count()


def _sitemaps(urls: list[str], *, since: str | None, given: dict[str, str]) -> list[ReadSitemap]:
    """The jobs that read sitemaps. Raises JobRejected for what is no URL, before anything is submitted."""
    import json

    from detente.cli.moments import read_moment
    from detente.cli.submit import parse_job

    moment = read_moment(since, way="ago")
    from_then = {"since": moment.isoformat()} if moment else {}
    return [parse_job("detente.sitemap.read", json.dumps({"url": url, **from_then, **given})) for url in urls]


def _submit_sitemaps(client: Client, jobs: list[ReadSitemap], tally: Tally, *, terms: Terms, wait: bool) -> None:
    if not jobs:
        return
    from detente.cli.sitemaps import follow_sitemaps

    receipts = client.submit_many(jobs, terms=terms)
    tally.sitemaps = [receipt.id for receipt in receipts]
    if wait:
        follow_sitemaps(client, tally)
