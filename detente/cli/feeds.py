"""`detente feeds`: lists of articles that are looked at again and again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detente.cli import options

if TYPE_CHECKING:
    from detente.contracts.feeds import Feed, FeedAdded, FeedState
    from detente.storage import Store

app = typer.Typer(name="feeds", invoke_without_command=True, help="Feeds (RSS, Atom, JSON Feed): what is new in them is read.")

Id = Annotated[str, typer.Argument(metavar="ID", help="A feed's id, as `detente feeds` prints it")]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of feeds")]
Tenant = Annotated[str, typer.Option("--tenant", help="Whose jobs the polls and readings are")]


@app.callback()
def list_feeds(
    context: typer.Context,
    troubled: Annotated[bool, typer.Option("--troubled", help="Only those that fail, are gone, moved or fell silent")] = False,
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """List the feeds, and what is wrong with them. Further commands change them.

    \b
    Examples:
      detente feeds --troubled
      detente feeds --json | jq 'select(.failure) | .url'
    """
    if context.invoked_subcommand:
        return
    _show(_all(_open(store, data), troubled=troubled), as_json=as_json)


@app.command()
def add(
    urls: Annotated[list[str], typer.Argument(metavar="URL...", help="Where the feeds are")],
    title: Annotated[str | None, typer.Option(help="What you call it; its own title, if none")] = None,
    outlet: Annotated[str | None, typer.Option(help="Whose articles they are; the feed's title, if none")] = None,
    language: Annotated[str | None, typer.Option(help="ISO 639 code of its articles; what it says, if none")] = None,
    tenant: Tenant = "default",
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """Add feeds. They are polled within a minute, and what they have is read; then as often as they change.

    \b
    Examples:
      detente feeds add https://news.example/feed.xml
      detente feeds add https://news.example/feed.xml --outlet "The Daily Test"
    """
    from detente.feeds.subscriptions import subscribe

    facts = {"title": title, "outlet": outlet, "language": language}
    kept = _open(store, data)
    kept.upgrade()
    rows = [{"url": url, **{name: value for name, value in facts.items() if value}} for url in urls]
    _tell_added(subscribe(kept, rows, tenant=tenant), as_json=as_json)


@app.command()
def show(id: Id, store: options.Store = None, data: options.Data = options.DATA, as_json: options.Json = False) -> None:
    """Show a feed with its last polls and entries.

    \b
    Examples:
      detente feeds show ID
    """
    import json

    from detente.cli.feeding import entries_table, feed_panel, polls_table
    from detente.cli.views import print_rich

    kept = _open(store, data)
    feed, polls, entries = kept.feed(id), kept.feed_polls(id), kept.find_entries(id, limit=10).rows
    if as_json:
        last = {"last_polls": polls, "last_entries": entries}
        more = {name: [one.model_dump(mode="json") for one in found] for name, found in last.items()}
        typer.echo(json.dumps({**feed.model_dump(mode="json"), **more}))
        return
    for part in (feed_panel(feed), polls_table(polls), entries_table(entries)):
        print_rich(part)


@app.command()
def pause(ids: Ids, store: options.Store = None, data: options.Data = options.DATA, as_json: options.Json = False) -> None:
    """Poll feeds no more until they are resumed.

    \b
    Examples:
      detente feeds pause ID
    """
    from detente.contracts.feeds import FeedState

    _keep(ids, FeedState.PAUSED, _open(store, data), as_json=as_json)


@app.command()
def resume(ids: Ids, store: options.Store = None, data: options.Data = options.DATA, as_json: options.Json = False) -> None:
    """Poll feeds again: paused ones, and those that were gone or have moved to another.

    \b
    Examples:
      detente feeds resume ID
    """
    from detente.contracts.feeds import FeedState

    _keep(ids, FeedState.ACTIVE, _open(store, data), as_json=as_json)


@app.command()
def remove(ids: Ids, store: options.Store = None, data: options.Data = options.DATA) -> None:
    """Forget feeds and which entries they had. What was read of them stays.

    \b
    Examples:
      detente feeds remove ID
    """
    kept = _open(store, data)
    for id in ids:
        kept.remove_feed(id)


@app.command()
def poll(
    ids: Ids,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for it, and say what came of it")] = False,
    broker: options.Broker = None,
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """Poll feeds now, whatever their state, and print the jobs' ids.

    \b
    Examples:
      detente feeds poll ID --wait
    """
    from detente.cli.systems import reach_broker
    from detente.contracts import PollFeed, Terms

    feeds = [_open(store, data).feed(id) for id in ids]
    with reach_broker(broker=broker, data=data) as client:
        receipts = [client.submit(PollFeed(feed=feed.id, url=feed.url), terms=Terms(tenant=feed.tenant)) for feed in feeds]
        for receipt in receipts:
            if not wait:
                typer.echo(receipt.id)
                continue
            came = receipt.result(timeout_s=300)
            line = f"{came.feed}  {came.outcome}  {came.new} new of {came.listed}  {came.message or ''}"
            typer.echo(came.model_dump_json() if as_json else line.rstrip())


@app.command()
def entries(
    id: Id,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, those that were seen last first")] = 50,
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """List a feed's entries and what became of each.

    \b
    Examples:
      detente feeds entries ID --json | jq 'select(.reason or .failure)'
    """
    from detente.cli.feeding import entries_table
    from detente.cli.views import print_rich

    found = _open(store, data).find_entries(id, limit=limit).rows
    if as_json:
        typer.echo("".join(entry.model_dump_json() + "\n" for entry in found), nl=False)
    else:
        print_rich(entries_table(found) if found else "no entries")


@app.command("import")
def import_opml(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A list of feeds in OPML; - is standard input")],
    tenant: Tenant = "default",
    store: options.Store = None,
    data: options.Data = options.DATA,
    as_json: options.Json = False,
) -> None:
    """Add the feeds of a list in OPML, as other readers export them, and say of each what became of it.

    \b
    Examples:
      detente feeds import subscriptions.opml
    """
    import sys

    from detente.feeds.opml import read_opml
    from detente.feeds.subscriptions import subscribe

    rows = read_opml(sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes())
    kept = _open(store, data)
    kept.upgrade()
    _tell_added(subscribe(kept, rows, tenant=tenant), as_json=as_json)


@app.command("export")
def export_opml(store: options.Store = None, data: options.Data = options.DATA, as_json: options.Json = False) -> None:
    """Print all feeds as OPML, for other readers; or as JSON.

    \b
    Examples:
      detente feeds export > subscriptions.opml
    """
    from detente.feeds.opml import write_opml

    found = _all(_open(store, data))
    for piece in (feed.model_dump_json() + "\n" for feed in found) if as_json else write_opml(found):
        typer.echo(piece, nl=False)


def _open(store: str | None, data: Path) -> Store:
    from detente.cli.systems import open_store

    return open_store(store=store, data=data)


def _all(store: Store, **asked: Any) -> Iterable[Feed]:
    from datetime import UTC, datetime

    after = None
    while True:
        page = store.find_feeds(limit=1000, now=datetime.now(UTC), after=after, **asked)
        yield from page.rows
        if (after := page.after) is None:
            return


def _keep(ids: list[str], state: FeedState, store: Store, *, as_json: bool) -> None:
    from datetime import UTC, datetime

    at = datetime.now(UTC).replace(microsecond=0)
    _show([store.keep_state(id, state, at=at) for id in ids], as_json=as_json)


def _show(found: Iterable[Feed], *, as_json: bool) -> None:
    if as_json:
        for feed in found:
            typer.echo(feed.model_dump_json())
        return
    from detente.cli.feeding import feeds_table
    from detente.cli.views import print_rich

    shown = list(found)
    print_rich(feeds_table(shown) if shown else "no feeds")


def _tell_added(told: list[FeedAdded], *, as_json: bool) -> None:
    """Say of each row what became of it. Exits with 1 if any was wrong."""
    for row in told:
        line = f"{row.verdict:<6} {row.feed or '':<36}  {row.url}  {row.reason or ''}"
        typer.echo(row.model_dump_json() if as_json else line.rstrip())
    if any(row.verdict == "wrong" for row in told):
        raise typer.Exit(1)
