"""The entries of feeds: which have been seen, and what became of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, ForeignKey, Index, Row, Table, Text, and_, delete, or_, select, update

from detente.contracts.feeds import Feed, FeedEntry, Poll
from detente.storage.columns import UtcDateTime, storable_text
from detente.storage.feeds import CHUNK, KEPT_POLLS, Feeds, feed_row, feeds
from detente.storage.fetches import page_id, pages
from detente.storage.pages import Page, check_limit, page_of, read_cursor
from detente.storage.rows import plain
from detente.storage.tables import metadata
from detente.storage.writes import insert_new

#: Of how many entries, the newest, the usual gap is the mean: a week of a daily paper's feed.
GAP_ENTRIES = 30

feed_entries = Table(
    "feed_entries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("feed", Text, ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False),
    Column("url", Text),
    Column("page", Text),
    Column("title", Text),
    Column("published_at", UtcDateTime),
    Column("language", Text),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("appeared_at", UtcDateTime, nullable=False),
    Column("left_at", UtcDateTime, index=True),
    Column("submitted_at", UtcDateTime),
    Column("reason", Text),
    Index(None, "feed", "seen_at"),
)


class FeedEntries(Feeds):
    """Keeps polls and the entries that they saw."""

    def keep_poll(
        self, before: Feed, after: Feed, poll: Poll, *, new: Sequence[FeedEntry] = (), listed: Iterable[str] | None = None
    ) -> None:
        """Write what a poll has changed of a feed, and its new entries, in one transaction.

        `listed` are the ids of all entries that the feed has now, or None where it was not read. Of a poll that is written
        twice, the second changes nothing but the list of polls.
        """
        old, fresh = feed_row(before), feed_row(after)
        changed = {name: value for name, value in fresh.items() if value != old[name]}
        with self.writes() as connection:
            polls = connection.scalar(select(feeds.c.polls).where(feeds.c.id == before.id).with_for_update())
            if polls is None:
                return  # Somebody has removed it meanwhile.
            latest = [plain(poll), *polls][:KEPT_POLLS]
            connection.execute(update(feeds).where(feeds.c.id == before.id).values(**changed, polls=latest))
            if new:
                insert_new(connection, feed_entries, [_row(entry) for entry in new], on=feed_entries.c.id)
            if listed is not None:
                _note_listed(connection, before.id, list(listed), at=poll.at)

    def known_entries(self, ids: Sequence[str]) -> set[str]:
        """Which of the entries have been seen before."""
        found: set[str] = set()
        with self.reads() as connection:
            for start in range(0, len(ids), CHUNK):
                asked = ids[start : start + CHUNK]
                found.update(connection.scalars(select(feed_entries.c.id).where(feed_entries.c.id.in_(asked))))
        return found

    def pending_entries(self, feed: str) -> list[FeedEntry]:
        """The entries of a feed for which no job has been submitted yet, though there should be one. The oldest first."""
        pending = select(feed_entries).where(
            feed_entries.c.feed == storable_text(feed), feed_entries.c.url.is_not(None), feed_entries.c.submitted_at.is_(None)
        )
        with self.reads() as connection:
            rows = connection.execute(pending.order_by(feed_entries.c.appeared_at, feed_entries.c.id)).all()
        return [_entry(row) for row in rows]

    def note_submitted(self, ids: Sequence[str], *, at: datetime) -> None:
        """Write that jobs for these entries are in line."""
        with self.writes() as connection:
            for start in range(0, len(ids), CHUNK):
                asked = feed_entries.c.id.in_(ids[start : start + CHUNK])
                connection.execute(update(feed_entries).where(asked).values(submitted_at=at))

    def entry_times(self, feed: str) -> list[datetime]:
        """When the newest entries of a feed appeared."""
        mine = select(feed_entries.c.appeared_at).where(feed_entries.c.feed == storable_text(feed))
        with self.reads() as connection:
            return list(connection.scalars(mine.order_by(feed_entries.c.appeared_at.desc()).limit(GAP_ENTRIES)))

    def find_entries(self, feed: str, *, limit: int = 50, after: str | None = None) -> Page[FeedEntry]:
        """A feed's entries and what became of them, those that were seen last first. Raises UnknownFeed."""
        self.feed(feed)
        found = (
            select(feed_entries, pages.c.read, pages.c.failure)
            .outerjoin(pages, pages.c.id == feed_entries.c.page)
            .where(feed_entries.c.feed == storable_text(feed))
            .order_by(feed_entries.c.seen_at.desc(), feed_entries.c.id.desc())
            .limit(check_limit(limit) + 1)
        )
        if after is not None:
            at, id = read_cursor(after, datetime, str)
            seen = feed_entries.c.seen_at
            found = found.where(or_(seen < at, and_(seen == at, feed_entries.c.id < id)))
        with self.reads() as connection:
            rows: Sequence[Any] = connection.execute(found).all()
        return page_of(rows, limit=limit, make=_entry, place=lambda row: (row.seen_at, row.id))

    def expire_entries(self, *, before: datetime) -> int:
        """Forget entries that left their feeds before a time. Returns how many."""
        with self.writes() as connection:
            return connection.execute(delete(feed_entries).where(feed_entries.c.left_at < before)).rowcount


def _note_listed(connection: Connection, feed: str, listed: list[str], *, at: datetime) -> None:
    """Entries that a feed no longer has have left it; those that it has again are back."""
    mine, left = feed_entries.c.feed == feed, feed_entries.c.left_at
    there = feed_entries.c.id.in_(listed)
    connection.execute(update(feed_entries).where(mine, left.is_(None), ~there).values(left_at=at))
    connection.execute(update(feed_entries).where(mine, left.is_not(None), there).values(left_at=None))


def _row(entry: FeedEntry) -> dict[str, Any]:
    facts = {name: value for name, value in entry.model_dump().items() if name in feed_entries.c}
    texts = {name: storable_text(value) if isinstance(value, str) else value for name, value in facts.items()}
    return texts | {"page": page_id(entry.url) if entry.url else None}


def _entry(row: Row[Any]) -> FeedEntry:
    return FeedEntry.model_validate(row._asdict())
