"""Articles in, findings out: SQLite by default, PostgreSQL by URL. `docs/storage.md` shows the tables."""

from detente.storage.batches import KeptBatch
from detente.storage.fetches import KeptPage
from detente.storage.findings import ArticleFacts, EventRow, StatementRow, TieRow
from detente.storage.jobs import KeptJob
from detente.storage.pages import MAX_PAGE_ROWS, Page
from detente.storage.reviews import Review, Verdict
from detente.storage.rows import KeptReading, finding_id
from detente.storage.stores import Store, open_store
from detente.storage.webhooks import KeptDelivery, KeptWebhook

__all__ = [
    "MAX_PAGE_ROWS", "ArticleFacts", "EventRow", "KeptBatch", "KeptDelivery", "KeptJob", "KeptPage", "KeptReading", "KeptWebhook",
    "Page", "Review", "StatementRow", "Store", "TieRow", "Verdict", "finding_id", "open_store",
]  # fmt: skip
