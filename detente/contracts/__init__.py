"""The messages between services: jobs, results and findings. Needs pydantic alone."""

from detente.contracts.actors import Actor, ActorKind
from detente.contracts.articles import MAX_HTML_CHARS, MAX_TEXT_CHARS, Article
from detente.contracts.events import Event, EventDate, EventStatus, Plover
from detente.contracts.jobs import Job, JobError, JobEvent, JobRecord, JobState, Progress, Queue, reasons
from detente.contracts.readings import (
    ArticleFailed,
    ReadArticle,
    ReadArticles,
    Reader,
    Reading,
    ReadingsStored,
    ReadingStored,
)
from detente.contracts.spans import Span
from detente.contracts.statements import Speaker, Statement, StatementKind
from detente.contracts.ties import Tie, TieDirection
from detente.contracts.upkeep import Beat, ExpireJobs, HeartbeatSeen, JobsExpired

#: Every job that can be submitted, by its name on the wire.
JOBS: dict[str, type[Job]] = {job.kind: job for job in (ReadArticle, ReadArticles, ExpireJobs, Beat)}  # type: ignore[type-arg]

__all__ = [
    "JOBS", "MAX_HTML_CHARS", "MAX_TEXT_CHARS", "Actor", "ActorKind", "Article", "ArticleFailed", "Beat", "Event",
    "EventDate", "EventStatus", "ExpireJobs", "HeartbeatSeen", "Job", "JobError", "JobEvent", "JobRecord", "JobState",
    "JobsExpired", "Plover", "Progress", "Queue", "ReadArticle", "ReadArticles", "Reader", "Reading", "ReadingStored",
    "ReadingsStored", "Span", "Speaker", "Statement", "StatementKind", "Tie", "TieDirection", "reasons",
]  # fmt: skip
