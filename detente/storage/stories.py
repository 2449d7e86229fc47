"""Stories: the index by which copies of a text are found, and the articles of each story."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, func, or_, select

from detente.contracts.stories import Story, StoryEvent, StorySource
from detente.errors import UnknownStory
from detente.storage.columns import storable_text, utc_day
from detente.storage.connections import Connections
from detente.storage.groups import forget, group_id, groups_of, merge, take_turns
from detente.storage.happening_tables import happening_articles
from detente.storage.pages import Page, check_limit, page_of, read_cursor
from detente.storage.rows import pair_key
from detente.storage.tables import articles, events, stories, story_articles, story_bands
from detente.storage.writes import insert_new

#: Candidates that are compared word by word: those that share most bands. All copies of a text share most of them.
MAX_CANDIDATES = 50
#: Articles that are counted of one band, the latest: a line that an outlet prints under all of its articles fills a band with
#: thousands that have nothing else in common. A copy shares most of the forty bands, few of which are such.
MAX_BAND = 100
#: Ids in one question to the database.
CHUNK = 500

ARTICLE_FACTS = (articles.c.title, articles.c.outlet, articles.c.url, articles.c.published_at)


class Stories(Connections):
    """Keeps which articles are copies of one text. An article without a copy is a story of its own."""

    def sign_articles(self, bands: Mapping[str, Sequence[int]]) -> None:
        """Keep the hashes of articles by which their copies are found, in place of those kept before."""
        now = datetime.now(UTC)
        own = {storable_text(id): group_id("st", id) for id in sorted(bands)}
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
        mine, theirs, others = story_bands.alias(), story_bands.alias(), story_bands.alias()
        number = select(story_articles.c.number).where(story_articles.c.article_id == storable_text(article_id))
        latest = select(others.c.number).where(others.c.band == mine.c.band).order_by(others.c.number.desc())
        first = latest.limit(1).offset(MAX_BAND).scalar_subquery()
        query = (
            select(story_articles.c.article_id)
            .select_from(mine.join(theirs, and_(theirs.c.band == mine.c.band, theirs.c.number > func.coalesce(first, 0))))
            .join(story_articles, story_articles.c.number == theirs.c.number)
            .where(mine.c.number == number.scalar_subquery(), theirs.c.number != mine.c.number)
            .group_by(story_articles.c.article_id, theirs.c.number)
            .order_by(func.count().desc(), theirs.c.number)
        )
        with self.reads() as connection:
            return list(connection.scalars(query.limit(MAX_CANDIDATES)))

    def join_stories(self, article_ids: Sequence[str]) -> str:
        """Make one story of those that these articles belong to: the oldest takes in the others. Its id."""
        member = story_articles.c.story_id
        with self.writes() as connection:
            take_turns(connection)
            return merge(connection, stories, member, groups_of(connection, stories, member, article_ids))

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
            [found] = with_sources(connection, [id])
        return found

    def find_stories(
        self, *, since: date | None = None, sources: int = 2, limit: int = 50, after: str | None = None
    ) -> Page[Story]:
        """Stories with at least so many articles, that with the newest article first; `since` is a day on which one came in."""
        newest, id = func.max(story_articles.c.signed_at), story_articles.c.story_id
        query = select(id, newest.label("newest")).group_by(id).having(func.count() >= sources)
        if since:
            query = query.having(newest >= datetime(since.year, since.month, since.day, tzinfo=UTC))
        if after is not None:
            at, last = read_cursor(after, datetime, str)
            query = query.having(or_(newest < at, and_(newest == at, id > last)))
        with self.reads() as connection:
            found = connection.execute(query.order_by(newest.desc(), id).limit(check_limit(limit) + 1)).all()
            made = {story.id: story for story in with_sources(connection, [row.story_id for row in found[:limit]])}
        return page_of(
            found, limit=limit, make=lambda row: made[row.story_id], place=lambda row: (row.newest, row.story_id)
        )  # fmt: skip

    def count_events(self, *, pair: tuple[str, str], since: date | None = None, until: date | None = None) -> list[StoryEvent]:
        """The events of a pair of states, each once for each story that reports it, with the articles that do."""
        belongs = func.coalesce(story_articles.c.story_id, events.c.article_id)
        query = (
            select(belongs.label("story"), events, *ARTICLE_FACTS)
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
                found.setdefault(key, {}).setdefault(row.article_id, source_of(row))
        names = ("story", "source", "target", "plover", "status")
        return [
            StoryEvent(**dict(zip(names, key, strict=True)), sources=tuple(sources.values())) for key, sources in found.items()
        ]

    def expire_signatures(self, *, before: datetime) -> int:
        """Forget the hashes of articles that came in before a time: no new copy is found by them any more. How many hashes."""
        return forget(self, story_articles.c.signed_at, [story_bands], before=before)


def with_sources(connection: Connection, ids: Sequence[str]) -> list[Story]:
    """The stories with these ids, in this order, each with its articles and the happening that they report."""
    founded = dict(connection.execute(select(stories.c.id, stories.c.founded_at).where(stories.c.id.in_(ids))).all())
    happening = happening_articles.c
    query = select(story_articles.c.story_id, story_articles.c.article_id, happening.happening_id, *ARTICLE_FACTS)
    query = query.join(articles, articles.c.id == story_articles.c.article_id)
    query = query.outerjoin(happening_articles, happening.article_id == story_articles.c.article_id)
    sources: dict[str, list[StorySource]] = {id: [] for id in ids}
    reported: dict[str, str] = {}
    found = query.where(story_articles.c.story_id.in_(ids)).order_by(articles.c.published_at, story_articles.c.number)
    for row in connection.execute(found):
        sources[row.story_id].append(source_of(row))
        if row.happening_id:
            reported[row.story_id] = row.happening_id
    return [
        Story(id=id, founded_at=founded[id], happening=reported.get(id), sources=tuple(sources[id])) for id in ids
    ]  # fmt: skip


def source_of(row: Any) -> StorySource:
    """The article of a row that has its `ARTICLE_FACTS`."""
    names = ("article_id", "title", "outlet", "url", "published_at")
    return StorySource(**{name: getattr(row, name) for name in names})
