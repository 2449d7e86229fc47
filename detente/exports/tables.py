"""Findings as flat rows, and rows as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from detente.storage import EventRow, StatementRow, TieRow

Found = StatementRow | EventRow | TieRow

_SHARED = ("id", "day", "article_id", "article_title", "article_outlet", "article_url", "article_published_at", "reading_id")
#: The columns of each noun, in the words of `docs/storage.md`.
COLUMNS: dict[type, tuple[str, ...]] = {
    StatementRow: (
        *_SHARED, "kind", "speaker_name", "speaker_named", "speaker_country", "speaker_role", "outlet", "about", "text", "start",
        "end", "rule",
    ),
    EventRow: (
        *_SHARED, "source", "target", "source_name", "target_name", "plover", "cameo", "status", "intensity", "date_from",
        "date_to", "date_text", "attributed_name", "text", "start", "end", "rule",
    ),
    TieRow: (*_SHARED, "pair", "direction", "holder", "holder_name", "holder_country", "text", "start", "end", "rule"),
}  # fmt: skip
#: A cell that begins with one of these is a formula to spreadsheets, which would run what an article says.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def flat(row: Found) -> dict[str, Any]:
    """A finding as one flat row."""
    if isinstance(row, StatementRow):
        return _shared(row) | _statement(row)
    return _shared(row) | (_event(row) if isinstance(row, EventRow) else _tie(row))


def csv_lines(rows: Iterable[Found], noun: type) -> str:
    """CSV (RFC 4180) with a header. Text that spreadsheets would take for a formula gets an apostrophe before it."""
    columns = COLUMNS[noun]
    page = io.StringIO()
    writer = csv.writer(page)
    writer.writerow(columns)
    for row in rows:
        cells = flat(row)
        writer.writerow([_cell(cells[name]) for name in columns])
    return page.getvalue()


def _shared(row: Found) -> dict[str, Any]:
    article = row.article
    published_at = article.published_at.isoformat() if article.published_at else None
    return {
        "id": row.id, "day": row.day.isoformat(), "article_id": article.id, "article_title": article.title,
        "article_outlet": article.outlet, "article_url": article.url, "article_published_at": published_at,
        "reading_id": row.reading_id, "text": row.text,
    }  # fmt: skip


def _statement(row: StatementRow) -> dict[str, Any]:
    found, speaker = row.statement, row.statement.speaker
    return {
        "kind": found.kind.value, "speaker_name": speaker and speaker.name, "speaker_named": speaker and speaker.named,
        "speaker_country": row.speaker_country, "speaker_role": row.speaker_role, "outlet": found.outlet,
        "about": " ".join(found.about), **_place(found.parts), "rule": found.rule,
    }  # fmt: skip


def _event(row: EventRow) -> dict[str, Any]:
    found, when = row.event, row.event.date
    return {
        "source": found.source, "target": found.target, "source_name": row.source_name, "target_name": row.target_name,
        "plover": found.plover.value, "cameo": found.cameo, "status": found.status.value, "intensity": found.intensity,
        "date_from": when and when.from_ and when.from_.isoformat(), "date_to": when and when.to and when.to.isoformat(),
        "date_text": when and when.text, "attributed_name": row.attributed_name, **_place(found.spans), "rule": found.rule,
    }  # fmt: skip


def _tie(row: TieRow) -> dict[str, Any]:
    found = row.tie
    return {
        "pair": "-".join(found.pair), "direction": found.direction.value, "holder": found.holder, "holder_name": row.holder_name,
        "holder_country": row.holder_country, **_place(found.spans), "rule": found.rule,
    }  # fmt: skip


def _place(spans: Sequence[Any]) -> dict[str, Any]:
    """Where the first span stands, in code points."""
    return {"start": spans[0].start, "end": spans[0].end}


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
