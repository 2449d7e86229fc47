"""Why a page was not fetched."""

from __future__ import annotations

from detente.contracts.fetching import FailureKind
from detente.errors import DetenteError

__all__ = ["FailureKind", "FetchFailed"]


class FetchFailed(DetenteError):
    """The page was not fetched. `kind` says why; `retry_after_s` is what the other side asked for."""

    def __init__(self, kind: FailureKind, message: str, *, status: int | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.kind, self.status, self.retry_after_s = kind, status, retry_after_s
