"""Articles in, findings out: SQLite by default, PostgreSQL by URL. `docs/storage.md` shows the tables."""

from detente.storage.findings import ArticleFacts, EventRow, StatementRow, TieRow
from detente.storage.jobs import KeptJob
from detente.storage.pages import MAX_PAGE_ROWS, Page
from detente.storage.rows import KeptReading
from detente.storage.stores import Store, open_store

__all__ = [
    "MAX_PAGE_ROWS", "ArticleFacts", "EventRow", "KeptJob", "KeptReading", "Page", "StatementRow", "Store", "TieRow",
    "open_store",
]  # fmt: skip
