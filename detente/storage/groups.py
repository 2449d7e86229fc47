"""Groups of articles that only ever grow: each article begins one of its own, and groups are merged, the oldest id staying."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Column, Connection, Table, delete, or_, select, text, update

from detente.storage.columns import storable_text
from detente.storage.connections import Connections

#: The number of the lock under which groups are merged on PostgreSQL, one of detente's own.
MERGE_LOCK = 0x64_65_74_05
#: Articles whose rows are deleted in one transaction: a quarter of a second, for which writers to SQLite wait.
FORGOTTEN_AT_ONCE = 500


def group_id(prefix: str, article_id: str) -> str:
    """The id of the group that an article begins: the same however often and wherever it is read."""
    return f"{prefix}-" + sha256(storable_text(article_id).encode()).hexdigest()[:20]


def take_turns(connection: Connection) -> None:
    """Wait until nobody else merges. On SQLite, whoever writes is alone."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MERGE_LOCK})


def groups_of(connection: Connection, groups: Table, member: Column[Any], article_ids: Sequence[str]) -> list[str]:
    """The groups that articles belong to, the oldest first. `member` is the column that names an article's group."""
    articles = member.table.c
    query = select(groups.c.id, groups.c.founded_at).join(member.table, member == groups.c.id)
    found = query.where(articles.article_id.in_([storable_text(id) for id in article_ids])).distinct()
    return [row.id for row in connection.execute(found.order_by(groups.c.founded_at, groups.c.id))]


def merge(connection: Connection, groups: Table, member: Column[Any], ids: Sequence[str]) -> str:
    """Make one group of several, the oldest first: it takes in the others. Its id."""
    oldest, *others = ids
    if others:
        connection.execute(update(member.table).where(member.in_(others)).values({member: oldest}))
        # Those that had been merged into them lead to the new one at once, so that nobody has to follow a chain.
        gone = or_(groups.c.id.in_(others), groups.c.merged_into.in_(others))
        connection.execute(update(groups).where(gone).values(merged_into=oldest))
    return oldest


def forget(store: Connections, at: Column[Any], indexes: Sequence[Table], *, before: datetime) -> int:
    """Delete what is kept in `indexes` of the articles whose time `at` is before another. How many rows; some at a time."""
    members, last, deleted = at.table.c, 0, 0
    while True:
        with store.writes() as connection:
            query = select(members.number).where(members.number > last, at < before).order_by(members.number)
            numbers = connection.scalars(query.limit(FORGOTTEN_AT_ONCE)).all()
            for index in indexes:
                deleted += connection.execute(delete(index).where(index.c.number.in_(numbers))).rowcount
        if not numbers:
            return deleted
        last = numbers[-1]
