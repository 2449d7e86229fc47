"""Making webhooks, and giving them new secrets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter, ValidationError

from detente.client import new_id
from detente.contracts import JOBS, Tenant, Webhook, WebhookAsked, reasons
from detente.errors import WebhookInvalid
from detente.storage import KeptWebhook
from detente.webhooks.signatures import masked_secret, new_secret


def new_webhook(url: str, *, tenant: str, events: Iterable[str] | None = None, kinds: Iterable[str] = ()) -> KeptWebhook:
    """A webhook with a secret of its own. Raises WebhookInvalid. `events` None means those of the ends of jobs and batches."""
    given = {"url": url, "kinds": tuple(kinds)} | ({} if events is None else {"events": tuple(events)})
    try:
        TypeAdapter(Tenant).validate_python(tenant)
        return made_of(WebhookAsked.model_validate(given), tenant=tenant)
    except ValidationError as error:
        raise WebhookInvalid(reasons(error)) from None


def made_of(asked: WebhookAsked, *, tenant: str) -> KeptWebhook:
    """The same, of what was validated."""
    if unknown := [kind for kind in asked.kinds if kind not in JOBS]:
        raise WebhookInvalid(f"there is no kind {unknown[0]!r}; there are {', '.join(sorted(JOBS))}")
    secret = new_secret()
    facts = {"events": tuple(dict.fromkeys(asked.events)), "kinds": tuple(dict.fromkeys(asked.kinds)), "url": asked.url}
    shown = {"id": new_id(), "tenant": tenant, "secret": masked_secret(secret), "created_at": datetime.now(UTC)}
    return KeptWebhook(Webhook.model_validate({**shown, **facts}), secret)


def rotated(kept: KeptWebhook, *, hours: float) -> KeptWebhook:
    """The webhook with a new secret. For some hours requests bear signatures of the old one too."""
    secret, until = new_secret(), datetime.now(UTC) + timedelta(hours=hours)
    shown = kept.webhook.model_copy(update={"secret": masked_secret(secret), "rotates_until": until})
    return replace(kept, webhook=shown, secret=secret, old_secret=kept.secret)
