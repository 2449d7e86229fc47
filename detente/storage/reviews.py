"""What people say of findings: accepted, rejected, noted. Kept beside the findings, and never overwritten by a later reading."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Table, or_, select

from detente.storage.columns import storable_text
from detente.storage.connections import Connections
from detente.storage.tables import events, reviews, statements, ties

#: Findings looked up at once: below the number of values that any database takes in one query.
CHUNK = 500
#: What makes two findings of one article the same to a person who judged one of them.
_SAMENESS = {
    statements: ("kind", "speaker_name", "text"),
    events: ("source", "target", "plover", "status", "text"),
    ties: ("pair", "direction", "holder_name", "text"),
}


class Verdict(StrEnum):
    """What a person says of a finding."""

    ACCEPT = "accept"
    REJECT = "reject"
    NOTE = "note"


@dataclass(frozen=True)
class Review:
    """One judgement: of which finding, what, by whom, when."""

    id: str
    finding_id: str
    verdict: Verdict
    note: str | None
    reviewed_by: str
    reviewed_at: datetime


class Reviews(Connections):
    """Keeps reviews, and finds them again: for the finding itself, and for the same one in another reading of its article."""

    def keep_review(self, review: Review) -> bool:
        """Write a review beside its finding. False where there is no such finding."""
        with self.writes() as connection:
            for table in _SAMENESS:
                found = connection.execute(select(table).where(table.c.id == storable_text(review.finding_id))).one_or_none()
                if found is not None:
                    connection.execute(reviews.insert(), _row(review, table, found))
                    return True
        return False

    def reviews_of(self, finding_ids: Iterable[str]) -> dict[str, list[Review]]:
        """The reviews of some findings of one page, the oldest first, by the finding's id."""
        ids = [storable_text(id) for id in finding_ids]
        found: dict[str, list[Review]] = {}
        for start in range(0, len(ids), CHUNK):
            self._add_reviews(found, ids[start : start + CHUNK])
        return found

    def _add_reviews(self, found: dict[str, list[Review]], ids: list[str]) -> None:
        with self.reads() as connection:
            articles = {
                row.id: (row.article_id, sameness(table, row))
                for table in _SAMENESS
                for row in connection.execute(select(table).where(table.c.id.in_(ids)))
            }
            near = {article for article, _ in articles.values()}
            if not near:
                return
            query = select(reviews).where(or_(reviews.c.finding_id.in_(ids), reviews.c.article_id.in_(near)))
            rows = connection.execute(query.order_by(reviews.c.reviewed_at, reviews.c.id)).all()
        for id, facts in articles.items():
            said = [_review(row) for row in rows if row.finding_id == id or (row.article_id, row.sameness) == facts]
            if said:
                found[id] = said


def sameness(table: Table, row: Row[Any]) -> str:
    """The same for the same finding of the same article, whichever reading found it."""
    facts = [table.name, row.article_id, *(getattr(row, name) for name in _SAMENESS[table])]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False, default=str).encode()).hexdigest()


def _row(review: Review, table: Table, found: Row[Any]) -> dict[str, Any]:
    return {
        "id": review.id, "finding_id": review.finding_id, "noun": table.name, "article_id": found.article_id,
        "reading_id": found.reading_id, "sameness": sameness(table, found), "verdict": review.verdict.value,
        "note": review.note and storable_text(review.note), "reviewed_by": storable_text(review.reviewed_by),
        "reviewed_at": review.reviewed_at, "finding": found.finding,
    }  # fmt: skip


def _review(row: Row[Any]) -> Review:
    return Review(row.id, row.finding_id, Verdict(row.verdict), row.note, row.reviewed_by, row.reviewed_at)
