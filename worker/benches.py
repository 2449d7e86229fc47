"""What one worker process works with: the store, the model, and the ledger of jobs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from detente.client import Client
from detente.ledgers import Ledger
from detente.storage import Store
from worker.models import load_nlp
from worker.settings import Settings

if TYPE_CHECKING:
    from spacy.language import Language


@dataclass(frozen=True)
class Bench:
    """Made when first used: beat and Flower never load the model, and nothing connects at import."""

    settings: Settings

    @cached_property
    def store(self) -> Store:
        return Store(self.settings.store)

    @cached_property
    def ledger(self) -> Ledger:
        return Client(self.settings.broker).ledger

    @cached_property
    def nlp(self) -> Language:
        return load_nlp()
