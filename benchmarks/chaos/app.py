"""detente's worker with one more kind of job. `celery -A benchmarks.chaos.app worker`.

Readings are real ones; only their starts are noted. Short jobs keep their effect as handlers should: under the job's id.
"""

from __future__ import annotations

import time
from typing import Any, ClassVar

from pydantic import BaseModel
from sqlalchemy import text

import tasks.readings
from benchmarks.chaos.notes import note
from detente.contracts import Job, Queue, ReadArticle
from tasks.base import handles
from tasks.services import Services
from worker.main import app

__all__ = ["ShortJob", "app"]

_KEEP = text("INSERT INTO chaos_effects (job_id, name) VALUES (:job_id, :name) ON CONFLICT (job_id) DO NOTHING")


class Kept(BaseModel):
    """The job's effect is kept."""

    name: str


class ShortJob(Job[Kept]):
    """Take a while, and leave a row."""

    kind: ClassVar[str] = "chaos.short"
    queue: ClassVar[Queue] = Queue.BULK
    name: str
    takes_s: float = 0.0


@handles(ShortJob)
def keep_short(job: ShortJob, services: Services) -> Kept:
    note("start", job.name)
    time.sleep(job.takes_s)
    with services.store.writes() as connection:
        connection.execute(_KEEP, {"job_id": services.job_id, "name": job.name})
    return Kept(name=job.name)


_read_article = tasks.readings.read_article


def _read_and_note(job: ReadArticle, nlp: Any) -> Any:
    note("start", job.id or "")
    return _read_article(job, nlp)


tasks.readings.read_article = _read_and_note
