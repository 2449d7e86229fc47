"""One tree of errors. The first line of a docstring is the default message."""

from __future__ import annotations


class DetenteError(Exception):
    """Something went wrong in detente."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").partition("\n")[0].rstrip("."))


class JobRejected(DetenteError):
    """The job can never succeed as it is.

    Never retried: the job goes to the dead letters with this error.
    """


class ArticleRejected(JobRejected):
    """The article cannot be read."""


class PageRejected(JobRejected):
    """The page cannot be fetched, or holds no article."""


class NotReady(DetenteError):
    """The job cannot run now, but may later.

    Retried with back-off and jitter. `retry_after_s`, in seconds, is the least time to wait where the other side said so.
    """

    def __init__(self, message: str | None = None, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class DeadlinePassed(JobRejected):
    """The job's deadline passed before it could start. Replay it to have it run without one."""


class SubmissionRefused(DetenteError):
    """The job was not submitted.

    `accepted` holds the ids of the jobs that the same call did submit.
    """

    def __init__(self, message: str | None = None, *, accepted: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.accepted = accepted


class QueueFull(SubmissionRefused):
    """The queue has no room. Submit again, with the same id or key, after `retry_after_s` seconds."""

    def __init__(self, message: str | None = None, *, retry_after_s: float = 1.0, accepted: tuple[str, ...] = ()) -> None:
        super().__init__(message, accepted=accepted)
        self.retry_after_s = retry_after_s


class QueueClosed(QueueFull):
    """The queue takes no submissions until it is opened again."""


class IdempotencyConflict(SubmissionRefused):
    """The idempotency key, or the id, was used for another job. Use a new one for each job."""


class BatchOver(SubmissionRefused):
    """The batch takes no more jobs: it was cancelled or has ended, or it was never begun."""


class JobFailed(DetenteError):
    """The job ended without a result.

    Raised where a result is waited for. `kind` is the class name of the worker's error.
    """

    def __init__(self, message: str | None = None, *, kind: str = "JobFailed") -> None:
        super().__init__(message)
        self.kind = kind


class JobCancelled(JobFailed):
    """The job was cancelled."""


class UnknownJob(DetenteError):
    """No job has this id, or its record has expired."""


class BrokerUnreachable(DetenteError):
    """Redis does not answer."""


class ApiUnreachable(BrokerUnreachable):
    """The HTTP API does not answer."""


class RequestRefused(DetenteError):
    """The HTTP API refused the request. `status` is that of its answer."""

    def __init__(self, message: str | None = None, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class NotOverHttp(DetenteError):
    """This needs a client of the system's Redis; over HTTP it cannot be done."""


class StoreUnreachable(DetenteError):
    """The store does not answer."""


class StoreMismatched(StoreUnreachable):
    """The store's tables are missing, or are those of another version."""


class UnknownAlertRule(DetenteError):
    """No rule of alerts has this id."""


class UnknownStory(DetenteError):
    """No story has this id."""


class UnknownHappening(DetenteError):
    """No happening has this id."""


class UnknownFeed(DetenteError):
    """No feed has this id."""


class FeedInvalid(DetenteError):
    """There can be no such feed."""


class UnknownReading(DetenteError):
    """No reading has this id."""


class UnknownBatch(DetenteError):
    """No batch has this id, or its record has expired."""


class UnknownKey(DetenteError):
    """No API key has this id."""


class SpanInvalid(DetenteError):
    """The span of time is too long, or ends before it begins."""


class QueryInvalid(DetenteError):
    """The store cannot be asked this."""


class WebhookRefused(JobRejected):
    """The webhook's endpoint did not take the delivery in all its attempts. Replay it when the endpoint is well."""


class WebhookInvalid(DetenteError):
    """There can be no such webhook."""


class UnknownWebhook(DetenteError):
    """No webhook or delivery has this id."""


class SignatureInvalid(DetenteError):
    """The webhook was not signed with this secret, or not lately."""


class ResultTimeout(DetenteError):
    """The result did not come in time. The job goes on; ask again with its id."""


class SettingsInvalid(DetenteError):
    """A setting is wrong."""


class ScheduleInvalid(DetenteError):
    """The schedule cannot be kept."""


class ScheduleExists(ScheduleInvalid):
    """There is a schedule of that name already."""


class UnknownSchedule(DetenteError):
    """There is no such schedule."""
