"""Dossiers: pairs of states over time, built from the findings in the store and kept week by week.

Reading one brings it up to date first, by building again only the weeks in which something changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from detente.contracts.dossiers import Dossier, DossierEvent, DossierStatement, DossierTie, DossierWeek
from detente.dossiers.trends import find_turning_points
from detente.dossiers.weeks import MAX_EVIDENCE, Row, Weeks, last_day, week_of
from detente.errors import SpanInvalid
from detente.storage import EventRow, Page, StatementRow, Store, TieRow, Verdict

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
    found = _Found(store, pair, since=monday, until=last_day(monday))
    ids = {row.article.id for row in found.rows}
    # A copy that is printed later adds its sources to the week in which the first was.
    late = store.later_copies(ids, than=last_day(monday), limit=MAX_EVIDENCE)
    for id in late:
        found.add(article_id=id)
    named = [*ids, *late]
    weeks = Weeks(stories=store.stories_of(named), texts=store.texts(named), printed=store.printed_days(named))
    rejected = _rejected(store, [row.id for row in found.rows])
    # An event of several days is found by each of them, and belongs to the week in which it began.
    weeks.add_events(row for row in found.events if row.id not in rejected and (row.day >= monday or row.article.id in late))
    weeks.add_ties(row for row in found.ties if row.id not in rejected)
    weeks.add_statements(row for row in found.statements if row.id not in rejected)
    return [week for week in weeks.made() if week.week == monday]


class _Found:
    """The findings on a pair, of some days or of some articles."""

    def __init__(self, store: Store, pair: tuple[str, str], **span: date) -> None:
        self._store, self._pair = store, pair
        self.events: list[EventRow] = []
        self.ties: list[TieRow] = []
        self.statements: list[StatementRow] = []
        self.add(**span)

    def add(self, **asked: Any) -> None:
        store, pair = self._store, self._pair
        self.events += _all(partial(store.find_events, pair=pair, limit=_PAGE, **asked))
        self.ties += _all(partial(store.find_ties, pair=pair, limit=_PAGE, **asked))
        self.statements += self._said(**asked)

    @property
    def rows(self) -> list[Row]:
        return [*self.events, *self.ties, *self.statements]

    def _said(self, **asked: Any) -> list[StatementRow]:
        """Statements that name both states, or that one state's people make about the other."""
        found: dict[str, StatementRow] = {}
        for state, other in (self._pair, self._pair[::-1]):
            for row in _all(partial(self._store.find_statements, about=state, limit=_PAGE, **asked)):
                if other in row.statement.about or row.speaker_country == other:
                    found[row.id] = row
        return list(found.values())


def _rejected(store: Store, ids: Sequence[str]) -> set[str]:
    """Findings of which a person said last that they are wrong, in this reading of the article or in another."""
    judged = {id: [one.verdict for one in said if one.verdict is not Verdict.NOTE] for id, said in store.reviews_of(ids).items()}
    return {id for id, verdicts in judged.items() if verdicts and verdicts[-1] is Verdict.REJECT}


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
