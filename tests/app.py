"""A worker with more kinds of jobs: those that fail on purpose. `celery -A tests.app worker`."""

from __future__ import annotations

import os
import signal
import time
from typing import ClassVar

import psutil
from pydantic import BaseModel

from detente.contracts import Concurrency, Job, Queue
from detente.errors import NotReady
from tasks.base import Limits, handles
from tasks.services import Services
from worker.main import app

__all__ = ["app"]


class Ran(BaseModel):
    """That a job came to its end."""

    runs: int = 1


class WaitFor(Job[Ran]):
    """Not ready until a file exists."""

    kind: ClassVar[str] = "test.wait"
    queue: ClassVar[Queue] = Queue.INTERACTIVE
    path: str
    retry_after_s: float | None = None


class Die(Job[Ran]):
    """Kill the process that runs it: the child, or the whole worker."""

    kind: ClassVar[str] = "test.die"
    queue: ClassVar[Queue] = Queue.INTERACTIVE
    whole_worker: bool = False


class Hang(Job[Ran]):
    """Never end; deaf to being asked to, if so."""

    kind: ClassVar[str] = "test.hang"
    queue: ClassVar[Queue] = Queue.INTERACTIVE
    deaf: bool = False


class HangBriefly(Job[Ran]):
    """Never end, with limits of its own."""

    kind: ClassVar[str] = "test.hang_briefly"
    queue: ClassVar[Queue] = Queue.INTERACTIVE


class Note(Job[Ran]):
    """Write down when it begins and when it ends."""

    kind: ClassVar[str] = "test.note"
    queue: ClassVar[Queue] = Queue.INTERACTIVE
    path: str
    name: str
    takes_s: float = 0.0
    key: str | None = None
    limit: int = 1

    def concurrency(self) -> Concurrency | None:
        return Concurrency(key=self.key, limit=self.limit) if self.key else None


class Stumble(Job[Ran]):
    """Be not ready so many times, then kill the process so many times, then come to an end."""

    kind: ClassVar[str] = "test.stumble"
    queue: ClassVar[Queue] = Queue.INTERACTIVE
    path: str
    unready: int
    kills: int


class Break(Job[Ran]):
    """Raise what nobody foresaw."""

    kind: ClassVar[str] = "test.break"
    queue: ClassVar[Queue] = Queue.INTERACTIVE


@handles(WaitFor)
def wait_for_file(job: WaitFor, services: Services) -> Ran:
    if not os.path.exists(job.path):
        raise NotReady("the file is not there", retry_after_s=job.retry_after_s)
    return Ran()


@handles(Die)
def die(job: Die, services: Services) -> Ran:
    if job.whole_worker:
        worker = psutil.Process(os.getppid())
        worker.kill()
    os.kill(os.getpid(), signal.SIGKILL)
    return Ran()


@handles(Hang)
def hang(job: Hang, services: Services) -> Ran:
    if job.deaf:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    while True:
        time.sleep(0.1)


@handles(HangBriefly, limits=Limits(soft_s=1, hard_s=2))
def hang_briefly(job: HangBriefly, services: Services) -> Ran:
    while True:
        time.sleep(0.1)


@handles(Note)
def note(job: Note, services: Services) -> Ran:
    for step in ("begin", "end"):
        with open(job.path, "a", encoding="utf-8") as book:
            book.write(f"{step} {job.name}\n")
        if step == "begin":
            time.sleep(job.takes_s)
    return Ran()


@handles(Stumble)
def stumble(job: Stumble, services: Services) -> Ran:
    with open(job.path, "a+", encoding="utf-8") as book:
        book.seek(0)
        before = len(book.read())
        book.write("x")
    if before < job.unready:
        raise NotReady("not yet")
    if before < job.unready + job.kills:
        os.kill(os.getpid(), signal.SIGKILL)
    return Ran()


@handles(Break)
def break_down(job: Break, services: Services) -> Ran:
    raise ZeroDivisionError("nobody foresaw this")
