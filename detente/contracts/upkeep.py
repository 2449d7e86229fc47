"""What the system does for itself."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from detente.contracts.jobs import Job, Queue
from detente.contracts.spans import Frozen


class JobsExpired(Frozen):
    """How many job records were deleted, and how many summaries of batches."""

    deleted: int
    batches: int = 0


class ExpireJobs(Job[JobsExpired]):
    """Delete the records of jobs, and summaries of batches, that ended more than `after_days` days ago. Readings stay."""

    kind: ClassVar[str] = "detente.jobs.expire"
    queue: ClassVar[Queue] = Queue.UPKEEP

    after_days: Annotated[float, Field(gt=0, le=3650)] = 30.0


class SignaturesExpired(Frozen):
    """How many hashes of articles were deleted."""

    deleted: int


class ExpireSignatures(Job[SignaturesExpired]):
    """Delete the hashes, by which copies are found, of articles that came in more than `after_days` days ago. Stories stay."""

    kind: ClassVar[str] = "detente.signatures.expire"
    queue: ClassVar[Queue] = Queue.UPKEEP

    after_days: Annotated[float, Field(gt=0, le=3650)] = 90.0


class LettersBuried(Frozen):
    """How many dead letters were put into the store."""

    buried: int


class BuryLetters(Job[LettersBuried]):
    """Put the dead letters into the store that it could not be given when their jobs died."""

    kind: ClassVar[str] = "detente.letters.bury"
    queue: ClassVar[Queue] = Queue.UPKEEP


class HeartbeatSeen(Frozen):
    """A worker took the heartbeat at `at`, so broker, worker and store all answer."""

    at: AwareDatetime


class Beat(Job[HeartbeatSeen]):
    """Go once through broker, worker and store, and say when."""

    kind: ClassVar[str] = "detente.heartbeat.beat"
    queue: ClassVar[Queue] = Queue.UPKEEP
