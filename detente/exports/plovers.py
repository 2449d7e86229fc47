"""Events as PLOVER's JSON records, one a line.

The names are those of the PLOVER manual (Open Event Data Alliance, draft 0.6b2, chapter "Data interchange": event, actor and text
objects). What PLOVER has no field for is under names of our own: `status`, `dateTo`, `dateText`, `attributedTo`, `rule`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from detente.exports.codings import QUADS
from detente.storage import EventRow

#: PLOVER's codebook that the types are of.
CODEBOOK = "PLOVER 2021"


def plover_record(row: EventRow) -> dict[str, Any]:
    """One event, with its evidence. Fields of which nothing is known are left out, as the manual has it."""
    event, when = row.event, row.event.date
    record = {
        "id": row.id, "date": row.day.isoformat(), "dateTo": when and when.to and when.to.isoformat(),
        "dateText": when and when.text,
        "source": _actors(event.source, row.source_name), "target": _actors(event.target, row.target_name),
        "event": event.plover.value, "eventText": row.text, "quadCode": QUADS[event.plover], "eventScale": event.intensity,
        "status": event.status.value, "attributedTo": row.attributed_name, "text": row.text, "citation": row.article.id,
        "url": row.article.url, "publication": row.article.outlet, "language": row.article.language,
        "textInfo": [{"start": span.start, "end": span.end, "field": span.field, "text": span.text} for span in event.spans],
        "coder": "detente", "codebook": CODEBOOK, "rule": event.rule,
    }  # fmt: skip
    return {name: value for name, value in record.items() if value not in (None, [])}


def plover_lines(rows: Iterable[EventRow]) -> str:
    return "".join(f"{json.dumps(plover_record(row), ensure_ascii=False)}\n" for row in rows)


def _actors(code: str | None, name: str | None) -> list[dict[str, str]]:
    actor = {"code": code, "actorText": name}
    known = {key: value for key, value in actor.items() if value}
    return [known] if known else []
