"""Dossiers: pairs of states over time, built from the findings in the store and kept week by week.

Reading one brings it up to date first, by building again only the weeks in which something changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from detente.contracts.dossiers import Dossier, DossierEvent, DossierStatement, DossierTie, DossierWeek
from detente.dossiers.trends import find_turning_points
from detente.dossiers.weeks import Row, Weeks, last_day, week_of
from detente.errors import SpanInvalid
from detente.storage import Page, StatementRow, Store

T = TypeVar("T")

__all__ = ["open_dossier", "refresh"]

#: What a dossier shows when nobody says since when.
DEFAULT_SPAN = timedelta(days=365)
#: Ten years: finding turning points takes a second for that, and the square of it for more.
LONGEST_SPAN = timedelta(days=3653)
#: An act may be planned for next year; a day later than that is a slip of somebody's pen, and must not hide the others.
FURTHEST = timedelta(days=366)
_PAGE = 500


def open_dossier(store: Store, pair: tuple[str, str], *, since: date | None = None, until: date | None = None) -> Dossier:
    """A pair's dossier, up to date. Without `since`: the year before the last finding.

    Raises SpanInvalid where the span is longer than ten years, or ends before it begins; StoreUnreachable.
    """
    pair = _sorted(pair)
    refresh(store, pair)
    today = datetime.now(UTC).date()
    last = until or last_day(min(store.last_week(pair, until=today + FURTHEST) or today, today + FURTHEST))
    first = since or last - min(DEFAULT_SPAN, last - date.min)
    if not timedelta() <= last - first <= LONGEST_SPAN:
        raise SpanInvalid("a dossier spans at most ten years, and begins before it ends")
    return _dossier(store, pair, list(store.weeks(pair, since=week_of(first), until=last)), since=first, until=last)


def refresh(store: Store, pair: tuple[str, str]) -> list[DossierWeek]:
    """Build the weeks again in which something changed since the last time. Returns them."""
    pair, began = _sorted(pair), datetime.now(UTC)
    changed = {week_of(day) for day in store.changed_days(pair, since=store.refreshed_at(pair))}
    built = [week for monday in sorted(changed) for week in _build(store, pair, monday)]
    store.keep_weeks(pair, built, gone=changed - {week.week for week in built}, refreshed_at=began)
    return built


def _build(store: Store, pair: tuple[str, str], monday: date) -> list[DossierWeek]:
    span: dict[str, Any] = {"since": monday, "until": last_day(monday), "limit": _PAGE}
    lasting = _all(partial(store.find_events, pair=pair, **span))
    # An event of several days is found by each of them, and belongs to the week in which it began.
    events = [row for row in lasting if row.day >= monday]
    ties = list(_all(partial(store.find_ties, pair=pair, **span)))
    said = _said(store, pair, monday)
    rows: list[Row] = [*events, *ties, *said]
    ids = {row.article.id for row in rows}
    weeks = Weeks(stories=store.stories_of(ids), texts=store.texts(ids))
    weeks.add_events(events)
    weeks.add_ties(ties)
    weeks.add_statements(said)
    return [week for week in weeks.made() if week.week == monday]


def _said(store: Store, pair: tuple[str, str], monday: date) -> list[StatementRow]:
    """Statements that name both states, or that one state's people make about the other."""
    found: dict[str, StatementRow] = {}
    for state, other in (pair, pair[::-1]):
        for row in _all(partial(store.find_statements, about=state, since=monday, until=last_day(monday), limit=_PAGE)):
            if other in row.statement.about or row.speaker_country == other:
                found[row.id] = row
    return list(found.values())


def _dossier(store: Store, pair: tuple[str, str], weeks: list[DossierWeek], *, since: date, until: date) -> Dossier:
    found: list[DossierEvent | DossierTie | DossierStatement] = []
    for week in weeks:
        found += [*week.events, *week.ties, *week.statements]
    events = [event for week in weeks for event in week.events]
    return Dossier(
        pair=pair, since=since, until=until, refreshed_at=store.refreshed_at(pair) or datetime.now(UTC),
        articles=len({evidence.article_id for finding in found for evidence in finding.evidence}),
        stories=len({finding.story for finding in found}),
        statuses=_counted(event.status for event in events),
        types=_counted(event.plover for event in events if event.counts),
        turning_points=find_turning_points(weeks), weeks=tuple(weeks),
    )  # fmt: skip


def _counted(values: Iterable[T]) -> dict[T, int]:
    """How often each value comes, the most frequent first."""
    counts: dict[T, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


def _all(ask: Callable[..., Page[T]]) -> Iterator[T]:
    """The rows of all pages."""
    after: str | None = None
    while True:
        page = ask(after=after)
        yield from page.rows
        if page.after is None:
            return
        after = page.after


def _sorted(pair: tuple[str, str]) -> tuple[str, str]:
    first, second = sorted(pair)
    return first, second
