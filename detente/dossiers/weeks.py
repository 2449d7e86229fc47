"""From rows of findings to the weeks of a dossier: each act once for each story, with the sentences that tell of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from detente.contracts import Span
from detente.contracts.dossiers import DossierEvent, DossierStatement, DossierTie, DossierWeek, Evidence
from detente.storage import EventRow, StatementRow, TieRow

#: Characters around a finding: about a sentence on either side.
CONTEXT_CHARS = 160
#: Articles of one story that are listed with an act; a thousand copies of an agency's report prove no more than fifty.
MAX_EVIDENCE = 50

Row = EventRow | StatementRow | TieRow


def week_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def last_day(monday: date) -> date:
    """The Sunday of a week. The calendar's last week is short."""
    return monday + min(timedelta(days=6), date.max - monday)


class Weeks:
    """Collects rows, and makes the weeks of them. `stories` names each article's story, `texts` has the articles' texts.

    What has no day of its own is of the first day on which its story was `printed`: a copy that comes in the week after is no
    second act.
    """

    def __init__(
        self, *, stories: Mapping[str, str], texts: Mapping[str, str], printed: Mapping[str, Sequence[date]] | None = None
    ) -> None:
        self._stories, self._texts, self._printed = stories, texts, printed or {}
        self._events: dict[Any, list[EventRow]] = defaultdict(list)
        self._ties: dict[Any, list[TieRow]] = defaultdict(list)
        self._statements: dict[Any, list[StatementRow]] = defaultdict(list)

    def add_events(self, rows: Iterable[EventRow]) -> None:
        for row in rows:
            event = row.event
            self._events[self._story(row), event.source, event.target, event.plover, event.status, self._day(row)].append(row)

    def add_ties(self, rows: Iterable[TieRow]) -> None:
        for row in rows:
            self._ties[self._story(row), row.tie.direction, row.holder_name, self._day(row)].append(row)

    def add_statements(self, rows: Iterable[StatementRow]) -> None:
        for row in rows:
            self._statements[self._story(row), row.text].append(row)

    def made(self) -> list[DossierWeek]:
        """The weeks, in order; what is in them by day."""
        events = self._by_week(self._events, self._event)
        ties = self._by_week(self._ties, self._tie)
        statements = self._by_week(self._statements, self._statement)
        found = sorted({*events, *ties, *statements})
        return [
            DossierWeek(week=week, events=events.get(week, ()), ties=ties.get(week, ()), statements=statements.get(week, ()))
            for week in found
        ]

    def _by_week(self, groups: Mapping[Any, list[Any]], make: Callable[[list[Any]], Any]) -> dict[date, tuple[Any, ...]]:
        weeks: dict[date, list[Any]] = defaultdict(list)
        for rows in groups.values():
            weeks[week_of(self._day(rows[0]))].append(make(rows))
        return {week: tuple(sorted(found, key=lambda one: (one.day, one.story))) for week, found in weeks.items()}

    def _event(self, rows: list[EventRow]) -> DossierEvent:
        event = rows[0].event
        # One article of the story that vouches for the act itself is enough.
        claimed = all(row.attributed_name for row in rows)
        return DossierEvent(
            day=self._day(rows[0]), source=event.source or "", target=event.target or "", plover=event.plover,
            status=event.status, intensity=event.intensity, attributed_to=rows[0].attributed_name if claimed else None,
            **self._told(rows, [row.event.spans for row in rows]),
        )  # fmt: skip

    def _tie(self, rows: list[TieRow]) -> DossierTie:
        first = rows[0]
        return DossierTie(
            day=self._day(first), direction=first.tie.direction, holder=first.holder_name, holder_country=first.holder_country,
            **self._told(rows, [row.tie.spans for row in rows]),
        )  # fmt: skip

    def _statement(self, rows: list[StatementRow]) -> DossierStatement:
        first = rows[0]
        speaker = first.statement.speaker
        return DossierStatement(
            day=self._day(first), speaker=speaker.name if speaker else None, country=first.speaker_country,
            role=first.speaker_role, outlet=first.statement.outlet, text=first.text,
            **self._told(rows, [row.statement.parts for row in rows]),
        )  # fmt: skip

    def _told(self, rows: Sequence[Row], spans: Sequence[tuple[Span, ...]]) -> dict[str, Any]:
        """By which story, by how many of its articles, and where in each of them, the oldest first."""
        each = {row.article.id: self._one(row, where) for row, where in zip(rows, spans, strict=True)}
        ordered = sorted(each.values(), key=lambda one: (one.published_at is None, one.published_at, one.article_id))
        return {"story": self._story(rows[0]), "sources": len(each), "evidence": tuple(ordered[:MAX_EVIDENCE])}

    def _one(self, row: Row, spans: tuple[Span, ...]) -> Evidence:
        article = row.article
        source = (article.title or "") if spans[0].field == "title" else self._texts.get(article.id, "")
        start, end = spans[0].start, spans[0].end
        return Evidence(
            finding_id=row.id, reading_id=row.reading_id, article_id=article.id, title=article.title, outlet=article.outlet,
            url=article.url, published_at=article.published_at, spans=spans,
            prefix=source[max(0, start - CONTEXT_CHARS) : start], suffix=source[end : end + CONTEXT_CHARS],
        )  # fmt: skip

    def _day(self, row: Row) -> date:
        has_own = isinstance(row, EventRow) and row.event.date is not None and row.event.date.from_ is not None
        return row.day if has_own else min([row.day, *self._printed.get(row.article.id, ())])

    def _story(self, row: Row) -> str:
        return self._stories.get(row.article.id, row.article.id)
