"""The rows of batches that have ended: their summaries, for longer than Redis has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Integer, Row, Table, Text, delete, func, select

from detente.contracts import BatchOutcome, BatchRecord, BatchRefusal
from detente.errors import UnknownBatch
from detente.storage.columns import Json, UtcDateTime, storable, storable_text
from detente.storage.connections import Connections
from detente.storage.pages import check_limit
from detente.storage.rows import plain
from detente.storage.tables import metadata
from detente.storage.writes import upsert

_RECORD = (
    "id", "tenant", "kind", "state", "rows", "accepted", "refused", "counts", "webhook", "created_at", "closed_at",
    "cancelled_at", "finished_at",
)  # fmt: skip


batches = Table(
    "batches",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("counts", Json, nullable=False),
    Column("failures", Json, nullable=False),
    Column("refusals", Json, nullable=False),
    Column("webhook", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("cancelled_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Index(None, "tenant", "created_at"),
)


@dataclass(frozen=True)
class KeptBatch:
    """A batch that has ended, with the rows that failed and those that were refused, as far as they were kept."""

    record: BatchRecord
    failures: tuple[BatchOutcome, ...]
    refusals: tuple[BatchRefusal, ...]


class KeptBatches(Connections):
    """Keeps the summaries of batches."""

    def keep_batch(self, record: BatchRecord, *, failures: Sequence[BatchOutcome], refusals: Sequence[BatchRefusal]) -> None:
        """Write or overwrite a batch's row."""
        row = {name: getattr(record, name) for name in _RECORD} | {
            "state": record.state.value, "counts": {state.value: number for state, number in record.counts.items()},
            "failures": [plain(one) for one in failures], "refusals": [plain(one) for one in refusals],
        }  # fmt: skip
        with self.writes() as connection:
            upsert(connection, batches, [storable(row)])

    def kept_batch(self, id: str) -> KeptBatch:
        """All that is kept of a batch. Raises UnknownBatch."""
        with self.reads() as connection:
            row = connection.execute(select(batches).where(batches.c.id == storable_text(id))).one_or_none()
        if row is None:
            raise UnknownBatch(f"the store has no batch {id!r}")
        failures = tuple(BatchOutcome.model_validate(one) for one in row.failures)
        return KeptBatch(_record(row), failures, tuple(BatchRefusal.model_validate(one) for one in row.refusals))

    def kept_batches(self, *, tenant: str | None = None, limit: int = 50) -> list[BatchRecord]:
        """The batches that have ended, the newest first."""
        query = select(batches).order_by(batches.c.created_at.desc(), batches.c.id.desc()).limit(check_limit(limit))
        with self.reads() as connection:
            found = connection.execute(query if tenant is None else query.where(batches.c.tenant == storable_text(tenant))).all()
        return [_record(row) for row in found]

    def expire_batches(self, *, before: datetime) -> int:
        """Delete the summaries of batches that ended before a moment. Returns how many."""
        ended_at = func.coalesce(batches.c.finished_at, batches.c.created_at)
        with self.writes() as connection:
            return connection.execute(delete(batches).where(ended_at < before)).rowcount


def _record(row: Row[Any]) -> BatchRecord:
    return BatchRecord.model_validate({name: getattr(row, name) for name in _RECORD})
