"""What the API answers about jobs, batches, queues and kinds. Findings have their own in `findings.py`."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from detente.contracts import JOBS, BatchState, JobEvent, JobRecord, JobState
from detente.keys import Scope
from detente.storage import KeptJob

Links = dict[str, str]
#: What detente submits to itself in the course of other jobs. Nobody asks for it over HTTP.
INTERNAL = frozenset({"detente.batch.finish", "detente.webhook.deliver"})
#: The kinds of jobs that can be asked for.
KINDS = tuple(sorted(set(JOBS) - INTERNAL))


class Accepted(BaseModel):
    """A job has been submitted, now or by an earlier request with the same idempotency key."""

    id: str = Field(examples=["01965a1f-7e2c-7b3d-9c4e-5f6a7b8c9d0e"])
    kind: str
    links: Links


class JobListed(JobRecord):
    """A job, as lists show it."""

    links: Links


class JobsPage(BaseModel):
    """Some jobs, the newest first, and where to go on."""

    rows: list[JobListed]
    next: str | None = Field(description="pass it on as `after` for the next page; null on the last")


class JobShown(JobListed):
    """All that is known of a job: where it stands, what happened to it, and its result once it is done."""

    history: tuple[JobEvent, ...] = ()
    result: Any = Field(default=None, description="what the job's kind says under `result`; null until the job is done")


class LetterShown(JobShown):
    """A job that failed for good, with what it asked for."""

    payload: Any = None
    traceback: str | None = Field(default=None, description="where it failed; shown to operators alone")


class Replay(BaseModel):
    """What to change in a dead letter before it is submitted again."""

    model_config = {"extra": "forbid"}

    payload: dict[str, Any] | None = Field(default=None, description="the job's fields, in place of those it had")


class KindShown(BaseModel):
    """A kind of job that can be submitted."""

    kind: str
    summary: str
    queue: str
    scope: Scope = Field(description="what a key must be for to submit it")
    job: dict[str, Any] = Field(description="JSON Schema of the job")
    result: dict[str, Any] = Field(description="JSON Schema of its result")


class KindsShown(BaseModel):
    rows: list[KindShown]


class RowRefused(BaseModel):
    """A row of a batch that was not submitted."""

    row: int = Field(ge=0, description="its place in the batch, from 0")
    detail: str


class BatchShown(BaseModel):
    """A batch, and how far it has come in."""

    id: str
    state: BatchState = Field(
        description="`received`: all rows are in; `interrupted`: send it again with the same key; `done`: all its jobs have ended"
    )
    kind: str
    tenant: str
    rows: int
    accepted: int
    refused: int
    counts: dict[JobState, int] = Field(description="its jobs by state; those that are `dead` failed")
    errors: list[RowRefused] = Field(description="the first of the rows that were refused")
    webhook: str | None = None
    created_at: AwareDatetime
    closed_at: AwareDatetime | None = None
    cancelled_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None
    links: Links


class MemberShown(BaseModel):
    """A job of a batch, by its row."""

    row: int
    job: JobListed


class MembersPage(BaseModel):
    rows: list[MemberShown]
    next: int | None = Field(description="pass it on as `after` for the next page; null on the last")


def location(id: str) -> str:
    return f"/v1/jobs/{id}"


def job_links(record: JobRecord) -> Links:
    """Where to go from a job."""
    links = {"self": location(record.id), "events": f"{location(record.id)}/events"}
    if record.state is JobState.DEAD:
        links["letter"] = f"/v1/dead/{record.id}"
    if record.state is JobState.DONE and record.kind == "detente.article.read":
        links["reading"] = f"/v1/readings/{record.id}"
    return links


def listed(record: JobRecord) -> JobListed:
    return JobListed(**_fields(record), links=job_links(record))


def accepted_view(id: str, kind: str) -> dict[str, Any]:
    """The answer to a submission, made without asking Redis again."""
    return {"id": id, "kind": kind, "links": {"self": location(id), "events": f"{location(id)}/events"}}


def letter_view(kept: KeptJob, *, with_traceback: bool) -> LetterShown:
    facts = {**_fields(kept.record), "links": job_links(kept.record), "history": kept.history, "payload": kept.payload}
    return LetterShown(**facts, traceback=kept.traceback if with_traceback else None)


def scope_of(kind: str) -> Scope:
    """What a key must be for to submit a kind of job. What the system does for itself is its operators' business."""
    return Scope.OPERATE if JOBS[kind].queue == "upkeep" or kind in INTERNAL else Scope.SUBMIT


def _fields(record: JobRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in JobRecord.model_fields}
