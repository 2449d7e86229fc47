"""Workers under a supervisor, as in real life: one that ends is started again, and it is counted who was not told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from detente.embedded import leashed

ROOT = Path(__file__).parents[2]
#: Supervisors wait before they start a program again; systemd's and Docker's first waits are shorter than this.
RESTART_S = 1.0
#: A worker that has been told to stop and has not within this time is killed, as supervisors do.
GRACE_S = 30.0


@dataclass
class Worker:
    """A place for a worker, and the process that holds it now."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    is_ordered: bool = False
    is_frozen: bool = False
    due: float = 0.0
    kill_at: float = float("inf")
    ends: list[str] = field(default_factory=list)
    _logged: int = 0

    def start(self) -> None:
        """Start it. From the main thread: the kernel ends it with the thread that started it."""
        with self.log.open("ab") as log:
            self._logged = log.tell()
            self.process = subprocess.Popen(
                leashed(self.argv, signum=signal.SIGKILL), env={**os.environ, **self.env}, cwd=ROOT,
                stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.is_ordered, self.kill_at = False, float("inf")

    def keep(self) -> None:
        """Look after it: to be called again and again."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.start()
        elif self.process.poll() is not None:
            if not self.is_ordered:
                self.ends.append(f"{self.name} ended by itself with code {self.process.returncode}")
            _close(self.process)
            self.process, self.due = None, now + RESTART_S
        elif now > self.kill_at:
            self.ends.append(f"{self.name} had not stopped {GRACE_S:g} s after SIGTERM")
            self.kill()

    @property
    def is_up(self) -> bool:
        """Whether it works: it is there, it has said that it is ready, and nothing was done to it."""
        is_there = self.process is not None and self.process.poll() is None
        return is_there and not self.is_ordered and not self.is_frozen and self._is_ready()

    def children(self) -> list[psutil.Process]:
        return self._parent().children() if self.process else []

    def kill(self) -> None:
        """`kill -9` the whole tree."""
        self.is_ordered = True
        with suppress(psutil.NoSuchProcess):
            parent = self._parent()
            for victim in [parent, *parent.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    victim.kill()

    def ask_to_stop(self) -> None:
        self.is_ordered, self.kill_at = True, time.monotonic() + GRACE_S
        assert self.process is not None
        self.process.terminate()

    def freeze(self) -> None:
        self.is_frozen = True
        self._signal_tree(signal.SIGSTOP)

    def thaw(self) -> None:
        self.is_frozen = False
        self._signal_tree(signal.SIGCONT)

    def _is_ready(self) -> bool:
        """Whether it has said so since it was started, in the words of every Celery worker."""
        with self.log.open("rb") as log:
            log.seek(self._logged)
            return b" ready." in log.read()

    def _signal_tree(self, signum: int) -> None:
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            for process in [self._parent(), *self._parent().children(recursive=True)]:
                process.send_signal(signum)

    def _parent(self) -> psutil.Process:
        assert self.process is not None
        return psutil.Process(self.process.pid)


def argv(app: str, name: str, *, options: Sequence[str] = ()) -> tuple[str, ...]:
    """Celery's own command, with one process for jobs."""
    return (sys.executable, "-m", "celery", "-A", app, "worker", "-l", "INFO", "-c", "1", "-n", f"{name}@chaos", *options)


def stop_all(workers: list[Worker]) -> None:
    """End all workers, gently first."""
    running = [worker.process for worker in workers if worker.process is not None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + GRACE_S
    for worker in workers:
        if worker.process is None:
            continue
        try:
            worker.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            worker.kill()
        worker.process.wait()
        _close(worker.process)


def _close(process: subprocess.Popen[bytes]) -> None:
    with process:
        pass
