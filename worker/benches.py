"""What one worker process works with: the store, the model, and the ledger of jobs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from detente.client import Client
from detente.contracts import Queue
from detente.fetching.pages import FetchOptions
from detente.ledgers import Ledger
from detente.queues import Queues
from detente.storage import Store
from detente.webhooks.posts import WebhookOptions
from worker.models import load_nlp
from worker.settings import Settings

if TYPE_CHECKING:
    from spacy.language import Language


#: A worker asks Redis again for about eight seconds: a restart of Redis should not cost the work of a job that is about to end.
WORKER_RETRIES = 10


@dataclass(frozen=True)
class Bench:
    """Made when first used: beat and Flower never load the model, and nothing connects at import."""

    settings: Settings

    @cached_property
    def store(self) -> Store:
        return Store(self.settings.store)

    @cached_property
    def client(self) -> Client:
        return Client(self.settings.broker, retries=WORKER_RETRIES)

    @property
    def ledger(self) -> Ledger:
        return self.client.ledger

    def limit_queues(self) -> None:
        """Write the limits of the settings to where submitters meet them. The last worker to start is right."""
        depths = dict.fromkeys(map(str, Queue), self.settings.max_depth)
        Queues(self.client.redis).limit(depths, waiting_bytes=self.settings.max_waiting_mb * 1_000_000)

    @property
    def webhooks(self) -> WebhookOptions:
        given = self.settings
        return WebhookOptions(
            timeout_s=given.webhook_timeout_s, schedule_s=given.webhook_schedule_s, networks=given.webhook_networks
        )  # fmt: skip

    @property
    def fetching(self) -> FetchOptions:
        given = self.settings
        return FetchOptions(
            agent=given.user_agent, delay_s=given.fetch_delay_s, timeout_s=given.fetch_timeout_s, networks=given.fetch_networks
        )  # fmt: skip

    @cached_property
    def nlp(self) -> Language:
        return load_nlp()
