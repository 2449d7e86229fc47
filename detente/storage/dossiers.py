"""The kept weeks of dossiers, and what has changed since they were built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, func, or_, select

from detente.contracts.dossiers import DossierWeek
from detente.storage.columns import LATEST, storable_text, utc_day
from detente.storage.connections import Connections
from detente.storage.rows import pair_key, plain
from detente.storage.tables import (
    articles,
    dossier_weeks,
    dossiers,
    events,
    readings,
    reviews,
    statement_states,
    statements,
    story_articles,
    ties,
)
from detente.storage.writes import upsert

#: A transaction that began before the last refresh may have become visible after it; it took no longer than this.
OVERLAP = timedelta(minutes=5)
#: A copy that is printed later than this after the first is news again, not one more source of it.
REPRINTED = timedelta(days=14)
#: Ids in one question to the database.
CHUNK = 500


class Dossiers(Connections):
    """Keeps the weeks of pairs of states, so that a refresh builds only those in which something changed."""

    def changed_days(self, pair: tuple[str, str], *, since: datetime | None) -> set[date]:
        """Days of findings on a pair whose articles have been read or reviewed since, by whichever of their readings: a finding
        that is no longer current changes its week too; and the days on which other copies of these articles were printed."""
        found: set[date] = set()
        changed: set[str] = set()
        with self.reads() as connection:
            for table, concerns in _concerning(pair):
                query = select(table.c.day, table.c.article_id).where(concerns).distinct()
                rows = connection.execute(query if since is None else query.where(_changed(table, since - OVERLAP))).all()
                found |= {row.day for row in rows}
                changed |= {row.article_id for row in rows}
        return found | {day for days in self.printed_days(changed).values() for day in days}

    def printed_days(self, article_ids: Iterable[str]) -> dict[str, list[date]]:
        """The days near its own on which an article or a copy of it was printed, the first first."""
        ids, mine, theirs, own = sorted(article_ids), story_articles.alias(), story_articles.alias(), articles.alias()
        columns = [articles.c.published_at, articles.c.kept_at]
        query = (
            select(mine.c.article_id, own.c.published_at.label("own_at"), own.c.kept_at.label("own_kept_at"), *columns).distinct()
            .join(theirs, theirs.c.story_id == mine.c.story_id).join(articles, articles.c.id == theirs.c.article_id)
            .join(own, own.c.id == mine.c.article_id)
        )  # fmt: skip
        found: dict[str, set[date]] = {}
        with self.reads() as connection:
            for start in range(0, len(ids), CHUNK):
                asked = [storable_text(id) for id in ids[start : start + CHUNK]]
                for row in connection.execute(query.where(mine.c.article_id.in_(asked))):
                    day, its_own = utc_day(row.published_at or row.kept_at), utc_day(row.own_at or row.own_kept_at)
                    if abs(day - its_own) <= REPRINTED:
                        found.setdefault(row.article_id, set()).add(day)
        return {id: sorted(days) for id, days in found.items()}

    def later_copies(self, article_ids: Iterable[str], *, than: date, limit: int) -> list[str]:
        """Copies of articles that were printed in the days after a day, the earliest first."""
        mine, theirs = story_articles.alias(), story_articles.alias()
        after = datetime.combine(than, time.max, UTC)
        query = (
            select(theirs.c.article_id, articles.c.published_at).distinct()
            .join(mine, mine.c.story_id == theirs.c.story_id).join(articles, articles.c.id == theirs.c.article_id)
            .where(articles.c.published_at > after, articles.c.published_at <= after + min(REPRINTED, LATEST - after))
            .order_by(articles.c.published_at, theirs.c.article_id).limit(limit)
        )  # fmt: skip
        ids, found = sorted(article_ids), list[str]()
        with self.reads() as connection:
            for start in range(0, len(ids), CHUNK):
                asked = [storable_text(id) for id in ids[start : start + CHUNK]]
                found += [row.article_id for row in connection.execute(query.where(mine.c.article_id.in_(asked)))]
        return found[:limit]

    def keep_weeks(
        self, pair: tuple[str, str], weeks: Sequence[DossierWeek], *, gone: Iterable[date], refreshed_at: datetime
    ) -> None:
        """Write weeks in place of those kept, remove those in which nothing is found any more, and note the time."""
        key = pair_key(*pair)
        with self.writes() as connection:
            upsert(connection, dossiers, [{"pair": key, "refreshed_at": refreshed_at}])
            for week in gone:
                connection.execute(delete(dossier_weeks).where(dossier_weeks.c.pair == key, dossier_weeks.c.week == week))
            if weeks:
                rows = [{"pair": key, "week": week.week, "document": plain(week)} for week in weeks]
                upsert(connection, dossier_weeks, rows)

    def refreshed_at(self, pair: tuple[str, str]) -> datetime | None:
        """When a pair's weeks were built last; None where they never were."""
        with self.reads() as connection:
            at: datetime | None = connection.scalar(select(dossiers.c.refreshed_at).where(dossiers.c.pair == pair_key(*pair)))
        return at

    def kept_pairs(self) -> list[tuple[str, str]]:
        """The pairs whose dossiers are kept."""
        with self.reads() as connection:
            keys = connection.scalars(select(dossiers.c.pair).order_by(dossiers.c.pair)).all()
        return [(first, second) for first, _, second in (key.partition("-") for key in keys)]

    def forget_dossier(self, pair: tuple[str, str]) -> bool:
        """Stop keeping a pair's dossier. Its findings stay. False where it was not kept."""
        key = pair_key(*pair)
        with self.writes() as connection:
            connection.execute(delete(dossier_weeks).where(dossier_weeks.c.pair == key))
            return bool(connection.execute(delete(dossiers).where(dossiers.c.pair == key)).rowcount)

    def last_week(self, pair: tuple[str, str], *, until: date) -> date | None:
        """The last week, up to a day, in which something was found; None where nothing was."""
        with self.reads() as connection:
            kept = dossier_weeks.c
            query = select(func.max(kept.week)).where(kept.pair == pair_key(*pair), kept.week <= until)
            week: date | None = connection.scalar(query)
        return week

    def weeks(self, pair: tuple[str, str], *, since: date, until: date) -> Iterator[DossierWeek]:
        """The kept weeks that begin from one day to another, in order."""
        kept = dossier_weeks.c
        query = select(kept.document).where(kept.pair == pair_key(*pair), kept.week >= since, kept.week <= until)
        with self.reads() as connection:
            documents = connection.scalars(query.order_by(kept.week)).all()
        return map(DossierWeek.model_validate, documents)

    def texts(self, article_ids: Iterable[str]) -> dict[str, str]:
        """The clean texts of articles."""
        ids = [storable_text(id) for id in article_ids]
        found: dict[str, str] = {}
        with self.reads() as connection:
            for start in range(0, len(ids), CHUNK):
                query = select(articles.c.id, articles.c.text).where(articles.c.id.in_(ids[start : start + CHUNK]))
                found |= dict(connection.execute(query).all())
        return found


def _changed(table: Table, since: datetime) -> ColumnElement[bool]:
    """Whether a finding's article has been read or reviewed since."""
    read = select(readings.c.article_id).where(readings.c.kept_at >= since)
    reviewed = select(reviews.c.article_id).where(reviews.c.reviewed_at >= since)
    return or_(table.c.article_id.in_(read), table.c.article_id.in_(reviewed))


def _concerning(pair: tuple[str, str]) -> list[tuple[Table, Any]]:
    named = select(statement_states.c.statement_id).where(statement_states.c.state.in_(pair))
    key = pair_key(*pair)
    return [(events, events.c.pair == key), (ties, ties.c.pair == key), (statements, statements.c.id.in_(named))]
