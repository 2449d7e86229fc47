"""One server per data folder, however many processes ask for it."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from detente.embedded.binaries import server_binary
from detente.embedded.errors import EmbeddedServerFailed
from detente.embedded.leashes import leashed
from detente.embedded.sockets import answers, ask, open_folder, socket_path

#: A start takes about 50 ms; asking more often than this would take the core that the server needs to start.
ASK_EVERY_S = 0.005
#: A server writes its last second to the disk before it goes: 0.1 s usually, seconds on a disk that is busy.
STOP_S = 10.0
#: Silence for so long, from a server that is neither up nor reading its file, is a fault and not slowness.
SILENCE_S = 30.0
#: A log of more than a megabyte is put aside at the next start: some ten thousand starts, or a fault that repeats itself.
MAX_LOG_BYTES = 1_000_000


def is_serving(data: Path) -> bool:
    """Whether the data folder has a server that answers."""
    return answers(socket_path(data))


class EmbeddedServer:
    """The server of a data folder, as a context manager.

    `start` attaches to the server that answers already (`owned` is false), or starts one (`owned` is true). Who started
    it owns it: it ends with that process, also after a `kill -9`, and others that attached lose it then. So whoever
    supervises starts it first.

    The folder's `.lock` is held by the server process itself as long as it lives. A second one can therefore never
    open the same append-only file, not even while the first is still writing its last lines.
    """

    def __init__(self, data: Path, *, binary: Path | None = None) -> None:
        self.data = data.expanduser().resolve()
        self.socket = socket_path(self.data)
        self._binary = binary
        self._keeper: _Keeper | None = None

    @property
    def url(self) -> str:
        """The server's address, as redis-py reads it."""
        return f"unix://{quote(os.fspath(self.socket))}"

    @property
    def owned(self) -> bool:
        """Whether this very process started the server, so that `stop` stops it. A forked child owns nothing."""
        return self._keeper is not None and self._keeper.starter == os.getpid()

    @property
    def log(self) -> Path:
        return self.data / "redis.log"

    def start(self) -> None:
        """Attach to the folder's server, or start it; returns when it answers. Raises EmbeddedServerFailed."""
        if self._keeper is not None and not self._keeper.is_alive():
            self._keeper = None
        open_folder(self.data)
        open_folder(self.socket.parent)
        deadline = time.monotonic() + SILENCE_S
        while not answers(self.socket):
            with self._locked() as lock:
                if lock is not None:
                    return self._start(lock)
            if ask(self.socket):
                deadline = time.monotonic() + SILENCE_S
            if time.monotonic() > deadline:
                raise EmbeddedServerFailed(f"a server holds {self.data / '.lock'} but does not answer on {self.socket}")
            time.sleep(ASK_EVERY_S)
        return None

    def stop(self) -> None:
        """Stop the server if this process owns it: ask, wait ten seconds, then kill."""
        if self.owned and self._keeper is not None:
            self._keeper.stop()
        self._keeper = None

    def is_alive(self) -> bool:
        """Whether the server is still there. Of one's own, by its process: it may be too busy to answer for a while."""
        if self.owned and self._keeper is not None:
            return self._keeper.is_alive()
        return answers(self.socket)

    def __enter__(self) -> EmbeddedServer:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @contextmanager
    def _locked(self) -> Iterator[int | None]:
        """The folder's lock, or None where a server, or somebody who is starting one, has it."""
        try:
            lock = os.open(self.data / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise EmbeddedServerFailed(f"the folder {self.data} cannot be written to: {error.strerror}") from error
        try:
            yield lock if _lock(lock) else None
        finally:
            os.close(lock)

    def _start(self, lock: int) -> None:
        argv, log = self._argv(), self._open_log()
        try:
            self._keeper = _Keeper(argv, log=log, lock=lock)
        finally:
            os.close(log)
        try:
            self._wait_until_it_answers(self._keeper)
        except BaseException:
            self.stop()
            raise

    def _wait_until_it_answers(self, keeper: _Keeper) -> None:
        deadline = time.monotonic() + SILENCE_S
        while not answers(self.socket):
            if not keeper.is_alive():
                raise EmbeddedServerFailed(f"the server died at its start; the end of {self.log}:\n{self._last_lines()}")
            if ask(self.socket):  # it reads its file, which takes as long as the file is long
                deadline = time.monotonic() + SILENCE_S
            if time.monotonic() > deadline:
                raise EmbeddedServerFailed(f"the server is silent; the end of {self.log}:\n{self._last_lines()}")
            time.sleep(ASK_EVERY_S)

    def _argv(self) -> list[str]:
        options = {
            "port": "0", "unixsocket": os.fspath(self.socket), "unixsocketperm": "700", "dir": os.fspath(self.data),
            "save": "", "appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction", "daemonize": "no",
        }  # fmt: skip
        arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
        return [os.fspath(self._binary or server_binary()), *arguments]

    def _open_log(self) -> int:
        if self.log.exists() and self.log.stat().st_size > MAX_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        return os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def _last_lines(self, count: int = 10) -> str:
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-count:])


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class _Keeper:
    """A server process and the thread that started it and waits for it.

    The kernel ends the server when the thread that started it ends; this one lives exactly as long as the server or the
    program does, whichever thread of the program asked for the start.
    """

    def __init__(self, argv: list[str], *, log: int, lock: int) -> None:
        self.starter = os.getpid()
        started: Future[subprocess.Popen[bytes]] = Future()
        self._thread = threading.Thread(target=_keep, args=(started, argv, log, lock), name="embedded-server", daemon=True)
        self._thread.start()
        self.process = started.result()

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> None:
        self.process.terminate()
        self._thread.join(STOP_S)
        if self._thread.is_alive():
            os.killpg(self.process.pid, signal.SIGKILL)
            self._thread.join()


def _keep(started: Future[subprocess.Popen[bytes]], argv: list[str], log: int, lock: int) -> None:
    try:
        process = subprocess.Popen(
            leashed(argv), stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True, pass_fds=[lock]
        )
    except OSError as error:
        started.set_exception(error)
        return
    started.set_result(process)
    with process:
        process.wait()
