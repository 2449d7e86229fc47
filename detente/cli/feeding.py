"""How feeds look in the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rich.panel import Panel
from rich.table import Column, Table
from rich.text import Text

from detente.contracts.feeds import Feed, FeedEntry, FeedState, Poll


def feeds_table(found: Iterable[Feed]) -> Table:
    columns = ("state", "new (UTC)", "next (UTC)", "entries", "feed")
    table = Table(Column("id", no_wrap=True), *columns, box=None, header_style="bold")
    for feed in found:
        due = _time(feed.next_poll_at) if feed.state is FeedState.ACTIVE else ""
        told = [Text(feed.title or ""), Text(feed.url, "dim"), Text(_why(feed), "yellow")]
        what = Text("\n").join(line for line in told if line)
        table.add_row(feed.id, _state(feed), _time(feed.changed_at), due, str(feed.entries), what)
    return table


def feed_panel(feed: Feed) -> Panel:
    lines = Table.grid(padding=(0, 2))
    every = f"{_span(feed.interval_s)}, entries about every {_span(feed.gap_s)}" if feed.gap_s else _span(feed.interval_s)
    facts = {
        "state": _state(feed), "title": feed.title, "outlet": feed.outlet, "site": feed.site, "language": feed.language,
        "tenant": feed.tenant, "why": _why(feed), "polled every": every, "asks for": _span(feed.asked_s),
        "last new": _time(feed.changed_at), "last read": _time(feed.succeeded_at), "next": _time(feed.next_poll_at),
        "was at": "\n".join(feed.moved_from), "polls, entries": f"{feed.polls_made}, {feed.entries}",
    }  # fmt: skip
    for name, value in facts.items():
        if value:
            lines.add_row(Text(name, style="dim"), value)
    return Panel(lines, title=feed.url, title_align="left", border_style="red" if feed.trouble else "green")


def polls_table(found: Iterable[Poll]) -> Table:
    table = Table("poll (UTC)", "outcome", "new", "listed", "ms", "why", box=None, header_style="bold")
    for poll in found:
        outcome = Text(poll.failure or poll.outcome, "red" if poll.failure else "green" if poll.new else "")
        table.add_row(_time(poll.at), outcome, str(poll.new or ""), str(poll.listed or ""), str(poll.ms), poll.message or "")
    return table


def entries_table(found: Iterable[FeedEntry]) -> Table:
    table = Table("seen (UTC)", "became", "entry", box=None, header_style="bold")
    for entry in found:
        what = Text.assemble(entry.title or "", "\n", (entry.url or entry.reason or "", "dim"))
        table.add_row(_time(entry.seen_at), Text(*_became(entry)), what)
    return table


def _became(entry: FeedEntry) -> tuple[str, str]:
    if entry.reason:
        return "no page", "yellow"
    if entry.failure:
        return entry.failure, "red"
    if entry.read:
        return "fetched", "green"
    return ("in line", "") if entry.submitted_at else ("noted", "dim")


def _state(feed: Feed) -> Text:
    if feed.trouble:
        return Text(feed.trouble, "red")
    return Text(feed.state, "green" if feed.state is FeedState.ACTIVE else "yellow")


def _why(feed: Feed) -> str:
    if feed.moved_to:
        return f"it has moved to the feed {feed.moved_to}"
    if feed.failing_since:
        return f"{feed.message} ({feed.failures} since {_time(feed.failing_since)})"
    if feed.silent_since:
        return f"nothing since {_time(feed.silent_since)}"
    return f"moved {_time(feed.moved_at)}" if feed.moved_at else ""


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


def _span(seconds: float | None) -> str:
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds and seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s" if seconds else ""
