"""Reaching a running system, or bringing one up for a call."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import detente
from detente.client import Client
from detente.embedded import EmbeddedServer, is_serving
from detente.errors import BrokerUnreachable, DetenteError
from detente.storage import Store

#: A cold machine loads the model in ten seconds; ten times that is no longer slow but stuck.
READY_TIMEOUT_S = 100.0
#: Lines of a system's log that are shown when it does not come up.
SHOWN_LOG_LINES = 15


class SystemDown(DetenteError):
    """No detente system is running here."""


@dataclass(frozen=True)
class System:
    """A system that can be reached: its client, and its store."""

    client: Client
    store: Store


@contextmanager
def reach(*, broker: str | None, store: str | None, data: Path, embedded: bool = False) -> Iterator[System]:
    """A running system with at least one worker. Raises SystemDown, saying how to start one."""
    with ExitStack() as stack:
        if embedded:
            broker, store = stack.enter_context(bring_up())
        client = stack.enter_context(reach_broker(broker=broker, data=data))
        if not client.ledger.workers():
            raise SystemDown("Redis answers, but no worker is up: start one with `detente up`, or add --embedded")
        yield System(client, open_store(store=store, data=data))


def open_store(*, store: str | None, data: Path) -> Store:
    """The store that is named, else the one of the data folder. Connects when first asked."""
    return Store(store or f"sqlite:///{data.expanduser() / 'detente.db'}")


@contextmanager
def reach_broker(*, broker: str | None, data: Path) -> Iterator[Client]:
    """A client of the system's Redis: the one named, else the embedded one of the data folder."""
    data = data.expanduser()
    if broker is None and not is_serving(data):
        raise SystemDown(
            f"no system is running on {data}: start one with `detente up`, name one with --broker, or (for `read`) add --embedded"
        )
    with Client(broker or EmbeddedServer(data).url) as client:
        client.ping()
        yield client


def checkout() -> Path:
    """The folder that holds the workers. Raises SystemDown where only the library is installed."""
    root = Path(detente.__file__).parents[1]
    if not (root / "worker" / "main.py").is_file():
        raise SystemDown(
            "only detente's library is installed here; workers run from a checkout or from the image. "
            "Name a running system with --broker, or run this in a checkout"
        )
    return root


@contextmanager
def bring_up(*, concurrency: int | None = None) -> Iterator[tuple[str, str]]:
    """Redis and a worker for the time of a call, in a folder of their own. Yields their broker and store."""
    root = checkout()
    with tempfile.TemporaryDirectory(prefix="detente-") as folder:
        ready, log = Path(folder) / "ready.json", Path(folder) / "system.log"
        arguments = ["dev", "--data", folder, "--only", "worker", "--with-parent", "--no-colour"]
        arguments += ["--concurrency", str(concurrency)] if concurrency else []
        own = {key: value for key, value in os.environ.items() if key not in ("DETENTE_BROKER", "DETENTE_STORE")}
        with log.open("wb") as lines:
            process = subprocess.Popen(
                [sys.executable, "-m", "worker", *arguments, "--ready-file", str(ready)],
                stdin=subprocess.DEVNULL, stdout=lines, stderr=subprocess.STDOUT, env={**own, "PYTHONPATH": str(root)},
            )  # fmt: skip
        try:
            facts = _wait_until_ready(process, ready, log)
            yield facts["broker"], facts["store"]
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], ready: Path, log: Path) -> dict[str, str]:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        if ready.exists():
            facts: dict[str, str] = json.loads(ready.read_text(encoding="utf-8"))
            return facts
        time.sleep(0.02)
    tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-SHOWN_LOG_LINES:])
    raise BrokerUnreachable(f"the system did not come up; the end of its log:\n{tail}")
