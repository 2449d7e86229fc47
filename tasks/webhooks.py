"""Deliver webhooks, see that none is forgotten, and tell of events from anywhere."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from detente.client import new_id
from detente.contracts import (
    DEFAULT_TENANT,
    Attempt,
    DeliveriesSwept,
    DeliverWebhook,
    DeliveryState,
    JobState,
    SweepDeliveries,
    WebhookDelivered,
)
from detente.errors import NotReady, UnknownJob, UnknownWebhook, WebhookRefused
from detente.storage import KeptDelivery, KeptWebhook
from detente.webhooks.deliveries import Event, announce, deliver_again
from detente.webhooks.posts import Answer, post
from detente.webhooks.signatures import sign
from tasks.base import Limits, handles
from tasks.logs import fact
from tasks.services import Services

#: Each wait is longer by up to this share, so that what failed together does not come back together.
JITTER = 0.2
#: How much later than planned an attempt must be before its job counts as lost: longer than queues are full, as a rule.
OVERDUE_S = 600.0
GONE = 410


def notify(
    services: Services, event_type: str, data: Mapping[str, Any], *, subject: str | None = None, tenant: str = DEFAULT_TENANT
) -> list[str]:
    """Tell all webhooks of a tenant that listen to `event_type`. Returns the ids of the deliveries.

    Of one event type and `subject` (the job's own id, if not given) each webhook is told once, however often this is called.
    """
    about = subject or services.job_id
    event = Event(type=event_type, tenant=tenant, subject=about, data=data, at=datetime.now(UTC))
    return announce(event, store=services.store, submit=services.submit)


# The handler itself says when the schedule is over; this is more than any schedule has.
@handles(DeliverWebhook, limits=Limits(soft_s=90, hard_s=100, max_retries=60))
def deliver(job: DeliverWebhook, services: Services) -> WebhookDelivered:
    """Post once. Raises NotReady until the endpoint takes it, and WebhookRefused when the schedule is over."""
    kept = services.store.delivery(job.delivery)
    # Another job has taken over, or the last attempt was noted and its worker died then.
    if kept.delivery.job != services.job_id or kept.delivery.state is not DeliveryState.WAITING:
        return _outcome(kept)
    if kept.tries and (early_s := _early_s(kept)) > 1:
        # The worker that noted the last attempt died before it could put this one off.
        raise NotReady("the next attempt is not due yet", retry_after_s=early_s)
    try:
        webhook = services.store.webhook(str(kept.delivery.webhook))
    except UnknownWebhook:
        return _drop(kept, services, "the webhook was removed")
    if not webhook.webhook.enabled:
        return _drop(kept, services, "the webhook is disabled")
    return _judge(kept, webhook, _attempt(kept, webhook, services), services)


def _early_s(kept: KeptDelivery) -> float:
    due = kept.delivery.next_at
    return (due - datetime.now(UTC)).total_seconds() if due else 0.0


def _attempt(kept: KeptDelivery, webhook: KeptWebhook, services: Services) -> Answer:
    options, body = services.webhooks, kept.payload.encode()
    headers = sign(body, id=kept.delivery.id, timestamp=int(time.time()), keys=webhook.keys(now=datetime.now(UTC)))
    return post(kept.delivery.url, body, headers, timeout_s=options.timeout_s, networks=options.networks)


def _judge(kept: KeptDelivery, webhook: KeptWebhook, answer: Answer, services: Services) -> WebhookDelivered:
    """Note the attempt, and say what follows from it."""
    id, now, schedule = kept.delivery.id, datetime.now(UTC), services.webhooks.schedule_s
    attempt = Attempt(at=now, status=answer.status, ms=answer.ms, error=answer.error, excerpt=answer.excerpt)
    facts: dict[str, Any] = {"delivery": id, "webhook": webhook.webhook.id, "status": answer.status, "ms": answer.ms}
    if answer.error is None:
        services.store.note_attempt(id, attempt, state=DeliveryState.DELIVERED, at=now)
        fact("webhook_delivered", **facts)
    elif answer.status == GONE:
        services.store.note_attempt(id, attempt, state=DeliveryState.FAILED, at=now)
        services.store.enable_webhook(webhook.webhook.id, enabled=False, because="it answered 410 Gone")
        fact("webhook_disabled", **facts)
    elif kept.tries < len(schedule):
        wait_s = max(schedule[kept.tries], answer.retry_after_s or 0) * random.uniform(1, 1 + JITTER)  # noqa: S311 - no secret
        due = now + timedelta(seconds=wait_s)
        services.store.note_attempt(id, attempt, state=DeliveryState.WAITING, at=now, next_at=due)
        raise NotReady(answer.error, retry_after_s=wait_s)
    else:
        services.store.note_attempt(id, attempt, state=DeliveryState.FAILED, at=now)
        raise WebhookRefused(f"not delivered in {kept.tries + 1} attempts; the last: {answer.error}")
    return _outcome(services.store.delivery(id))


@handles(SweepDeliveries)
def sweep(job: SweepDeliveries, services: Services) -> DeliveriesSwept:
    """Deliveries whose job was never submitted or is lost get a new one; those whose job died are given up."""
    now, resubmitted, failed = datetime.now(UTC), 0, 0
    for kept in services.store.overdue_deliveries(before=now - timedelta(seconds=OVERDUE_S)):
        if _is_dead(kept, services):
            services.store.note_attempt(kept.delivery.id, None, state=DeliveryState.FAILED, at=now)
            failed += 1
        elif _is_lost(kept, services):
            deliver_again(kept, store=services.store, submit=services.submit, job_id=new_id())
            resubmitted += 1
    deleted = services.store.expire_deliveries(before=now - timedelta(days=job.after_days))
    return DeliveriesSwept(resubmitted=resubmitted, failed=failed, deleted=deleted)


def _is_lost(kept: KeptDelivery, services: Services) -> bool:
    try:
        return kept.delivery.job is None or _state(kept.delivery.job, services).is_final
    except UnknownJob:
        return True


def _is_dead(kept: KeptDelivery, services: Services) -> bool:
    try:
        return kept.delivery.job is not None and _state(kept.delivery.job, services) in (JobState.DEAD, JobState.CANCELLED)
    except UnknownJob:
        return False


def _state(job_id: str, services: Services) -> JobState:
    return services.ledger.record(job_id).state


def _drop(kept: KeptDelivery, services: Services, why: str) -> WebhookDelivered:
    now = datetime.now(UTC)
    services.store.note_attempt(kept.delivery.id, Attempt(at=now, ms=0, error=why), state=DeliveryState.DROPPED, at=now)
    fact("webhook_dropped", delivery=kept.delivery.id, why=why)
    return _outcome(services.store.delivery(kept.delivery.id))


def _outcome(kept: KeptDelivery) -> WebhookDelivered:
    delivery = kept.delivery
    status = delivery.attempts[-1].status if delivery.attempts else None
    return WebhookDelivered(delivery=delivery.id, state=delivery.state, status=status, attempts=len(delivery.attempts))
