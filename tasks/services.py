"""What a handler is given beside its job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.contracts import Progress
from detente.storage import Store

if TYPE_CHECKING:
    from spacy.language import Language


@dataclass(frozen=True)
class Services:
    """The store, the model, and a way to tell progress, bound to one job.

    `progress` raises where the job has been cancelled, so that a long job stops at its next step.
    """

    job_id: str
    store: Store
    nlp: Language
    progress: Callable[[Progress], None]
