"""Stories: the index by which copies of a text are found, and the articles of each story."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, text, update

from detente.contracts.stories import Story, StoryEvent, StorySource
from detente.errors import UnknownStory
from detente.storage.columns import storable_text, utc_day
from detente.storage.connections import Connections
from detente.storage.pages import check_limit
from detente.storage.rows import pair_key
from detente.storage.tables import articles, events, stories, story_articles, story_bands
from detente.storage.writes import insert_new

#: Candidates that are compared word by word: those that share most bands. All copies of a text share most of them.
MAX_CANDIDATES = 50
#: Ids in one question to the database.
CHUNK = 500
#: Articles whose hashes are deleted in one transaction: half a second, for which writers to SQLite wait.
EXPIRED_AT_ONCE = 1000
#: The number of the lock under which stories are merged on PostgreSQL, one of detente's own.
MERGE_LOCK = 0x64_65_74_05

_FACTS = (articles.c.title, articles.c.outlet, articles.c.url, articles.c.published_at)


class Stories(Connections):
    """Keeps which articles are copies of one text. An article without a copy is a story of its own."""

    def sign_articles(self, bands: Mapping[str, Sequence[int]]) -> None:
        """Keep the hashes of articles by which their copies are found, in place of those kept before."""
        now = datetime.now(UTC)
        own = {storable_text(id): _story_id(id) for id in sorted(bands)}
        if not own:
            return
        with self.writes() as connection:
            insert_new(connection, stories, [{"id": story, "founded_at": now} for story in own.values()], on=stories.c.id)
            rows = [{"article_id": id, "story_id": story, "signed_at": now} for id, story in own.items()]
            insert_new(connection, story_articles, rows, on=story_articles.c.article_id)
            signed = select(story_articles.c.article_id, story_articles.c.number).where(story_articles.c.article_id.in_(own))
            numbers = dict(connection.execute(signed.order_by(story_articles.c.article_id).with_for_update()).all())
            connection.execute(delete(story_bands).where(story_bands.c.number.in_(numbers.values())))
            hashes = {(band, numbers[storable_text(id)]) for id, found in bands.items() for band in found}
            if hashes:
                connection.execute(story_bands.insert(), [{"band": band, "number": number} for band, number in sorted(hashes)])

    def story_candidates(self, article_id: str) -> list[str]:
        """The articles that share a hash with this one, those that share most first."""
        mine, theirs = story_bands.alias(), story_bands.alias()
        number = select(story_articles.c.number).where(story_articles.c.article_id == storable_text(article_id))
        query = (
            select(story_articles.c.article_id)
            .select_from(mine.join(theirs, mine.c.band == theirs.c.band))
            .join(story_articles, story_articles.c.number == theirs.c.number)
            .where(mine.c.number == number.scalar_subquery(), theirs.c.number != mine.c.number)
            .group_by(story_articles.c.article_id, theirs.c.number)
            .order_by(func.count().desc(), theirs.c.number)
        )
        with self.reads() as connection:
            return list(connection.scalars(query.limit(MAX_CANDIDATES)))

    def join_stories(self, article_ids: Sequence[str]) -> str:
        """Make one story of those that these articles belong to: the oldest takes in the others. Its id."""
        ids = [storable_text(id) for id in article_ids]
        with self.writes() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MERGE_LOCK})
            query = select(stories.c.id).join(story_articles, story_articles.c.story_id == stories.c.id)
            joined = query.where(story_articles.c.article_id.in_(ids)).distinct()
            found = connection.execute(joined.add_columns(stories.c.founded_at).order_by(stories.c.founded_at, stories.c.id))
            oldest, *others = [row.id for row in found]
            if others:
                _merge(connection, others, into=oldest)
        return str(oldest)

    def stories_of(self, article_ids: Iterable[str]) -> dict[str, str]:
        """The story of each article that has one."""
        ids = sorted({storable_text(id) for id in article_ids})
        found: dict[str, str] = {}
        with self.reads() as connection:
            for start in range(0, len(ids), CHUNK):
                query = select(story_articles.c.article_id, story_articles.c.story_id)
                found |= dict(connection.execute(query.where(story_articles.c.article_id.in_(ids[start : start + CHUNK]))).all())
        return found

    def story(self, story_id: str) -> Story:
        """One story with its articles, by its id or that of a story which was merged into it. Raises UnknownStory."""
        with self.reads() as connection:
            named = select(func.coalesce(stories.c.merged_into, stories.c.id)).where(stories.c.id == storable_text(story_id))
            if (id := connection.scalar(named)) is None:
                raise UnknownStory(f"the store has no story {story_id!r}")
            [found] = _with_sources(connection, [id])
        return found

    def find_stories(self, *, since: date | None = None, sources: int = 2, limit: int = 50) -> list[Story]:
        """Stories with at least so many articles, that with the newest article first; `since` is a day on which one came in."""
        query = (
            select(story_articles.c.story_id)
            .group_by(story_articles.c.story_id)
            .having(func.count() >= sources)
            .order_by(func.max(story_articles.c.signed_at).desc(), story_articles.c.story_id)
            .limit(check_limit(limit))
        )
        if since:
            first = datetime(since.year, since.month, since.day, tzinfo=UTC)
            query = query.having(func.max(story_articles.c.signed_at) >= first)
        with self.reads() as connection:
            return _with_sources(connection, list(connection.scalars(query)))

    def count_events(self, *, pair: tuple[str, str], since: date | None = None, until: date | None = None) -> list[StoryEvent]:
        """The events of a pair of states, each once for each story that reports it, with the articles that do."""
        belongs = func.coalesce(story_articles.c.story_id, events.c.article_id)
        query = (
            select(belongs.label("story"), events, *_FACTS)
            .join(articles, articles.c.reading_id == events.c.reading_id)
            .outerjoin(story_articles, story_articles.c.article_id == events.c.article_id)
            .where(events.c.pair == pair_key(*pair))
            .order_by(events.c.day, articles.c.published_at, events.c.article_id, events.c.place)
        )
        if since:
            query = query.where(func.coalesce(events.c.date_to, events.c.day) >= utc_day(since))
        if until:
            query = query.where(events.c.day <= utc_day(until))
        found: dict[tuple[Any, ...], dict[str, StorySource]] = {}
        with self.reads() as connection:
            for row in connection.execute(query):
                key = (row.story, row.source, row.target, row.plover, row.status)
                found.setdefault(key, {}).setdefault(row.article_id, _source(row))
        names = ("story", "source", "target", "plover", "status")
        return [
            StoryEvent(**dict(zip(names, key, strict=True)), sources=tuple(sources.values())) for key, sources in found.items()
        ]

    def expire_signatures(self, *, before: datetime) -> int:
        """Forget the hashes of articles that came in before a time: no new copy is found by them any more. How many hashes."""
        came_in = story_articles.c.signed_at
        newest = select(story_articles.c.number).where(came_in < before).order_by(came_in.desc()).limit(1)
        with self.reads() as connection:
            first, last = connection.scalar(select(func.min(story_bands.c.number))), connection.scalar(newest)
        if first is None or last is None:
            return 0
        starts = range(first, last + 1, EXPIRED_AT_ONCE)
        return sum(self._expire(start, min(start + EXPIRED_AT_ONCE, last + 1), before) for start in starts)

    def _expire(self, start: int, end: int, before: datetime) -> int:
        number = story_articles.c.number
        old = select(number).where(number >= start, number < end, story_articles.c.signed_at < before)
        with self.writes() as connection:
            return connection.execute(delete(story_bands).where(story_bands.c.number.in_(old))).rowcount


def _story_id(article_id: str) -> str:
    """The id of the story that an article begins: the same however often and wherever it is read."""
    return "st-" + sha256(storable_text(article_id).encode()).hexdigest()[:20]


def _merge(connection: Connection, others: Sequence[str], *, into: str) -> None:
    connection.execute(update(story_articles).where(story_articles.c.story_id.in_(others)).values(story_id=into))
    # Those that had been merged into them lead to the new one at once, so that nobody has to follow a chain.
    gone = or_(stories.c.id.in_(others), stories.c.merged_into.in_(others))
    connection.execute(update(stories).where(gone).values(merged_into=into))


def _with_sources(connection: Connection, ids: Sequence[str]) -> list[Story]:
    founded = dict(connection.execute(select(stories.c.id, stories.c.founded_at).where(stories.c.id.in_(ids))).all())
    query = select(story_articles.c.story_id, story_articles.c.article_id, *_FACTS)
    query = query.join(articles, articles.c.id == story_articles.c.article_id).where(story_articles.c.story_id.in_(ids))
    sources: dict[str, list[StorySource]] = {id: [] for id in ids}
    for row in connection.execute(query.order_by(articles.c.published_at, story_articles.c.number)):
        sources[row.story_id].append(_source(row))
    return [Story(id=id, founded_at=founded[id], sources=tuple(sources[id])) for id in ids]


def _source(row: Any) -> StorySource:
    names = ("article_id", "title", "outlet", "url", "published_at")
    return StorySource(**{name: getattr(row, name) for name in names})
