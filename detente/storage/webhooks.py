"""The rows of webhooks, and the log of their deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, Index, Integer, Row, Table, Text, and_, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from detente.contracts import Attempt, Delivery, DeliveryState, Webhook
from detente.errors import UnknownWebhook
from detente.storage.columns import Json, UtcDateTime, storable, storable_text
from detente.storage.connections import Connections
from detente.storage.pages import Page, check_limit, one_of, page_of, read_cursor
from detente.storage.rows import plain
from detente.storage.tables import metadata
from detente.storage.writes import upsert

#: Attempts of one delivery that are kept, the newest: a schedule has ten, and replays begin a new one.
MAX_ATTEMPTS = 50

_SHOWN = ("id", "tenant", "url", "events", "kinds", "enabled", "disabled_because", "rotates_until", "created_at")
_LOGGED = ("id", "webhook", "tenant", "event", "subject", "url", "state", "attempts", "job", "created_at", "next_at", "ended_at")
_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("events", Json, nullable=False),
    Column("kinds", Json, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("disabled_because", Text),
    Column("secret", Text, nullable=False),
    Column("old_secret", Text),
    Column("rotates_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("webhook", Text),
    Column("tenant", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("attempts", Json, nullable=False),
    Column("job", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_at", UtcDateTime),
    Column("ended_at", UtcDateTime, index=True),
    Index(None, "tenant", "created_at"),
    Index(None, "webhook", "created_at"),
    Index(None, "state", "next_at"),
)


@dataclass(frozen=True)
class KeptWebhook:
    """A webhook with its secrets, which are kept as they are: whoever signs needs them. They show in no `repr`."""

    webhook: Webhook
    secret: str = field(repr=False)
    old_secret: str | None = field(default=None, repr=False)

    def keys(self, *, now: datetime) -> list[str]:
        """What requests are signed with now, the newest first."""
        until = self.webhook.rotates_until
        return [self.secret] + ([self.old_secret] if self.old_secret and until and now < until else [])


@dataclass(frozen=True)
class KeptDelivery:
    """A delivery with what it delivers. `tries` counts its attempts since it was last put in line by a person."""

    delivery: Delivery
    payload: str = field(repr=False)
    tries: int = 0


class Webhooks(Connections):
    """Keeps webhooks, and what became of each delivery."""

    def keep_webhook(self, kept: KeptWebhook) -> None:
        """Write or overwrite a webhook's row."""
        row = {name: getattr(kept.webhook, name) for name in _SHOWN}
        lists = {"events": list(kept.webhook.events), "kinds": list(kept.webhook.kinds)}
        with self.writes() as connection:
            upsert(connection, webhooks, [{**row, **lists, "secret": kept.secret, "old_secret": kept.old_secret}])

    def webhook(self, id: str) -> KeptWebhook:
        """One webhook. Raises UnknownWebhook."""
        with self.reads() as connection:
            row = connection.execute(select(webhooks).where(webhooks.c.id == storable_text(id))).one_or_none()
        if row is None:
            raise UnknownWebhook(f"there is no webhook {id!r}")
        return _webhook(row)

    def webhooks(self, *, tenant: str | None = None) -> list[KeptWebhook]:
        """All webhooks, or those of a tenant, the oldest first."""
        query = select(webhooks).order_by(webhooks.c.created_at, webhooks.c.id)
        with self.reads() as connection:
            found = connection.execute(query if tenant is None else query.where(webhooks.c.tenant == storable_text(tenant))).all()
        return [_webhook(row) for row in found]

    def enable_webhook(self, id: str, *, enabled: bool, because: str | None = None) -> None:
        """Let a webhook be told of events again, or not any more and why. Raises UnknownWebhook."""
        change = update(webhooks).where(webhooks.c.id == storable_text(id))
        with self.writes() as connection:
            if not connection.execute(change.values(enabled=enabled, disabled_because=because)).rowcount:
                raise UnknownWebhook(f"there is no webhook {id!r}")

    def remove_webhook(self, id: str) -> None:
        """Delete a webhook. The log of its deliveries stays until it expires. Raises UnknownWebhook."""
        with self.writes() as connection:
            if not connection.execute(delete(webhooks).where(webhooks.c.id == storable_text(id))).rowcount:
                raise UnknownWebhook(f"there is no webhook {id!r}")

    def add_deliveries(self, rows: Sequence[KeptDelivery]) -> None:
        """Write deliveries that are not known yet; those that are, stay as they are."""
        if rows:
            with self.writes() as connection:
                statement = _INSERTS[connection.dialect.name](deliveries).on_conflict_do_nothing(index_elements=["id"])
                connection.execute(statement, [_row(kept) for kept in rows])

    def delivery(self, id: str) -> KeptDelivery:
        """One delivery. Raises UnknownWebhook."""
        with self.reads() as connection:
            row = connection.execute(select(deliveries).where(deliveries.c.id == storable_text(id))).one_or_none()
        if row is None:
            raise UnknownWebhook(f"there is no delivery {id!r}")
        return _delivery(row)

    def find_deliveries(
        self, *, tenant: str | None = None, webhook: str | None = None, state: DeliveryState | str | None = None,
        limit: int = 50, after: str | None = None,
    ) -> Page[Delivery]:  # fmt: skip
        """Deliveries of a tenant, of a webhook, in a state, newest first."""
        conditions = [
            deliveries.c.tenant == storable_text(tenant) if tenant is not None else None,
            deliveries.c.webhook == storable_text(webhook) if webhook is not None else None,
            deliveries.c.state == one_of(DeliveryState, state) if state is not None else None,
            _after(after),
        ]
        query = select(deliveries).where(*(condition for condition in conditions if condition is not None))
        ordered = query.order_by(deliveries.c.created_at.desc(), deliveries.c.id.desc()).limit(check_limit(limit) + 1)
        with self.reads() as connection:
            found = connection.execute(ordered).all()
        return page_of(
            found, limit=limit, make=lambda row: _delivery(row).delivery, place=lambda row: (row.created_at, row.id)
        )  # fmt: skip

    def note_attempt(
        self, id: str, attempt: Attempt | None, *, state: DeliveryState, at: datetime, next_at: datetime | None = None
    ) -> None:
        """Add an attempt to a delivery's log, and say how it stands: `next_at` is when the next one is due."""
        with self.writes() as connection:
            query = select(deliveries.c.attempts, deliveries.c.tries).where(deliveries.c.id == storable_text(id))
            row = connection.execute(query.with_for_update()).one()
            log = [*row.attempts, *([storable(plain(attempt))] if attempt else [])][-MAX_ATTEMPTS:]
            ended_at = None if state is DeliveryState.WAITING else at
            fields = {"attempts": log, "tries": row.tries + bool(attempt), "state": state.value}
            change = update(deliveries).where(deliveries.c.id == storable_text(id))
            connection.execute(change.values(**fields, next_at=next_at, ended_at=ended_at))

    def assign_delivery(self, id: str, *, job: str, at: datetime) -> None:
        """Let a job deliver it, from the beginning of the schedule."""
        with self.writes() as connection:
            fields = {"job": job, "tries": 0, "state": DeliveryState.WAITING.value, "next_at": at, "ended_at": None}
            connection.execute(update(deliveries).where(deliveries.c.id == storable_text(id)).values(**fields))

    def overdue_deliveries(self, *, before: datetime, limit: int = 200) -> list[KeptDelivery]:
        """Deliveries that wait, and whose next attempt was due before a moment, the longest first."""
        late = and_(deliveries.c.state == DeliveryState.WAITING.value, deliveries.c.next_at < before)
        with self.reads() as connection:
            found = connection.execute(select(deliveries).where(late).order_by(deliveries.c.next_at).limit(limit)).all()
        return [_delivery(row) for row in found]

    def expire_deliveries(self, *, before: datetime) -> int:
        """Delete deliveries that ended before a moment. Returns how many."""
        with self.writes() as connection:
            return connection.execute(delete(deliveries).where(deliveries.c.ended_at < before)).rowcount


def _after(cursor: str | None) -> Any:
    if cursor is None:
        return None
    created_at, id = read_cursor(cursor, datetime, str)
    return or_(deliveries.c.created_at < created_at, and_(deliveries.c.created_at == created_at, deliveries.c.id < id))


def _row(kept: KeptDelivery) -> dict[str, Any]:
    delivery = kept.delivery
    row = {name: getattr(delivery, name) for name in _LOGGED}
    log = [storable(plain(attempt)) for attempt in delivery.attempts]
    fields = {"state": delivery.state.value, "attempts": log, "payload": storable_text(kept.payload), "tries": kept.tries}
    return {**row, **fields}


def _webhook(row: Row[Any]) -> KeptWebhook:
    # Imported here: whoever keeps articles needs no signatures.
    from detente.webhooks.signatures import masked_secret

    shown = {name: getattr(row, name) for name in _SHOWN}
    return KeptWebhook(Webhook.model_validate({**shown, "secret": masked_secret(row.secret)}), row.secret, row.old_secret)


def _delivery(row: Row[Any]) -> KeptDelivery:
    return KeptDelivery(Delivery.model_validate({name: getattr(row, name) for name in _LOGGED}), row.payload, row.tries)
