"""Whole systems for tests: a Redis, a store, and Celery workers as processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from detente.client import Client
from detente.storage import Store
from tests.waiting import wait_for

ROOT = Path(__file__).parents[1]
#: Limits that a busy machine keeps too. Tests that want to see one at work set it for their own system.
SETTINGS = {"DETENTE_SOFT_TIME_LIMIT_S": "60", "DETENTE_TIME_LIMIT_S": "70", "DETENTE_DRAIN_S": "5"}


@dataclass
class System:
    """A broker and a store; workers are started on them, with `settings` besides those of all tests."""

    broker: str
    store_url: str
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    client: Client = field(init=False)
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.client, self.store = Client(self.broker), Store(self.store_url)

    def close(self) -> None:
        self.client.close()
        self.store.close()

    @property
    def env(self) -> dict[str, str]:
        own = {"DETENTE_BROKER": self.broker, "DETENTE_STORE": self.store_url, "DETENTE_DATA": str(self.folder)}
        return {**os.environ, **SETTINGS, **own, **self.settings, "PYTHONPATH": str(ROOT)}

    @contextmanager
    def worker(self, name: str = "w1", *, concurrency: int = 2, app: str = "worker") -> Iterator[subprocess.Popen[bytes]]:
        """A Celery worker, started with Celery's own command, until the end of the block."""
        log = (self.folder / f"{name}.log").open("wb")
        command = ["celery", "-A", app, "worker", "--hostname", f"{name}@test", "--concurrency", str(concurrency), "-l", "info"]
        process = subprocess.Popen([sys.executable, "-m", *command], env=self.env, cwd=ROOT, stdout=log, stderr=log)
        try:
            wait_for(lambda: f"{name}@test" in self.client.ledger.workers() or process.poll() is not None, timeout_s=60)
            assert process.poll() is None, self.log(name)
            yield process
        finally:
            stop(process)
            log.close()

    def log(self, name: str = "w1") -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def cli(self, *arguments: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        """A `detente` command on this system."""
        command = [sys.executable, "-m", "detente.cli", *arguments]
        return subprocess.run(command, env=self.env, input=stdin, capture_output=True, timeout=90, check=False)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process with all its children, gently first."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        kill_tree(process.pid)
        process.wait()


def kill_tree(pid: int) -> None:
    """`kill -9` a process and all that it started."""
    parent = psutil.Process(pid)
    for victim in [*parent.children(recursive=True), parent]:
        victim.kill()
