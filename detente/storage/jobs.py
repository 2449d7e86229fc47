"""The rows of jobs that have ended. Those in state "dead" are the dead letters, with their payload and traceback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, or_, select

from detente.contracts import JobEvent, JobRecord, JobState
from detente.errors import UnknownJob
from detente.storage.columns import storable, storable_text
from detente.storage.connections import Connections
from detente.storage.pages import Page, check_limit, one_of, page_of, read_cursor
from detente.storage.rows import plain
from detente.storage.tables import jobs
from detente.storage.writes import upsert

_RECORD = (
    "id", "kind", "queue", "state", "tenant", "label", "submitted_at", "started_at", "finished_at", "attempts", "worker",
    "progress",
)  # fmt: skip


@dataclass(frozen=True)
class KeptJob:
    """A job that has ended, with all that is needed to look into it or to submit it again."""

    record: JobRecord
    payload: Any
    traceback: str | None
    history: tuple[JobEvent, ...]


class Jobs(Connections):
    """Keeps the records of jobs for longer than Redis does."""

    def keep_job(
        self, record: JobRecord, *, payload: Any = None, traceback: str | None = None, history: Sequence[JobEvent] = ()
    ) -> None:
        """Write or overwrite a job's row. A payload, traceback or history that was kept before stays unless a new one comes."""
        with self.writes() as connection:
            write_job(connection, record, payload=payload, traceback=traceback, history=history)

    def job(self, job_id: str) -> JobRecord:
        """The record of a job. Raises UnknownJob."""
        return self.kept_job(job_id).record

    def kept_job(self, job_id: str) -> KeptJob:
        """All that is kept of a job. Raises UnknownJob."""
        with self.reads() as connection:
            row = connection.execute(select(jobs).where(jobs.c.id == storable_text(job_id))).one_or_none()
        if row is None:
            raise UnknownJob(f"the store has no job {job_id!r}")
        history = tuple(JobEvent.model_validate(step) for step in row.history or ())
        return KeptJob(_record(row), payload=row.payload, traceback=row.traceback, history=history)

    def find_jobs(
        self, *, kind: str | None = None, queue: str | None = None, state: JobState | str | None = None,
        tenant: str | None = None, error: str | None = None, since: datetime | None = None, until: datetime | None = None,
        limit: int = 50, after: str | None = None,
    ) -> Page[JobRecord]:  # fmt: skip
        """Jobs by kind, queue, state, tenant, the class name of their error, and the moment when they ended (`since`
        included, `until` not), newest first."""
        conditions = [
            jobs.c.kind == storable_text(kind) if kind is not None else None,
            jobs.c.queue == storable_text(queue) if queue is not None else None,
            jobs.c.state == one_of(JobState, state) if state is not None else None,
            jobs.c.tenant == storable_text(tenant) if tenant is not None else None,
            jobs.c.error_kind == storable_text(error) if error is not None else None,
            jobs.c.ended_at >= since if since else None,
            jobs.c.ended_at < until if until else None,
            _after(after),
        ]
        query = select(jobs).where(*(condition for condition in conditions if condition is not None))
        with self.reads() as connection:
            ordered = query.order_by(jobs.c.ended_at.desc(), jobs.c.id.desc()).limit(check_limit(limit) + 1)
            found = connection.execute(ordered).all()
        return page_of(found, limit=limit, make=_record, place=lambda row: (row.ended_at, row.id))

    def discard_job(self, job_id: str) -> None:
        """Delete the row of a job. Raises UnknownJob."""
        with self.writes() as connection:
            if not connection.execute(delete(jobs).where(jobs.c.id == storable_text(job_id))).rowcount:
                raise UnknownJob(f"the store has no job {job_id!r}")

    def expire_jobs(self, *, before: datetime) -> int:
        """Delete the rows of jobs that ended before a moment. Returns how many. Readings stay."""
        with self.writes() as connection:
            return connection.execute(delete(jobs).where(jobs.c.ended_at < before)).rowcount


def write_job(
    connection: Connection, record: JobRecord, *, payload: Any = None, traceback: str | None = None,
    history: Sequence[JobEvent] = (),
) -> None:  # fmt: skip
    """Write or overwrite a job's row within a transaction."""
    error = record.error
    row = {name: getattr(record, name) for name in _RECORD} | {
        "state": record.state.value, "progress": record.progress and plain(record.progress),
        "error_kind": error and error.kind, "error_message": error and error.message, "payload": payload,
        "traceback": traceback, "history": [plain(step) for step in history] or None,
        "ended_at": record.finished_at or record.submitted_at or datetime.now(UTC),
    }  # fmt: skip
    upsert(connection, jobs, [storable(row)], or_keep=("payload", "traceback", "history"))


def _after(cursor: str | None) -> Any:
    if cursor is None:
        return None
    ended_at, id = read_cursor(cursor, datetime, str)
    return and_(jobs.c.ended_at <= ended_at, or_(jobs.c.ended_at < ended_at, jobs.c.id < id))


def _record(row: Row[Any]) -> JobRecord:
    error = {"kind": row.error_kind, "message": row.error_message or ""} if row.error_kind else None
    return JobRecord.model_validate({name: getattr(row, name) for name in _RECORD} | {"error": error})
