"""The messages between services: jobs, results and findings. Needs pydantic alone."""

from detente.contracts.actors import Actor, ActorKind
from detente.contracts.alerts import AlertsRaised, RaiseAlerts
from detente.contracts.articles import MAX_HTML_CHARS, MAX_TEXT_CHARS, Article
from detente.contracts.batches import BatchFinished, BatchOutcome, BatchRecord, BatchRefusal, BatchState, FinishBatch
from detente.contracts.dossiers import DossiersRefreshed, RefreshDossiers
from detente.contracts.events import Event, EventDate, EventStatus, Plover
from detente.contracts.feeds import ExpireEntries, PollFeed, PollFeeds
from detente.contracts.fetching import ExpirePages, FailureKind, FetchArticle, FetchedPage, PagesExpired, PageStored
from detente.contracts.jobs import (
    DEFAULT_TENANT,
    Concurrency,
    Job,
    JobError,
    JobEvent,
    JobRecord,
    JobState,
    Member,
    Progress,
    Queue,
    QueueStatus,
    Tenant,
    Terms,
    reasons,
)
from detente.contracts.readings import (
    ArticleFailed,
    ReadArticle,
    ReadArticles,
    Reader,
    Reading,
    ReadingsStored,
    ReadingStored,
)
from detente.contracts.rereadings import ArticlesReread, RereadArticles
from detente.contracts.sitemaps import ReadSitemap, SitemapRead
from detente.contracts.spans import Span
from detente.contracts.statements import Speaker, Statement, StatementKind
from detente.contracts.ties import Tie, TieDirection
from detente.contracts.upkeep import (
    Beat,
    BuryLetters,
    ExpireJobs,
    ExpireSignatures,
    HeartbeatSeen,
    JobsExpired,
    LettersBuried,
    SignaturesExpired,
)
from detente.contracts.webhooks import (
    Attempt,
    DeliveriesSwept,
    DeliverWebhook,
    Delivery,
    DeliveryState,
    EventType,
    SweepDeliveries,
    Webhook,
    WebhookAsked,
    WebhookDelivered,
)

#: Every job that can be submitted, by its name on the wire.
JOBS: dict[str, type[Job]] = {  # type: ignore[type-arg]
    job.kind: job
    for job in (
        ReadArticle, ReadArticles, FetchArticle, FinishBatch, RefreshDossiers, RaiseAlerts, RereadArticles, DeliverWebhook,
        SweepDeliveries, ExpireJobs, ExpirePages, ExpireSignatures, BuryLetters, Beat, ReadSitemap, PollFeed, PollFeeds,
        ExpireEntries,
    )
}  # fmt: skip

__all__ = [
    "DEFAULT_TENANT",
    "JOBS",
    "MAX_HTML_CHARS",
    "MAX_TEXT_CHARS",
    "Actor",
    "ActorKind",
    "AlertsRaised",
    "Article",
    "ArticleFailed",
    "ArticlesReread",
    "Attempt",
    "BatchFinished",
    "BatchOutcome",
    "BatchRecord",
    "BatchRefusal",
    "BatchState",
    "Beat",
    "BuryLetters",
    "Concurrency",
    "DeliverWebhook",
    "DeliveriesSwept",
    "Delivery",
    "DeliveryState",
    "DossiersRefreshed",
    "Event",
    "EventDate",
    "EventStatus",
    "EventType",
    "ExpireEntries",
    "ExpireJobs",
    "ExpirePages",
    "ExpireSignatures",
    "FailureKind",
    "FetchArticle",
    "FetchedPage",
    "FinishBatch",
    "HeartbeatSeen",
    "Job",
    "JobError",
    "JobEvent",
    "JobRecord",
    "JobState",
    "JobsExpired",
    "LettersBuried",
    "Member",
    "PageStored",
    "PagesExpired",
    "Plover",
    "PollFeed",
    "PollFeeds",
    "Progress",
    "Queue",
    "QueueStatus",
    "RaiseAlerts",
    "ReadArticle",
    "ReadArticles",
    "ReadSitemap",
    "Reader",
    "Reading",
    "ReadingStored",
    "ReadingsStored",
    "RefreshDossiers",
    "RereadArticles",
    "SignaturesExpired",
    "SitemapRead",
    "Span",
    "Speaker",
    "Statement",
    "StatementKind",
    "SweepDeliveries",
    "Tenant",
    "Terms",
    "Tie",
    "TieDirection",
    "Webhook",
    "WebhookAsked",
    "WebhookDelivered",
    "reasons",
]  # fmt: skip
