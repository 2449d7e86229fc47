"""The store: articles in, findings out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime

from sqlalchemy import select

from detente.contracts import JobRecord, Reading
from detente.errors import UnknownReading
from detente.storage.alerts import Alerts
from detente.storage.batches import KeptBatches
from detente.storage.columns import storable_text, utc_day
from detente.storage.dossiers import Dossiers
from detente.storage.entries import FeedEntries
from detente.storage.fetches import Fetches
from detente.storage.findings import Findings
from detente.storage.happenings import Happenings
from detente.storage.jobs import Jobs, write_job
from detente.storage.rereadings import Rereadings
from detente.storage.reviews import Reviews
from detente.storage.rows import KeptReading, storable_reading
from detente.storage.stories import Stories
from detente.storage.tables import articles, readings
from detente.storage.webhooks import Webhooks
from detente.storage.writes import write_readings

#: Readings fetched at once: some 2 MB.
CHUNK = 64


class Store(
    Findings, Jobs, Dossiers, Rereadings, Reviews, Stories, Happenings, Webhooks, KeptBatches, Alerts, Fetches, FeedEntries
):
    """Articles, readings, findings, reviews and ended jobs, in SQLite (`sqlite:///path`) or PostgreSQL (`postgresql://…`).

    Making one connects to nothing. It may be shared by threads; a forked process calls `after_fork` first. Every method
    raises StoreUnreachable where the database does not answer, and StoreMismatched where it has other tables.
    """

    def upgrade(self) -> None:
        """Make the tables, or bring them up to date. Safe while other processes do the same."""
        # Alembic takes 0.1 s to load, and most processes never migrate.
        from detente.storage.upgrades import upgrade

        upgrade(self)

    def is_current(self) -> bool:
        """Whether the tables are those of this version."""
        from detente.storage.upgrades import is_current

        return is_current(self)

    def keep_reading(self, reading: Reading, *, reading_id: str, job_id: str, record: JobRecord | None = None) -> None:
        """Write a reading, its article and its findings, in place of those kept under the same id."""
        self.keep_readings([KeptReading(reading, reading_id=reading_id, job_id=job_id, record=record)])

    def keep_readings(self, rows: Sequence[KeptReading], *, record: JobRecord | None = None) -> None:
        """Write a batch in one transaction: all or none. An article's current reading is the last one written."""
        # Of two readings with one id, the last counts.
        kept = list({row.reading_id: _storable(row) for row in rows}.values())
        records = [row.record for row in rows if row.record] + ([record] if record else [])
        with self.writes() as connection:
            if kept:
                write_readings(connection, kept, kept_at=datetime.now(UTC))
            for each in records:
                write_job(connection, each)

    def reading(self, reading_id: str) -> Reading:
        """One reading, as it was kept. Raises UnknownReading."""
        return next(self.readings([reading_id]))

    def readings(self, reading_ids: Sequence[str]) -> Iterator[Reading]:
        """Readings in the order asked for. Raises UnknownReading at the first that is not there."""
        for start in range(0, len(reading_ids), CHUNK):
            ids = [storable_text(id) for id in reading_ids[start : start + CHUNK]]
            with self.reads() as connection:
                query = select(readings.c.id, readings.c.document).where(readings.c.id.in_(ids))
                documents = dict(connection.execute(query).all())
            for id in ids:
                if id not in documents:
                    raise UnknownReading(f"the store has no reading {id!r}")
                yield Reading.model_validate(documents[id])

    def current_reading_id(self, article_id: str) -> str:
        """The id of an article's current reading. Raises UnknownReading."""
        with self.reads() as connection:
            id: str | None = connection.scalar(select(articles.c.reading_id).where(articles.c.id == storable_text(article_id)))
        if id is None:
            raise UnknownReading(f"the store has no reading of an article {article_id!r}")
        return id


    def article_days(self, article_ids: Iterable[str]) -> dict[str, date]:
        """The day of each article: when it was published, or first kept where that is not known."""
        ids = [storable_text(id) for id in article_ids]
        query = select(articles.c.id, articles.c.published_at, articles.c.kept_at).where(articles.c.id.in_(ids))
        with self.reads() as connection:
            return {row.id: utc_day(row.published_at or row.kept_at) for row in connection.execute(query)}


def _storable(kept: KeptReading) -> KeptReading:
    reading = storable_reading(kept.reading)
    return KeptReading(reading, reading_id=storable_text(kept.reading_id), job_id=storable_text(kept.job_id))


def open_store(url: str) -> Store:
    """A store whose tables are there and up to date."""
    store = Store(url)
    store.upgrade()
    return store
