"""What people see in the terminal: readings with their evidence, jobs with their history."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Column, Table
from rich.text import Text

from detente.cli.checks import Check
from detente.contracts import Event, JobEvent, JobRecord, JobState, QueueStatus, Reading, Span, Statement, Tie
from detente.contracts.schedules import ScheduleStatus

STATE_STYLES = {
    JobState.QUEUED: "dim", JobState.RUNNING: "cyan", JobState.RETRYING: "yellow", JobState.DONE: "green",
    JobState.DEAD: "red", JobState.CANCELLED: "magenta",
}  # fmt: skip
STATUS_STYLES = {
    "happened": "green", "ongoing": "green", "planned": "cyan", "cancelled": "red", "denied": "magenta", "hypothetical": "yellow",
}  # fmt: skip
#: Tenants of a queue that fit beside it on a screen.
SHOWN_TENANTS = 6
TIE_ARROWS = {"warming": "↗", "cooling": "↘", "steady": "→"}
_SENTENCE_END = re.compile(r"[.!?][\"”’')\]]*\s+(?=[\"“‘'(\[]?[A-Z])|\n+")


def print_rich(what: RenderableType) -> None:
    """To standard output; colours go away in a pipe, and lines are not cut there."""
    console = Console(highlight=False)
    if not sys.stdout.isatty():
        console = Console(highlight=False, width=120, color_system=None)
    console.print(what)


def clear_screen() -> None:
    Console().clear()


def reading_view(reading: Reading) -> RenderableType:
    """A whole reading: statements with speaker and outlet, events with status, ties, each with its sentence."""
    article = reading.article
    known = [event for event in reading.events if event.source and event.target]
    unknown = len(reading.events) - len(known)
    facts = [article.outlet, article.published_at and article.published_at.date().isoformat(), article.url]
    head = Text(article.title or article.id, style="bold")
    head.append(
        "\n" + " · ".join(str(fact) for fact in (*facts, f"{len(article.text):,} characters") if fact), style="not bold dim"
    )
    return Group(
        Panel(head, border_style="blue"),
        _section("Statements", (_statement(reading, statement) for statement in reading.statements)),
        _section("Events", (_event(reading, event) for event in known)),
        *([Text(f"\n  and {unknown} with a side that is not known (see --json)", style="dim")] if unknown else []),
        _section("Ties", (_tie(reading, tie) for tie in reading.ties)),
        Text(f"read by {reading.reader.name} {reading.reader.version}", style="dim"),
    )


def jobs_table(found: Iterable[tuple[str, JobRecord]]) -> Table:
    columns = ("kind", "state", "tenant", "submitted (UTC)", "took", "kept in", "what")
    table = Table(Column("job", no_wrap=True), *columns, box=None, header_style="bold")
    for place, record in found:
        submitted = f"{record.submitted_at:%m-%d %H:%M:%S}" if record.submitted_at else ""
        state, kind = Text(record.state, style=STATE_STYLES[record.state]), record.kind.removeprefix("detente.")
        table.add_row(record.id, kind, state, record.tenant, submitted, _took(record), place, _label(record))
    return table


def queues_table(queues: Iterable[QueueStatus]) -> Table:
    names = ("in line", "at most", "oldest", "in flight", "delayed", "held")
    numbers = [Column(name, justify="right") for name in names]
    table = Table("queue", *numbers, "state", "tenants", box=None, header_style="bold")
    for queue in queues:
        oldest = "" if queue.oldest_age_s is None else f"{queue.oldest_age_s:,.1f} s"
        states = [name for name, is_so in (("paused", queue.is_paused), ("closed", queue.is_closed)) if is_so]
        tenants = " ".join(f"{tenant}={depth}" for tenant, depth in list(queue.tenants.items())[:SHOWN_TENANTS])
        shown = (queue.depth, queue.max_depth or "", oldest, queue.in_flight, queue.delayed, queue.held)
        table.add_row(queue.name, *map(str, shown), Text(", ".join(states) or "open", "yellow" if states else "green"), tenants)
    return table


def schedules_table(found: Iterable[ScheduleStatus]) -> Table:
    table = Table("schedule", "cron", "zone", "next (UTC)", "last (UTC)", "from", "state", box=None, header_style="bold")
    for status in found:
        plan = status.schedule
        moments = [f"{at:%Y-%m-%d %H:%M}" if at else "" for at in (status.next_slot_at, status.last_slot_at)]
        state = Text("broken: " + status.broken, "red") if status.broken else Text("paused", "yellow") if status.is_paused else ""
        table.add_row(status.name, plan.cron if plan else "", plan.timezone if plan else "", *moments, status.origin, state)
    return table


def letters_table(records: Iterable[JobRecord]) -> Table:
    table = Table(Column("job", no_wrap=True), "kind", "tenant", "ended (UTC)", "why", box=None, header_style="bold")
    for record in records:
        why = f"{record.error.kind}: {record.error.message}" if record.error else ""
        ended = f"{record.finished_at:%m-%d %H:%M:%S}" if record.finished_at else ""
        table.add_row(record.id, record.kind.removeprefix("detente."), record.tenant, ended, why)
    return table


def record_panel(record: JobRecord, *, kept_in: str) -> Panel:
    lines = Table.grid(padding=(0, 2))
    facts: dict[str, Any] = {
        "state": Text(record.state, style=STATE_STYLES[record.state]),
        "kind": record.kind,
        "queue": record.queue,
        "tenant": record.tenant,
        "what": _label(record),
        "attempts": str(record.attempts),
        "worker": record.worker,
        "took": _took(record),
        "progress": record.progress and f"{record.progress.done} of {record.progress.total}",
        "error": record.error and f"{record.error.kind}: {record.error.message}",
        "kept in": kept_in,
    }
    for name, value in facts.items():
        if value:
            lines.add_row(Text(name, style="dim"), value)
    return Panel(lines, title=record.id, title_align="left", border_style=STATE_STYLES[record.state])


def checks_table(checks: Iterable[Check]) -> Table:
    marks = {"right": Text("✓", "green"), "doubtful": Text("!", "yellow"), "wrong": Text("✗", "red")}
    table = Table(box=None, show_header=False)
    for check in checks:
        table.add_row(
            marks[check.verdict], check.name, Text.assemble(check.seen, ("\n" + check.advice if check.advice else "", "dim"))
        )
    return table


def event_line(step: JobEvent) -> Text:
    detail = " ".join(f"{key}={value}" for key, value in step.detail.items())
    return Text.assemble((f"{step.at:%H:%M:%S.%f}"[:-3] + "  ", "dim"), (f"{step.event:10}", "bold"), detail)


def _section(name: str, entries: Iterable[RenderableType]) -> RenderableType:
    shown = list(entries)
    heading = Text(f"\n{name} ({len(shown)})", style="bold underline")
    return Group(heading, *shown) if shown else Group(heading, Text("  none found", style="dim"))


def _statement(reading: Reading, statement: Statement) -> RenderableType:
    speaker = statement.speaker
    who = Text("somebody", style="dim") if speaker is None else Text(speaker.name, style="bold" if speaker.named else "italic")
    actor = next((actor for actor in reading.actors if speaker and actor.id == speaker.actor), None)
    notes = [note for note in (actor and actor.role, actor and actor.country) if note]
    who.append(f" ({', '.join(notes)})" if notes else "", style="not bold dim")
    if statement.outlet:
        who.append(f" in {statement.outlet}", style="not bold cyan")
    return Group(
        Text.assemble("\n  ", who, (f"  {statement.kind}", "dim")), *(_evidence(reading, part) for part in statement.parts)
    )


def _event(reading: Reading, event: Event) -> RenderableType:
    line = Text.assemble(
        "\n  ", (f"{event.source} → {event.target}", "bold"), f"  {event.plover} ", (event.status, STATUS_STYLES[event.status])
    )
    when = event.date and (f"{event.date.from_} – {event.date.to}" if event.date.from_ else event.date.text)
    notes = [when, f"intensity {event.intensity:+.1f}", event.attributed_to and f"claimed in {event.attributed_to}"]
    line.append("  " + " · ".join(note for note in notes if note), style="dim")
    return Group(line, *(_evidence(reading, span) for span in event.spans))


def _tie(reading: Reading, tie: Tie) -> RenderableType:
    line = Text.assemble("\n  ", ("–".join(tie.pair), "bold"), f"  {TIE_ARROWS[tie.direction]} {tie.direction}")
    line.append("  according to " + ("the author" if tie.holder == "author" else f"the speaker of {tie.holder}"), style="dim")
    return Group(line, *(_evidence(reading, span) for span in tie.spans))


def _evidence(reading: Reading, span: Span) -> RenderableType:
    """The sentence with its evidence marked, and the place of the evidence."""
    whole = reading.article.text if span.field == "text" else reading.article.title or ""
    start = max((found.end() for found in _SENTENCE_END.finditer(whole, max(0, span.start - 600), span.start)), default=0)
    start = max(start, span.start - 600)
    after = _SENTENCE_END.search(whole, max(span.end - 1, 0), span.end + 600)
    end = after.end() if after else min(len(whole), span.end + 600)
    line = Text.assemble(
        "    ", whole[start : span.start], (whole[span.start : span.end], "reverse"), whole[span.end : end].rstrip()
    )
    line.append(f"  [{'title ' if span.field == 'title' else ''}{span.start}–{span.end}]", style="dim")
    return line


def _label(record: JobRecord) -> str:
    return " ".join(f"{key}={value}" for key, value in record.label.items())


def _took(record: JobRecord) -> str:
    if not record.started_at or not record.finished_at:
        return ""
    return f"{(record.finished_at - record.started_at).total_seconds():.2f} s"
