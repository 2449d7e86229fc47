"""Tell of what meets a rule."""

from __future__ import annotations

from datetime import UTC, date, datetime

from detente.contracts import EventType
from detente.contracts.alerts import AlertRule, AlertsRaised, RaiseAlerts
from detente.dossiers import refresh
from detente.dossiers.alerts import find_alerts
from detente.dossiers.weeks import week_of
from tasks.base import handles
from tasks.logs import fact
from tasks.services import Services
from tasks.webhooks import notify


@handles(RaiseAlerts)
def raise_alerts(job: RaiseAlerts, services: Services) -> AlertsRaised:
    """Look at each rule's weeks with something new. A second delivery tells nobody twice: a webhook is told once of a story."""
    told = {rule.id: _raise(rule, checked_at, services) for rule, checked_at in services.store.alert_rules()}
    return AlertsRaised(told={rule: number for rule, number in told.items() if number})


def _raise(rule: AlertRule, checked_at: datetime | None, services: Services) -> int:
    store, began, told = services.store, datetime.now(UTC), 0
    refresh(store, rule.pair)
    changed = {week_of(day) for day in store.changed_days(rule.pair, since=checked_at)}
    weeks = list(store.weeks(rule.pair, since=date.min, until=date.max)) if changed else []
    for subject, alert in find_alerts(rule, weeks, changed=changed):
        data = alert.model_dump(mode="json", by_alias=True)
        about = f"{rule.id}:{subject}"
        told += len(notify(services, EventType.ALERT_RAISED, data, subject=about, tenant=rule.tenant))
        fact("alert_raised", rule=rule.id, about=subject)
    # Only now: whoever dies before looks at the same weeks again.
    store.note_checked(rule.id, at=began)
    return told
