"""Webhooks: who is told what, and how each delivery went. Standard Webhooks 1.0.0."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, StringConstraints

from detente.contracts.jobs import Concurrency, Job, Queue, Tenant
from detente.contracts.spans import Frozen


class EventType(StrEnum):
    """What can be told."""

    JOB_DONE = "job.done"
    JOB_DEAD = "job.dead"
    BATCH_DONE = "batch.done"
    ALERT_RAISED = "alert.raised"
    FEED_TROUBLED = "feed.troubled"
    WEBHOOK_TEST = "webhook.test"


#: One endpoint that answers slowly holds so many of the workers' processes at most.
ENDPOINT_CONCURRENCY = 2
#: Longest URL of an endpoint; web servers take 8,000 bytes at most, and nobody types more than this.
MAX_URL_CHARS = 2000


def check_webhook_url(url: str) -> str:
    """The URL, if it is one that can be posted to. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("a webhook's URL looks like https://example.org/hooks")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("a webhook's URL has neither user, password nor fragment: requests are signed instead")
    parts.port  # noqa: B018 - raises ValueError for a port that is none
    return url


_PORT = "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
_URL = rf"^https?://[A-Za-z0-9]([A-Za-z0-9.-]{{0,250}}[A-Za-z0-9])?(:({_PORT}))?([/?][!\"$-~]*)?$"
WebhookUrl = Annotated[str, StringConstraints(max_length=MAX_URL_CHARS, pattern=_URL), AfterValidator(check_webhook_url)]


class WebhookAsked(Frozen):
    """A webhook to be added."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: WebhookUrl = Field(examples=["https://example.org/hooks/detente"])
    events: Annotated[tuple[EventType, ...], Field(max_length=len(EventType))] = Field(
        default=(EventType.JOB_DONE, EventType.JOB_DEAD, EventType.BATCH_DONE),
        description="what it is told; with none, only of the jobs and batches that name it",
    )
    kinds: Annotated[tuple[Annotated[str, StringConstraints(max_length=200)], ...], Field(max_length=100)] = Field(
        default=(), description="only of jobs of these kinds; none for all"
    )


class Webhook(Frozen):
    """An endpoint that is told of events. Its secret is shown once, when it is made."""

    id: str
    tenant: Tenant
    url: str
    events: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    enabled: bool = True
    disabled_because: str | None = None
    secret: str = Field(description="`whsec_…`; in full only when it is made, else its last four characters")
    rotates_until: AwareDatetime | None = Field(default=None, description="until then the secret before it signs too")
    created_at: AwareDatetime


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


class Attempt(Frozen):
    """One request to an endpoint, and how it went."""

    at: AwareDatetime
    status: int | None = Field(default=None, description="of the answer; null where none came")
    ms: int
    error: str | None = Field(default=None, description="why it does not count as delivered")
    excerpt: str | None = Field(default=None, description="the beginning of an answer that was no success")


class Delivery(Frozen):
    """An event on its way to an endpoint. Its id is the `webhook-id` of all attempts."""

    id: str
    webhook: str | None
    tenant: Tenant
    event: str
    subject: str = Field(description="the id of what the event is about: a job, a batch")
    url: str
    state: DeliveryState
    attempts: tuple[Attempt, ...] = ()
    job: str | None = Field(default=None, description="the job that delivers it")
    created_at: AwareDatetime
    next_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None


class WebhookDelivered(Frozen):
    """What became of a delivery: the last answer's status, and how many attempts it took."""

    delivery: str
    state: DeliveryState
    status: int | None = None
    attempts: int = 0


class DeliverWebhook(Job[WebhookDelivered]):
    """Post an event to an endpoint, again and again until it is taken. Submitted by detente itself."""

    kind: ClassVar[str] = "detente.webhook.deliver"
    queue: ClassVar[Queue] = Queue.FETCH

    delivery: Annotated[str, StringConstraints(max_length=64)]
    webhook: Annotated[str, StringConstraints(max_length=64)]
    event: Annotated[str, StringConstraints(max_length=64)] = ""

    def label(self) -> dict[str, str | int]:
        return {"event": self.event, "webhook": self.webhook, "delivery": self.delivery}

    def concurrency(self) -> Concurrency | None:
        return Concurrency(key=f"webhook:{self.webhook}", limit=ENDPOINT_CONCURRENCY)


class DeliveriesSwept(Frozen):
    """How many deliveries were put in line again, how many given up, and how many old ones were deleted."""

    resubmitted: int = 0
    failed: int = 0
    deleted: int = 0


class SweepDeliveries(Job[DeliveriesSwept]):
    """See that every delivery that waits has a job, and delete those that ended more than `after_days` days ago."""

    kind: ClassVar[str] = "detente.webhooks.sweep"
    queue: ClassVar[Queue] = Queue.UPKEEP

    after_days: Annotated[float, Field(gt=0, le=3650)] = 30.0
