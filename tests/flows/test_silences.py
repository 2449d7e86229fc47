"""Connections that nobody closes and nothing comes through any more, as after a failover or in a firewall that forgets."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from detente.contracts import Beat, JobState
from detente.embedded import leashed
from detente.embedded.binaries import server_binary
from tests.app import Note
from tests.systems import System
from tests.waiting import wait_for


class Line:
    """Hands on what comes to its port, until it is cut: then connections stay open, and say nothing. New ones are well."""

    def __init__(self, target: int) -> None:
        self._target, self._cut, self._open = target, set[int](), list[socket.socket]()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        threading.Thread(target=self._answer, daemon=True).start()

    def cut(self) -> None:
        self._cut |= {id(end) for end in self._open}

    def close(self) -> None:
        for end in (self._door, *self._open):
            end.close()

    def _answer(self) -> None:
        with suppress(OSError):
            while True:
                ends = [self._door.accept()[0], socket.create_connection(("127.0.0.1", self._target))]
                self._open += ends
                for one, other in (ends, ends[::-1]):
                    threading.Thread(target=self._hand_on, args=(one, other), daemon=True).start()

    def _hand_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while said := one.recv(65536):
                if id(one) not in self._cut:
                    other.sendall(said)
            if id(one) not in self._cut:
                other.shutdown(socket.SHUT_RDWR)


@contextmanager
def _redis(folder: Path) -> Iterator[int]:
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        port = int(found.getsockname()[1])
    argv = leashed([str(server_binary()), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""])
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for(lambda: _listens(port))
            yield port
        finally:
            process.kill()


def _listens(port: int) -> bool:
    with closing(socket.socket()) as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.timeout(150)
def test_a_worker_goes_on_after_its_connections_have_fallen_silent(tmp_path: Path) -> None:
    with _redis(tmp_path) as port, closing(Line(port)) as line:
        store = f"sqlite:///{tmp_path / 'detente.db'}"
        behind, here = (System(f"redis://127.0.0.1:{port}/0", store, tmp_path) for port in (line.port, port))
        here.store.upgrade()
        with closing(behind), closing(here), behind.worker(app="tests.app", concurrency=1) as worker:
            running = here.client.submit(Note(path=str(tmp_path / "book"), name="one", takes_s=3))
            wait_for(lambda: running.status().state is JobState.RUNNING)
            line.cut()
            waiting = here.client.submit(Beat())
            for receipt in (running, waiting):
                assert receipt.result(timeout_s=60)
            wait_for(lambda: sum(queue.in_flight for queue in here.client.queues()) == 0)
            assert worker.poll() is None
