"""A worker with more kinds of jobs: those that fail on purpose. `celery -A tests.app worker`."""

from __future__ import annotations

import os
import signal
import time
from typing import ClassVar

import psutil
from pydantic import BaseModel

from detente.contracts import Job, Queue
from detente.errors import NotReady
from tasks.base import handles
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


@handles(Break)
def break_down(job: Break, services: Services) -> Ran:
    raise ZeroDivisionError("nobody foresaw this")
