"""What every job shares: a job is a message with a stable kind, not a function."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from detente.contracts.spans import Frozen

R = TypeVar("R", bound=BaseModel)


class Queue(StrEnum):
    """Queues are named after the resource that their jobs use."""

    INTERACTIVE = "interactive"
    BULK = "bulk"
    FETCH = "fetch"
    UPKEEP = "upkeep"


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
    label: dict[str, str | int] = Field(default_factory=dict)
    submitted_at: AwareDatetime | None = None
    started_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None
    attempts: int = 0
    worker: str | None = None
    progress: Progress | None = None
    error: JobError | None = None


class JobEvent(Frozen):
    """One step in a job's life. `id` orders the steps of a job; pass it on to resume after it."""

    id: str
    at: datetime
    event: str
    detail: dict[str, Any] = Field(default_factory=dict)


def reasons(error: ValidationError) -> str:
    """Where a message is wrong and why, without the values: `articles.3.text: String should have at most …; …`."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, item['loc'])) or 'job'}: {item['msg']}" for item in found[:5])
