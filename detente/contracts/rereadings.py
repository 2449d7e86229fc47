"""Reading stored articles again with a newer reader, and what that changed."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import AwareDatetime, Field

from detente.contracts.jobs import Concurrency, Job, Queue
from detente.contracts.readings import Reader
from detente.contracts.spans import Frozen


class ChangeKind(StrEnum):
    ADDED = "added"
    GONE = "gone"
    ALTERED = "altered"


class Judgement(Frozen):
    """What a person said of a finding before its article was read again."""

    verdict: str = Field(description="accept, reject or note")
    note: str | None = None
    reviewed_by: str
    reviewed_at: AwareDatetime


class Change(Frozen):
    """A finding that only one of two readings has, or that they have differently. Findings are as in their readings."""

    kind: ChangeKind
    noun: str = Field(description="statements, events or ties")
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    reviews: tuple[Judgement, ...] = Field(default=(), description="what people had said of the finding before, the oldest first")


class Rereading(Frozen):
    """What a newer reader found in an article, beside what the one before it had found."""

    article_id: str
    before: str = Field(description="id of the reading before")
    after: str = Field(description="id of the new reading")
    reader_before: Reader
    reader_after: Reader
    reread_at: AwareDatetime
    changes: tuple[Change, ...] = ()


class ArticlesReread(Frozen):
    """How many articles were read again, and what changed. `next` is the job that goes on, null where none is left."""

    articles: int
    failed: int
    added: int
    gone: int
    altered: int
    next: str | None = None


class RereadArticles(Job[ArticlesReread]):
    """Read the stored articles again that another version of the reader has read last; some at a time, at low priority.

    Each job reads a batch and submits the one that goes on behind its last article, so that there is one in line at a time.
    """

    kind: ClassVar[str] = "detente.articles.reread"
    queue: ClassVar[Queue] = Queue.UPKEEP

    after: str | None = Field(default=None, description="only articles whose id comes after this one")
    run: str | None = Field(default=None, description="id of the job that began the run")
    batch: Annotated[int, Field(ge=1, le=64)] = 32

    def concurrency(self) -> Concurrency:
        """One at a time: a run that is not over when the next begins would read the same articles."""
        return Concurrency(key="reread", limit=1)
