"""What every job shares: a job is a message with a stable kind, not a function."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from detente.contracts.spans import Frozen

R = TypeVar("R", bound=BaseModel)

#: Who submits where nobody is named. Its jobs lie in Celery's own list, the others' in lists beside it.
DEFAULT_TENANT = "default"
#: A tenant's name is part of Redis keys and of log lines.
Tenant = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]


class Queue(StrEnum):
    """Queues are named after the resource that their jobs use."""

    INTERACTIVE = "interactive"
    BULK = "bulk"
    FETCH = "fetch"
    UPKEEP = "upkeep"


class Concurrency(Frozen):
    """At most `limit` jobs with this `key` run at once, on all workers together; the others wait for their turn."""

    key: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    limit: Annotated[int, Field(ge=1, le=1000)] = 1


class Member(Frozen):
    """The place of a job in a batch."""

    batch: Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{36}$")] = Field(description="the batch's id")
    row: Annotated[int, Field(ge=0, lt=2**31)] = Field(description="its row in the batch, from 0")


class Terms(Frozen):
    """What goes with a submission besides the job itself."""

    tenant: Tenant = Field(default=DEFAULT_TENANT, description="who submits: tenants take turns on a queue")
    idempotency_key: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = Field(
        default=None, description="a second submission with the same key and job is the first one; with another job it is refused"
    )
    deadline_at: AwareDatetime | None = Field(default=None, description="a job that has not started by then is not started")
    not_before_at: AwareDatetime | None = Field(default=None, description="the job waits in Redis until then")
    traceparent: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")] | None = Field(
        default=None, description="W3C trace context, carried into the worker's logs"
    )
    webhook: Annotated[str, StringConstraints(min_length=1, max_length=2000)] | None = Field(
        default=None,
        description="who is told when the job has ended: the id of a webhook of the tenant, or a URL at or under the URL of one",
    )
    member: Member | None = Field(default=None, description="the batch that the job belongs to, and its row there")


class Job(BaseModel, Generic[R]):
    """A frozen, validated request. Its subclass names the result: `class ReadArticle(Job[ReadingStored])`.

    `kind` is the name on the wire and never changes; a breaking change is a new kind (`….v2`). Unknown fields are refused,
    so that a misspelt option is an error at submit and not silently ignored by the worker.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ClassVar[str] = ""
    queue: ClassVar[Queue] = Queue.INTERACTIVE
    result: ClassVar[type[BaseModel]]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if arguments := cls.__mro__[1].__pydantic_generic_metadata__["args"]:  # type: ignore[attr-defined]
            cls.result = arguments[0]

    def label(self) -> dict[str, str | int]:
        """A few short facts that tell one job from another in lists, logs and Flower. Never article text."""
        return {}

    def concurrency(self) -> Concurrency | None:
        """The limit that this job shares with others, such as one at a time for each host."""
        return None


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    RETRYING = "retrying"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self in (JobState.DONE, JobState.DEAD, JobState.CANCELLED)


class JobError(Frozen):
    """Why a job has no result. `kind` is the class name of the error."""

    kind: str
    message: str


class Progress(Frozen):
    done: int
    total: int


class JobRecord(Frozen):
    """What is known of a job: where it stands, since when, on which worker, and why."""

    id: str
    kind: str
    queue: str
    state: JobState
    tenant: str = DEFAULT_TENANT
    label: dict[str, str | int] = Field(default_factory=dict)
    submitted_at: AwareDatetime | None = None
    not_before_at: AwareDatetime | None = None
    deadline_at: AwareDatetime | None = None
    started_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None
    attempts: int = 0
    worker: str | None = None
    progress: Progress | None = None
    error: JobError | None = None
    batch: str | None = None
    webhook: str | None = None


class JobEvent(Frozen):
    """One step in a job's life. `id` orders the steps of a job; pass it on to resume after it."""

    id: str
    at: datetime
    event: str
    detail: dict[str, Any] = Field(default_factory=dict)

    @property
    def is_last(self) -> bool:
        """Whether the job has ended with it."""
        return self.event in ("done", "dead", "cancelled")


class QueueStatus(Frozen):
    """How a queue stands.

    `depth` counts the jobs in line, of all tenants; `delayed` those that wait for their time, `held` those that wait for
    others with their key, `in_flight` those that workers have. `oldest_age_s` is how long the first in line has waited.
    """

    name: str
    depth: int
    max_depth: int | None = None
    oldest_age_s: float | None = None
    in_flight: int = 0
    delayed: int = 0
    held: int = 0
    tenants: dict[str, int] = Field(default_factory=dict)
    is_paused: bool = Field(default=False, description="nothing is taken from it")
    is_closed: bool = Field(default=False, description="nothing is submitted to it")


def reasons(error: ValidationError) -> str:
    """Where a message is wrong and why, without the values: `articles.3.text: String should have at most …; …`."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, item['loc'])) or 'job'}: {item['msg']}" for item in found[:5])
