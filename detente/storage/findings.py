"""Questions to the findings: statements, events and ties by who, about whom, when."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, Table, and_, func, or_, select

from detente.contracts import Event, EventStatus, Plover, Statement, StatementKind, Tie, TieDirection
from detente.errors import QueryInvalid
from detente.storage.columns import storable_text, utc_day
from detente.storage.connections import Connections
from detente.storage.pages import Page, check_limit, one_of, page_of, read_cursor
from detente.storage.rows import name_key, pair_key
from detente.storage.tables import actors, articles, events, readings, statement_states, statements, ties

T = TypeVar("T")
Conditions = Sequence[ColumnElement[bool] | None]

#: No name is as long as this; SQLite refuses to search for a text of 50,000 bytes.
MAX_NAME_CHARS = 1000

_STATE = re.compile(r"[A-Z]{3}\Z")


@dataclass(frozen=True)
class ArticleFacts:
    """Which article a finding is from."""

    id: str
    title: str | None
    outlet: str | None
    url: str | None
    published_at: datetime | None
    language: str


@dataclass(frozen=True)
class StatementRow:
    """A statement, its article, and its speaker's country and role."""

    id: str
    reading_id: str
    article: ArticleFacts
    day: date
    statement: Statement
    text: str
    speaker_country: str | None
    speaker_role: str | None


@dataclass(frozen=True)
class EventRow:
    """An event, its article, the names of its actors, and who alone claims it."""

    id: str
    reading_id: str
    article: ArticleFacts
    day: date
    event: Event
    text: str
    source_name: str | None
    target_name: str | None
    attributed_name: str | None


@dataclass(frozen=True)
class TieRow:
    """An assessment, its article, and who holds it: None for the article's author."""

    id: str
    reading_id: str
    article: ArticleFacts
    day: date
    tie: Tie
    text: str
    holder_name: str | None
    holder_country: str | None


class Findings(Connections):
    """Answers questions about findings, newest day first.

    Findings are those of each article's current reading, unless `all_readings`. `since` and `until` are days in UTC, both
    included. An actor, speaker or holder is the alpha-3 code of a state ("RUS"), or part of a name, in any case.
    """

    def find_statements(
        self, *, speaker: str | None = None, about: str | None = None, kind: StatementKind | str | None = None,
        outlet: str | None = None, article_id: str | None = None, reading_id: str | None = None, since: date | None = None,
        until: date | None = None, all_readings: bool = False, limit: int = 50, after: str | None = None,
    ) -> Page[StatementRow]:  # fmt: skip
        """Statements by speaker, by a state that the words name, by the outlet that first published them, by day."""
        conditions = [
            _is_by(speaker, country=statements.c.speaker_country, key=statements.c.speaker_key),
            _is(statements.c.kind, kind and one_of(StatementKind, kind)),
            _is(statements.c.outlet, outlet),
            *_published(statements, since=since, until=until),
            *_is_from(statements, article_id=article_id, reading_id=reading_id, all_readings=all_readings),
        ]
        if about is None:
            return self._page(_select(statements), statements, conditions, _statement_row, limit=limit, after=after)
        named = and_(statement_states.c.statement_id == statements.c.id, statement_states.c.state == storable_text(about))
        query = _select(statements).join(statement_states, named)
        return self._page(query, statements, conditions, _statement_row, day=statement_states.c.day, limit=limit, after=after)

    def find_events(
        self, *, pair: tuple[str, str] | None = None, source: str | None = None, target: str | None = None,
        actor: str | None = None, plover: Plover | str | None = None, status: EventStatus | str | None = None,
        article_id: str | None = None, reading_id: str | None = None, since: date | None = None, until: date | None = None,
        all_readings: bool = False, limit: int = 50, after: str | None = None,
    ) -> Page[EventRow]:  # fmt: skip
        """Events by states, people, type, status and day. An event that lasts several days is found by each of them."""
        conditions = [
            _is(events.c.pair, pair_key(*pair) if pair else None),
            _is(events.c.source, source),
            _is(events.c.target, target),
            _involves(actor),
            _is(events.c.plover, plover and one_of(Plover, plover)),
            _is(events.c.status, status and one_of(EventStatus, status)),
            func.coalesce(events.c.date_to, events.c.day) >= utc_day(since) if since else None,
            events.c.day <= utc_day(until) if until else None,
            *_is_from(events, article_id=article_id, reading_id=reading_id, all_readings=all_readings),
        ]
        return self._page(_select(events), events, conditions, _event_row, limit=limit, after=after)

    def find_ties(
        self, *, pair: tuple[str, str] | None = None, direction: TieDirection | str | None = None, holder: str | None = None,
        article_id: str | None = None, reading_id: str | None = None, since: date | None = None, until: date | None = None,
        all_readings: bool = False, limit: int = 50, after: str | None = None,
    ) -> Page[TieRow]:  # fmt: skip
        """Assessments of a pair of states, by direction, by who holds them ("author" for the article's own), by day."""
        conditions = [
            _is(ties.c.pair, pair_key(*pair) if pair else None),
            _is(ties.c.direction, direction and one_of(TieDirection, direction)),
            _is_held_by(holder),
            *_published(ties, since=since, until=until),
            *_is_from(ties, article_id=article_id, reading_id=reading_id, all_readings=all_readings),
        ]
        return self._page(_select(ties), ties, conditions, _tie_row, limit=limit, after=after)

    def _page(
        self, query: Select[Any], table: Table, conditions: Conditions, make: Callable[[Row[Any]], T], *,
        limit: int, after: str | None, day: ColumnElement[date] | None = None,
    ) -> Page[T]:  # fmt: skip
        """The rows of a query, from the cursor on, sorted by `day`: the table's own, or that of a table joined to it."""
        day = table.c.day if day is None else day
        met = [condition for condition in (*conditions, _after(table, after, day=day)) if condition is not None]
        ordered = query.where(*met).order_by(day.desc(), table.c.reading_id.desc(), table.c.place).limit(check_limit(limit) + 1)
        with self.reads() as connection:
            found = connection.execute(ordered).all()
        return page_of(found, limit=limit, make=make, place=lambda row: (row.day, row.reading_id, row.place))


def _select(table: Table) -> Select[Any]:
    facts = [articles.c[name].label(f"article_{name}") for name in ("title", "outlet", "url", "published_at", "language")]
    return select(table, *facts).join(articles, articles.c.id == table.c.article_id)


def _after(table: Table, cursor: str | None, *, day: ColumnElement[date]) -> ColumnElement[bool] | None:
    if cursor is None:
        return None
    last_day, reading_id, place = read_cursor(cursor, date, str, int)
    later = and_(table.c.reading_id == reading_id, table.c.place > place)
    # The first condition is implied by the second, but only the first lets the database start within an index.
    return and_(day <= last_day, or_(day < last_day, table.c.reading_id < reading_id, later))


def _is(column: ColumnElement[str], value: str | None) -> ColumnElement[bool] | None:
    return None if value is None else column == storable_text(value)


def _is_by(who: str | None, *, country: ColumnElement[str], key: ColumnElement[str]) -> ColumnElement[bool] | None:
    if who is None:
        return None
    return country == who if _STATE.match(who) else _has_name(key, who)


def _has_name(key: ColumnElement[str], name: str) -> ColumnElement[bool]:
    if len(name) > MAX_NAME_CHARS:
        raise QueryInvalid(f"a name has at most {MAX_NAME_CHARS} characters, not {len(name)}")
    return key.contains(name_key(storable_text(name)), autoescape=True)


def _involves(who: str | None) -> ColumnElement[bool] | None:
    if who is None:
        return None
    if _STATE.match(who):
        return or_(events.c.source == who, events.c.target == who)
    named = select(actors.c.id).where(_has_name(actors.c.name_key, who))
    return or_(events.c.source_actor.in_(named), events.c.target_actor.in_(named))


def _is_held_by(who: str | None) -> ColumnElement[bool] | None:
    if who == "author":
        return ties.c.holder == "author"
    return _is_by(who, country=ties.c.holder_country, key=ties.c.holder_key)


def _published(table: Table, *, since: date | None, until: date | None) -> Conditions:
    return [table.c.day >= utc_day(since) if since else None, table.c.day <= utc_day(until) if until else None]


def _is_from(table: Table, *, article_id: str | None, reading_id: str | None, all_readings: bool) -> Conditions:
    """The findings of one article, of one reading, or of all that are current."""
    of_article = select(readings.c.id).where(readings.c.article_id == storable_text(article_id or ""))
    return [
        table.c.reading_id.in_(of_article) if article_id is not None else None,
        _is(table.c.reading_id, reading_id),
        None if all_readings or reading_id is not None else articles.c.reading_id == table.c.reading_id,
    ]


def _facts(row: Row[Any]) -> dict[str, Any]:
    article = ArticleFacts(
        id=row.article_id, title=row.article_title, outlet=row.article_outlet, url=row.article_url,
        published_at=row.article_published_at, language=row.article_language,
    )  # fmt: skip
    return {"id": row.id, "reading_id": row.reading_id, "article": article, "day": row.day, "text": row.text}


def _statement_row(row: Row[Any]) -> StatementRow:
    statement = Statement.model_validate(row.finding)
    return StatementRow(**_facts(row), statement=statement, speaker_country=row.speaker_country, speaker_role=row.speaker_role)


def _event_row(row: Row[Any]) -> EventRow:
    names = {name: getattr(row, name) for name in ("source_name", "target_name", "attributed_name")}
    return EventRow(**_facts(row), event=Event.model_validate(row.finding), **names)


def _tie_row(row: Row[Any]) -> TieRow:
    tie = Tie.model_validate(row.finding)
    return TieRow(**_facts(row), tie=tie, holder_name=row.holder_name, holder_country=row.holder_country)
