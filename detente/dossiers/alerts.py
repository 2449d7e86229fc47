"""Which acts and weeks meet a rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from detente.contracts.alerts import Alert, AlertRule
from detente.contracts.dossiers import DossierEvent, DossierWeek

#: A week is compared with two months: long enough that one bad week does not set the measure.
WEEKS_BEFORE = 8


def find_alerts(rule: AlertRule, weeks: Sequence[DossierWeek], *, changed: set[date]) -> Iterator[tuple[str, Alert]]:
    """Alerts for the weeks that changed, each with what it is about: a story, or a week. `weeks` may hold others too."""
    for week in weeks:
        if week.week in changed:
            yield from _of_week(rule, week, weeks) if rule.weekly_change else _of_events(rule, week)


def _of_events(rule: AlertRule, week: DossierWeek) -> Iterator[tuple[str, Alert]]:
    for event in week.events:
        if _meets(rule, event):
            yield event.story, Alert(rule=rule.id, name=rule.name, pair=rule.pair, event=event)


def _meets(rule: AlertRule, event: DossierEvent) -> bool:
    return (
        event.day >= rule.since
        and event.status in rule.statuses
        and (not rule.types or event.plover in rule.types)
        and abs(event.intensity) >= rule.least_intensity
    )


def _of_week(rule: AlertRule, week: DossierWeek, weeks: Sequence[DossierWeek]) -> Iterator[tuple[str, Alert]]:
    if week.week < rule.since - timedelta(days=6):
        return
    # Weeks without findings count as quiet ones.
    earlier = [one for one in weeks if timedelta() < week.week - one.week <= timedelta(weeks=WEEKS_BEFORE)]
    before = sum(one.cooperation + one.conflict for one in earlier) / WEEKS_BEFORE
    after = week.cooperation + week.conflict
    if rule.weekly_change and abs(after - before) >= rule.weekly_change:
        facts = {"week": week.week, "before": round(before, 2), "after": round(after, 2)}
        yield str(week.week), Alert(rule=rule.id, name=rule.name, pair=rule.pair, **facts)
