"""Batches: many jobs that came together, and how far they are."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import AwareDatetime, Field, StringConstraints

from detente.contracts.jobs import Job, JobError, JobState, Queue
from detente.contracts.spans import Frozen


class BatchState(StrEnum):
    RECEIVING = "receiving"
    RECEIVED = "received"
    INTERRUPTED = "interrupted"
    DONE = "done"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self in (BatchState.DONE, BatchState.CANCELLED)


class BatchRecord(Frozen):
    """What is known of a batch.

    `rows` came in, `accepted` of them are jobs, `refused` are none; `counts` has the jobs by their state. The batch is done
    when all of them have ended, whatever became of them.
    """

    id: str
    tenant: str
    kind: str
    state: BatchState
    rows: int = 0
    accepted: int = 0
    refused: int = 0
    counts: dict[JobState, int] = Field(default_factory=dict)
    webhook: str | None = None
    created_at: AwareDatetime
    closed_at: AwareDatetime | None = None
    cancelled_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None

    @property
    def ended(self) -> int:
        """How many of its jobs have ended."""
        return sum(number for state, number in self.counts.items() if state.is_final)


class BatchOutcome(Frozen):
    """How one job of a batch ended. `place` counts the ends: ask for what comes after the last one seen."""

    place: int
    row: int
    job: str
    state: JobState
    result: Any = None
    error: JobError | None = None


class BatchRefusal(Frozen):
    """A row that is no job, and why."""

    row: int
    detail: str


class BatchFinished(Frozen):
    """That a batch's summary is kept in the store."""

    batch: str
    state: BatchState


class FinishBatch(Job[BatchFinished]):
    """Keep a batch's summary, and tell who waits for it. Put in line by the last of its jobs to end."""

    kind: ClassVar[str] = "detente.batch.finish"
    queue: ClassVar[Queue] = Queue.BULK

    batch: Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{36}$")]

    def label(self) -> dict[str, str | int]:
        return {"batch": self.batch}
