"""A stopping worker: it takes no more jobs, finishes those it has if they end soon, and puts the others back.

Celery's own answers to SIGTERM are to wait for running jobs without any limit, or (REMAP_SIGTERM with a soft shutdown) to
sleep for the whole of the limit even where the jobs end before.
"""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

from celery import signals


def limit_drain(drain_s: float) -> None:
    """Give this process's worker so many seconds from SIGTERM (or the first Ctrl-C) until jobs are put back."""

    def put_back(how: str, **_: Any) -> None:
        if how == "Warm":
            # A thread of its own: the main one waits for the pool. SIGQUIT is Celery's word for putting jobs back.
            timer = threading.Timer(drain_s, os.kill, (os.getpid(), signal.SIGQUIT))
            timer.daemon = True
            timer.start()

    signals.worker_shutting_down.connect(put_back, weak=False)
