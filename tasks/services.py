"""What a handler is given beside its job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from detente.contracts import Job, Progress, Terms
from detente.fetching.pages import FetchOptions
from detente.ledgers import Ledger
from detente.storage import Store
from detente.webhooks.posts import WebhookOptions

if TYPE_CHECKING:
    from spacy.language import Language


class Submit(Protocol):
    """Submits a job."""

    def __call__(self, job: Job[Any], *, id: str | None = None, terms: Terms | None = None) -> str: ...


@dataclass(frozen=True)
class Services:
    """The store, the model, the ledger of jobs, and a way to tell progress, bound to one job.

    `progress` raises where the job has been cancelled, so that a long job stops at its next step; `check` does that alone.
    `submit` puts another job in line and returns its id, by default for the tenant of this one.
    """

    job_id: str
    store: Store
    nlp: Language
    progress: Callable[[Progress], None]
    submit: Submit
    ledger: Ledger
    check: Callable[[], None] = lambda: None
    webhooks: WebhookOptions = field(default_factory=WebhookOptions)
    fetching: FetchOptions = field(default_factory=FetchOptions)
