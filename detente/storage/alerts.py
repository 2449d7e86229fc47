"""The rules of alerts, and up to when each has been looked at."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Table, Text, delete, select, update

from detente.contracts.alerts import AlertRule
from detente.errors import UnknownAlertRule
from detente.storage.columns import Json, UtcDateTime, storable_text
from detente.storage.connections import Connections
from detente.storage.rows import plain
from detente.storage.tables import metadata
from detente.storage.writes import upsert

alert_rules = Table(
    "alert_rules",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False, index=True),
    Column("checked_at", UtcDateTime),
    Column("document", Json, nullable=False),
)


class Alerts(Connections):
    """Keeps rules."""

    def keep_alert_rule(self, rule: AlertRule) -> None:
        """Write or overwrite a rule. It is looked at anew from its creation on."""
        with self.writes() as connection:
            row = {"id": rule.id, "tenant": rule.tenant, "checked_at": None, "document": plain(rule)}
            upsert(connection, alert_rules, [row])

    def alert_rules(self, *, tenant: str | None = None) -> list[tuple[AlertRule, datetime | None]]:
        """All rules, or a tenant's, each with the time up to which it has been looked at."""
        query = select(alert_rules.c.document, alert_rules.c.checked_at).order_by(alert_rules.c.id)
        if tenant is not None:
            query = query.where(alert_rules.c.tenant == storable_text(tenant))
        with self.reads() as connection:
            found = connection.execute(query).all()
        return [(AlertRule.model_validate(row.document), row.checked_at) for row in found]

    def note_checked(self, rule_id: str, *, at: datetime) -> None:
        """Everything up to this time has been told."""
        with self.writes() as connection:
            connection.execute(update(alert_rules).where(alert_rules.c.id == rule_id).values(checked_at=at))

    def remove_alert_rule(self, rule_id: str) -> None:
        """Raises UnknownAlertRule."""
        with self.writes() as connection:
            if not connection.execute(delete(alert_rules).where(alert_rules.c.id == storable_text(rule_id))).rowcount:
                raise UnknownAlertRule(f"there is no rule {rule_id!r}: `detente alerts list` shows them")
