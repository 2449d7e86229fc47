"""Articles that an older reader has read last, and what reading them again has changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select

from detente.contracts import Reader, Reading
from detente.contracts.rereadings import Rereading
from detente.storage.columns import storable, storable_text
from detente.storage.connections import Connections
from detente.storage.pages import Page, check_limit, page_of, read_cursor
from detente.storage.rows import plain
from detente.storage.tables import articles, readings, rereadings
from detente.storage.writes import upsert


class Rereadings(Connections):
    """Finds what is to be read again, and keeps what that changed."""

    def outdated_articles(self, reader: Reader, *, after: str | None = None, limit: int = 32) -> list[str]:
        """Ids of articles whose current reading is not by this version of the reader, in the order of their ids."""
        other = or_(readings.c.reader_name != reader.name, readings.c.reader_version != reader.version)
        query = select(articles.c.id).join(readings, and_(readings.c.id == articles.c.reading_id, other))
        if after is not None:
            query = query.where(articles.c.id > storable_text(after))
        with self.reads() as connection:
            return list(connection.scalars(query.order_by(articles.c.id).limit(limit)))

    def reading_before(self, article_id: str, *, than: str) -> tuple[str, Reading] | None:
        """An article's last reading but the one with the id `than`, with its id; None where there is no other."""
        query = select(readings.c.id, readings.c.document).where(
            readings.c.article_id == storable_text(article_id), readings.c.id != storable_text(than)
        )
        with self.reads() as connection:
            found = connection.execute(query.order_by(readings.c.kept_at.desc(), readings.c.id.desc()).limit(1)).one_or_none()
        return (found.id, Reading.model_validate(found.document)) if found else None

    def keep_rereadings(self, found: Sequence[Rereading]) -> None:
        """Write what changed, once for each new reading."""
        rows = [_row(one) for one in found]
        if rows:
            with self.writes() as connection:
                upsert(connection, rereadings, rows)

    def find_rereadings(
        self, *, article_id: str | None = None, changed: bool = False, limit: int = 50, after: str | None = None
    ) -> Page[Rereading]:
        """What reading again has changed, the latest first; with `changed`, only where something did."""
        query = select(rereadings)
        if article_id is not None:
            query = query.where(rereadings.c.article_id == storable_text(article_id))
        if changed:
            query = query.where(rereadings.c.number > 0)
        if after is not None:
            at, id = read_cursor(after, datetime, str)
            query = query.where(
                or_(rereadings.c.reread_at < at, and_(rereadings.c.reread_at == at, rereadings.c.reading_id < id))
            )
        ordered = query.order_by(rereadings.c.reread_at.desc(), rereadings.c.reading_id.desc()).limit(check_limit(limit) + 1)
        with self.reads() as connection:
            found = connection.execute(ordered).all()
        return page_of(
            found, limit=limit, make=lambda row: Rereading.model_validate(row.document),
            place=lambda row: (row.reread_at, row.reading_id),
        )  # fmt: skip


def _row(one: Rereading) -> dict[str, Any]:
    facts = {"reading_id": one.after, "article_id": one.article_id, "reread_at": one.reread_at, "number": len(one.changes)}
    row: dict[str, Any] = storable({**facts, "document": plain(one)})
    return row
