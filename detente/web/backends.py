"""What the API stands on: the client, the store, the keys."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from detente.client import Client
from detente.keys import Keys
from detente.storage import Store
from detente.web.facts import StreamsFull
from detente.web.rates import Rates

#: Threads that answer requests. Each waits on Redis or the store most of its time; the client has 100 connections at most.
THREADS = 64
#: Of them, those that may wait for a job. The others always answer at once.
WAITERS = 32


@dataclass(frozen=True)
class Backends:
    """One of it for each process, shared by all threads."""

    client: Client
    store: Store
    keys: Keys
    rates: Rates | None
    is_open: bool
    stream_s: float
    waiters: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(WAITERS))

    def take_place(self) -> Callable[[], None]:
        """Take one of the places for those that wait. Returns what gives it back. Raises StreamsFull."""
        if not self.waiters.acquire(blocking=False):
            raise StreamsFull(retry_after_s=5)
        return self.waiters.release


def _backends(request: Request) -> Backends:
    found: Backends = request.app.state.backends
    return found


Here = Annotated[Backends, Depends(_backends)]
