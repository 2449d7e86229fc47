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


class NotReady(DetenteError):
    """The job cannot run now, but may later.

    Retried with back-off and jitter. `retry_after_s`, in seconds, is the least time to wait where the other side said so.
    """

    def __init__(self, message: str | None = None, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


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


class StoreUnreachable(DetenteError):
    """The store does not answer."""


class StoreMismatched(StoreUnreachable):
    """The store's tables are missing, or are those of another version."""


class UnknownReading(DetenteError):
    """No reading has this id."""


class QueryInvalid(DetenteError):
    """The store cannot be asked this."""


class ResultTimeout(DetenteError):
    """The result did not come in time. The job goes on; ask again with its id."""


class SettingsInvalid(DetenteError):
    """A setting is wrong."""
