"""Feeds: how each stands, and what its last polls were. Their entries are in `entries.py`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Float, Index, Integer, Row, Select, Table, Text, and_, delete, or_, select, update

from detente.contracts.feeds import Feed, FeedState, Poll
from detente.errors import UnknownFeed
from detente.storage.columns import Json, UtcDateTime, storable_text
from detente.storage.connections import Connections
from detente.storage.fetches import page_id
from detente.storage.pages import Page, check_limit, page_of, read_cursor
from detente.storage.tables import metadata
from detente.storage.writes import insert_new

#: Polls that are kept of each feed: a day of a busy one.
KEPT_POLLS = 20
#: A feed that has moved is shown among those in trouble for so long, so that somebody looks whether it is still the same one.
MOVED_SHOWN = timedelta(days=7)
#: Ids in one question to the database.
CHUNK = 500

feeds = Table(
    "feeds",
    metadata,
    Column("id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("url_key", Text, nullable=False, unique=True, index=True),
    Column("title", Text),
    Column("outlet", Text),
    Column("site", Text),
    Column("language", Text),
    Column("tenant", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("added_at", UtcDateTime, nullable=False),
    Column("polled_at", UtcDateTime),
    Column("succeeded_at", UtcDateTime),
    Column("changed_at", UtcDateTime),
    Column("next_poll_at", UtcDateTime, nullable=False),
    Column("interval_s", Float, nullable=False),
    Column("gap_s", Float),
    Column("asked_s", Float),
    Column("skip_hours", Json, nullable=False),
    Column("skip_days", Json, nullable=False),
    Column("failure", Text),
    Column("message", Text),
    Column("failures", Integer, nullable=False),
    Column("failing_since", UtcDateTime),
    Column("silent_since", UtcDateTime),
    Column("moved_at", UtcDateTime),
    Column("moved_from", Json, nullable=False),
    Column("moved_to", Text),
    Column("polls_made", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("polls", Json, nullable=False),
    Index(None, "state", "next_poll_at"),
)
_SHOWN = tuple(feeds.c[name] for name in Feed.model_fields)


class Feeds(Connections):
    """Keeps feeds, one for each URL."""

    def add_feeds(self, given: Sequence[Feed]) -> dict[str, Feed]:
        """Write feeds whose URL is new. Returns the feed of each URL as it is kept: where it was known, not the one given."""
        with self.writes() as connection:
            if given:
                insert_new(connection, feeds, [feed_row(feed) | {"polls": []} for feed in given], on=feeds.c.url_key)
            keys = list({page_id(feed.url) for feed in given})
            parts = (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))
            rows = [row for part in parts for row in connection.execute(select(*_SHOWN).where(feeds.c.url_key.in_(part)))]
        return {row.url: feed_of(row) for row in rows}

    def feed(self, id: str) -> Feed:
        """One feed. Raises UnknownFeed."""
        return self._feed(select(*_SHOWN).where(feeds.c.id == storable_text(id)), id)

    def feed_at(self, url: str) -> Feed | None:
        """The feed of a URL, if there is one."""
        with self.reads() as connection:
            row = connection.execute(select(*_SHOWN).where(feeds.c.url_key == page_id(url))).one_or_none()
        return feed_of(row) if row else None

    def feed_polls(self, id: str) -> list[Poll]:
        """A feed's last polls, the newest first. Raises UnknownFeed."""
        with self.reads() as connection:
            row = connection.execute(select(feeds.c.polls).where(feeds.c.id == storable_text(id))).one_or_none()
        if row is None:
            raise UnknownFeed(f"there is no feed {id!r}")
        return [Poll.model_validate(poll) for poll in row.polls]

    def find_feeds(
        self, *, state: FeedState | None = None, troubled: bool = False, now: datetime, limit: int = 50, after: str | None = None
    ) -> Page[Feed]:
        """Feeds in the order in which they were added: all, or those with something wrong."""
        found = select(*_SHOWN).order_by(feeds.c.added_at, feeds.c.id).limit(check_limit(limit) + 1)
        if state:
            found = found.where(feeds.c.state == state.value)
        if troubled:
            found = found.where(_is_troubled(now))
        if after is not None:
            at, id = read_cursor(after, datetime, str)
            found = found.where(or_(feeds.c.added_at > at, and_(feeds.c.added_at == at, feeds.c.id > id)))
        with self.reads() as connection:
            rows: Sequence[Any] = connection.execute(found).all()
        return page_of(rows, limit=limit, make=feed_of, place=lambda row: (row.added_at, row.id))

    def due_feeds(self, *, at: datetime) -> list[Feed]:
        """The feeds whose next poll is due, the longest due first."""
        due = select(*_SHOWN).where(feeds.c.state == FeedState.ACTIVE.value, feeds.c.next_poll_at <= at)
        with self.reads() as connection:
            return [feed_of(row) for row in connection.execute(due.order_by(feeds.c.next_poll_at, feeds.c.id))]

    def keep_state(self, id: str, state: FeedState, *, at: datetime) -> Feed:
        """Pause a feed, or go on with it at once. Raises UnknownFeed."""
        fresh = {"next_poll_at": at, "moved_to": None} if state is FeedState.ACTIVE else {}
        with self.writes() as connection:
            connection.execute(update(feeds).where(feeds.c.id == storable_text(id)).values(state=state.value, **fresh))
        return self.feed(id)

    def remove_feed(self, id: str) -> None:
        """Forget a feed with its entries; pages and readings stay. Raises UnknownFeed."""
        with self.writes() as connection:
            if not connection.execute(delete(feeds).where(feeds.c.id == storable_text(id))).rowcount:
                raise UnknownFeed(f"there is no feed {id!r}")

    def _feed(self, query: Select[Any], id: str) -> Feed:
        with self.reads() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise UnknownFeed(f"there is no feed {id!r}")
        return feed_of(row)


def _is_troubled(now: datetime) -> Any:
    ended = feeds.c.state.in_((FeedState.GONE.value, FeedState.MERGED.value))
    moved = feeds.c.moved_at > now - MOVED_SHOWN
    return or_(ended, feeds.c.failure.is_not(None), feeds.c.silent_since.is_not(None), moved)


def feed_row(feed: Feed) -> dict[str, Any]:
    """A feed's columns, but for its polls."""
    texts = {name: storable_text(value) if isinstance(value, str) else value for name, value in feed.model_dump().items()}
    lists = {name: list(getattr(feed, name)) for name in ("skip_hours", "skip_days", "moved_from")}
    return texts | lists | {"url_key": page_id(feed.url)}


def feed_of(row: Row[Any]) -> Feed:
    return Feed.model_validate(row._asdict())
