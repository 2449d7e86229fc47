"""From an event to its deliveries: who is told, what is said, and the job that says it.

A delivery is a row of the store before it is a job, and the ids of both follow from the event and the endpoint. So whoever
announces an event may be killed at any point and do it again: it is still one delivery. One whose job could not be submitted,
or was lost with Redis, is put in line by `SweepDeliveries`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from detente.client import Client
from detente.contracts import (
    Attempt,
    BatchRecord,
    DeliverWebhook,
    Delivery,
    DeliveryState,
    EventType,
    Job,
    JobRecord,
    JobState,
    PollFeed,
    Terms,
    Webhook,
)
from detente.contracts.webhooks import check_webhook_url
from detente.errors import SubmissionRefused
from detente.storage import KeptDelivery, Store
from detente.storage.webhooks import KeptWebhook

#: What a payload may hold. The standard advises to stay below 20 kB; this leaves room for an error's long message.
MAX_PAYLOAD_CHARS = 20_000
#: Ends of jobs that are told.
ENDS = {JobState.DONE: EventType.JOB_DONE, JobState.DEAD: EventType.JOB_DEAD}
#: Whose ends nobody is told of: a delivery that fails would make another one, and the heartbeat ends every minute.
SILENT_KINDS = frozenset({DeliverWebhook.kind})
SILENT_QUEUES = frozenset({"upkeep"})
#: Whose good ends are told of to those alone that the job names: each feed is polled up to 144 times a day.
TOLD_WHEN_NAMED = frozenset({PollFeed.kind})

_NAMESPACE = UUID("2f0c9d5e-6f0e-5c1a-9b0e-3f1f6a0c7d11")


class Submit(Protocol):
    """Submits a job, and returns its id."""

    def __call__(self, job: Job[Any], *, id: str | None = None, terms: Terms | None = None) -> str: ...


def through(client: Client) -> Submit:
    """Submits through a client."""

    def submit(job: Job[Any], *, id: str | None = None, terms: Terms | None = None) -> str:
        return str(client.submit(job, id=id, terms=terms or Terms()).id)

    return submit


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened, and whom it concerns."""

    type: str
    tenant: str
    subject: str
    data: Mapping[str, Any] = field(repr=False)
    at: datetime
    #: Of jobs, so that webhooks may choose.
    kind: str | None = None
    #: The webhook that the submission named: an id, or a URL.
    named: str | None = None

    def __post_init__(self) -> None:
        if self.type not in set(EventType):
            raise ValueError(f"there is no event {self.type!r}; there are {', '.join(EventType)}")

    def payload(self) -> str:
        """What is posted: the same text at each attempt."""
        whole = {"type": self.type, "timestamp": self.at.isoformat(), "data": dict(self.data)}
        text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
        if len(text) <= MAX_PAYLOAD_CHARS:
            return text
        cut = {"id": self.subject, "truncated": True}
        return json.dumps({**whole, "data": cut}, ensure_ascii=False, separators=(",", ":"))


def end_of_job(record: JobRecord) -> Event | None:
    """The event that a job's end is, if it is one. It names the job; results and articles are fetched by whoever may."""
    if record.state not in ENDS or record.kind in SILENT_KINDS or record.queue in SILENT_QUEUES:
        return None
    if record.kind in TOLD_WHEN_NAMED and record.state is JobState.DONE and not record.webhook:
        return None
    shown = {"id", "kind", "queue", "tenant", "state", "label", "submitted_at", "finished_at", "attempts", "error", "batch"}
    data = record.model_dump(mode="json", include=shown, exclude_none=True)
    at = record.finished_at or datetime.now(UTC)
    return Event(
        type=ENDS[record.state], tenant=record.tenant, subject=record.id, data=data, at=at, kind=record.kind, named=record.webhook
    )


def end_of_batch(record: BatchRecord) -> Event:
    data = record.model_dump(mode="json", exclude={"webhook"}, exclude_none=True)
    at = record.finished_at or datetime.now(UTC)
    return Event(
        type="batch.done", tenant=record.tenant, subject=record.id, data=data, at=at, kind=record.kind, named=record.webhook
    )


def announce(event: Event, *, store: Store, submit: Submit) -> list[str]:
    """Tell all who are to be told of an event. Returns the ids of the deliveries. Done again, it changes nothing."""
    found = list(_deliveries(event, store.webhooks(tenant=event.tenant)))
    store.add_deliveries(found)
    for kept in found:
        if kept.delivery.state is DeliveryState.WAITING:
            _submit(kept.delivery, submit)
    return [kept.delivery.id for kept in found]


def announce_to(kept: KeptWebhook, event: Event, *, store: Store, submit: Submit) -> str:
    """Tell one endpoint, whatever it listens to. Returns the id of the delivery."""
    delivery = _delivery(event, kept.webhook, kept.webhook.url)
    store.add_deliveries([delivery])
    _submit(delivery.delivery, submit)
    return delivery.delivery.id


def deliver_again(kept: KeptDelivery, *, store: Store, submit: Submit, job_id: str) -> None:
    """Put a delivery in line anew, from the beginning of its schedule. Its id, and so its `webhook-id`, stays."""
    store.assign_delivery(kept.delivery.id, job=job_id, at=datetime.now(UTC))
    _submit(kept.delivery.model_copy(update={"job": job_id}), submit)


def test_event(kept: KeptWebhook, *, id: str) -> Event:
    """An event that only says that it is one."""
    data = {"id": id, "webhook": kept.webhook.id}
    return Event(type="webhook.test", tenant=kept.webhook.tenant, subject=id, data=data, at=datetime.now(UTC))


def _submit(delivery: Delivery, submit: Submit) -> None:
    if delivery.webhook is None or delivery.job is None:
        return
    job = DeliverWebhook(delivery=delivery.id, webhook=delivery.webhook, event=delivery.event)
    try:
        submit(job, id=delivery.job, terms=Terms(tenant=delivery.tenant))
    except SubmissionRefused as refused:
        # The row waits in the store; the sweep puts it in line.
        facts = {"delivery": delivery.id, "why": type(refused).__name__}
        logging.getLogger("detente").warning("delivery_not_submitted", extra={"facts": facts})


def _deliveries(event: Event, known: Iterable[KeptWebhook]) -> Iterator[KeptDelivery]:
    enabled = [kept.webhook for kept in known if kept.webhook.enabled]
    told: dict[tuple[str, str], KeptDelivery] = {}
    for webhook in enabled:
        if event.type in webhook.events and (not webhook.kinds or event.kind is None or event.kind in webhook.kinds):
            told[webhook.id, webhook.url] = _delivery(event, webhook, webhook.url)
    if event.named:
        signer, url = _named(event.named, enabled)
        if signer is None:
            yield _refused(event)
        else:
            told[signer.id, url] = _delivery(event, signer, url)
    yield from told.values()


def _named(name: str, enabled: Iterable[Webhook]) -> tuple[Webhook | None, str]:
    """The webhook with this id, or at or above this URL, which signs for it; and the URL."""
    if "://" not in name:
        found = next((webhook for webhook in enabled if webhook.id == name), None)
        return found, found.url if found else name
    above = [webhook for webhook in enabled if _is_under(name, webhook.url)]
    return max(above, key=lambda webhook: len(webhook.url), default=None), name


def _is_under(url: str, root: str) -> bool:
    try:
        one, other = urlsplit(check_webhook_url(url)), urlsplit(root)
        origins = [(part.scheme, part.hostname, part.port) for part in (one, other)]
    except ValueError:
        return False
    if origins[0] != origins[1] or ".." in one.path or "%" in one.path:
        return False
    return one.path == other.path or one.path.startswith(other.path.rstrip("/") + "/")


def _delivery(event: Event, webhook: Webhook, url: str) -> KeptDelivery:
    id = uuid5(_NAMESPACE, f"{webhook.id} {event.type} {event.subject} {url}")
    delivery = Delivery(
        id=str(id), webhook=webhook.id, tenant=event.tenant, event=event.type, subject=event.subject, url=url,
        state=DeliveryState.WAITING, job=str(uuid5(id, "first")), created_at=datetime.now(UTC), next_at=datetime.now(UTC),
    )  # fmt: skip
    return KeptDelivery(delivery, event.payload())


def _refused(event: Event) -> KeptDelivery:
    """What the log says of a webhook that was named and is none."""
    id, now = uuid5(_NAMESPACE, f"{event.type} {event.subject} {event.named}"), datetime.now(UTC)
    why = Attempt(at=now, ms=0, error="the tenant has no enabled webhook with this id, or at or above this URL")
    delivery = Delivery(
        id=str(id), webhook=None, tenant=event.tenant, event=event.type, subject=event.subject, url=str(event.named),
        state=DeliveryState.FAILED, attempts=(why,), created_at=now, ended_at=now,
    )  # fmt: skip
    return KeptDelivery(delivery, event.payload())
