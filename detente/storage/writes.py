"""Writing readings: one transaction, the same rows however often a job is delivered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from detente.storage import tables
from detente.storage.rows import KeptReading, Row, article_row, finding_rows, reading_row

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def upsert(
    connection: Connection, table: Table, rows: Sequence[Row], *, keep: Sequence[str] = (), or_keep: Sequence[str] = ()
) -> None:
    """Insert rows, or overwrite those with the same key: but never the columns `keep`, nor `or_keep` with null."""
    statement = _INSERTS[connection.dialect.name](table)
    new = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
    changed = {name: value for name, value in new.items() if name not in keep}
    changed |= {name: func.coalesce(new[name], table.c[name]) for name in or_keep}
    connection.execute(statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed), rows)


def insert_new(connection: Connection, table: Table, rows: Sequence[Row], *, on: Any) -> None:
    """Insert the rows whose column `on` is new, and leave the others as they are."""
    connection.execute(_INSERTS[connection.dialect.name](table).on_conflict_do_nothing(index_elements=[on]), rows)


def write_readings(connection: Connection, kept: Sequence[KeptReading], *, kept_at: datetime) -> None:
    """Write readings with their articles and findings, in place of those that had the same ids.

    Articles come first and in order: each is locked until the end, so two deliveries at once take turns, and two batches
    never wait for each other.
    """
    latest = {one.reading.article.id: one for one in kept}
    upsert(connection, tables.articles, [article_row(latest[id], kept_at=kept_at) for id in sorted(latest)], keep=["kept_at"])
    upsert(connection, tables.readings, [reading_row(one, kept_at=kept_at) for one in kept], keep=["kept_at"])
    ids = [one.reading_id for one in kept]
    for table in (tables.actors, tables.statements, tables.events, tables.ties):
        connection.execute(delete(table).where(table.c.reading_id.in_(ids)))
    first_kept_at = dict(connection.execute(_kept_at(ids)).all())
    for table, rows in finding_rows(kept, kept_at=first_kept_at):
        if rows:
            connection.execute(table.insert(), rows)
    _mend_left_articles(connection, ids)


def _kept_at(ids: Sequence[str]) -> Any:
    return select(tables.readings.c.id, tables.readings.c.kept_at).where(tables.readings.c.id.in_(ids))


def _mend_left_articles(connection: Connection, ids: Sequence[str]) -> None:
    """Give articles that lost their current reading the one before it, or delete them.

    It happens where a job is delivered again to a newer version, which cleans its text differently and so names the article
    differently.
    """
    articles, readings = tables.articles, tables.readings
    left = select(articles.c.id).join(readings, readings.c.id == articles.c.reading_id)
    for id in connection.scalars(left.where(readings.c.id.in_(ids), readings.c.article_id != articles.c.id)).all():
        before = select(readings.c.id).where(readings.c.article_id == id).order_by(readings.c.kept_at.desc()).limit(1)
        if reading_id := connection.scalar(before):
            connection.execute(update(articles).where(articles.c.id == id).values(reading_id=reading_id))
        else:
            connection.execute(delete(articles).where(articles.c.id == id))
