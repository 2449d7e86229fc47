"""Programs that run together: started in order, restarted when they end, stopped in reverse order, none left over."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from detente.embedded import leashed
from detente.errors import DetenteError
from worker.consoles import Console

#: How often the supervisor looks around. A Ctrl-C is obeyed within it; ten looks a second cost a thousandth of a core.
LOOK_EVERY_S = 0.1
#: Restarts wait 1, 2, 4 … seconds: a program that cannot start must neither fill the log nor take the machine.
LONGEST_WAIT_S = 30.0
#: Who has run for a minute did start: its next end counts as the first.
PROVEN_S = 60.0
#: Who has ended so often without ever having been ready will not be: somebody must mend it, and waits to be told.
TRIES_TO_START = 3
#: After a program's end its last lines are still in the pipe; they take no longer than this.
LAST_LINES_S = 2.0


class NeverReady(DetenteError):
    """A program cannot be started."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """A program: how it is started, when it is ready (asked with the time of its start), how long it may take to stop."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    is_ready: Callable[[datetime], bool] = lambda started_at: True
    grace_s: float = 10.0


def restart_wait_s(failures: int) -> float:
    """Seconds to wait before the next start, after so many failures in a row."""
    return min(LONGEST_WAIT_S, 2.0 ** min(failures - 1, 10))


class Child:
    """A running service. What it prints is told line by line; when it has ended, so has all that it started."""

    def __init__(self, service: Service, tell: Callable[[str, str], None]) -> None:
        self.service = service
        self.started_at = datetime.now(UTC)
        self._began = time.monotonic()
        self._tell = tell
        # A session of its own keeps the terminal's Ctrl-C away from it: the supervisor says who stops when. Killed with
        # the supervisor, not asked: its broker goes at the same moment, and without that nobody could put jobs back.
        self._process = subprocess.Popen(
            leashed(service.argv, signum=signal.SIGKILL), env={**os.environ, "PYTHONUNBUFFERED": "1", **service.env},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, name=f"lines of {service.name}", daemon=True)
        self._reader.start()

    @property
    def ran_s(self) -> float:
        return time.monotonic() - self._began

    def has_ended(self) -> bool:
        """Whether the program has ended; if so, ends what is left of its group and waits for its last lines."""
        if self._process.returncode is not None:
            return True
        # WNOWAIT: until it is reaped its id is nobody else's, so that the group that gets the signal is its own.
        if os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return False
        self.kill()
        self._process.wait()
        self._reader.join(LAST_LINES_S)
        return True

    def verdict(self) -> str:
        """How it ended, in words."""
        code = self._process.returncode
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with code {code}"

    def ask_to_stop(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        """End the program and whatever it started in its session."""
        # A group in which all have ended, but nobody was reaped, cannot be signalled on macOS: nothing is left to kill.
        with suppress(PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        with self._process:
            pass

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._tell(self.service.name, line.decode("utf-8", "replace").rstrip())


@dataclass
class _Post:
    """A service's place: the child that holds it, or the time at which the next one starts."""

    service: Service
    child: Child | None = None
    failures: int = 0
    due: float = 0.0
    was_ready: bool = False

    def is_ready(self) -> bool:
        if not self.was_ready and self.child is not None:
            self.was_ready = self.service.is_ready(self.child.started_at)
        return self.was_ready


class Supervisor:
    """Runs services until it is asked to stop.

    `on_ready` is called once, when every service is ready. `look` is called at each look around; false from it stops all,
    as a signal does.
    """

    def __init__(
        self, services: Iterable[Service], console: Console, *,
        on_ready: Callable[[], None] = lambda: None, look: Callable[[], bool] = lambda: True,
    ) -> None:  # fmt: skip
        self._posts = [_Post(service) for service in services]
        self._console, self._on_ready, self._look = console, on_ready, look
        self._stopping = self._hurrying = False

    def ask_to_stop(self, signum: int = signal.SIGTERM, frame: object = None) -> None:
        """Stop all, each in its time; a handler of signals. A second Ctrl-C is a person who does not want to wait."""
        self._hurrying = self._stopping and signum == signal.SIGINT
        self._stopping = True

    def run(self) -> None:
        """Start all services, keep them running, and stop them all at the end, whatever that end is.

        Raises NeverReady where a service ends again and again without having been ready once.
        """
        told = False
        try:
            while not self._stopping and self._look():
                for post in self._posts:
                    self._keep(post)
                if not told and all(post.is_ready() for post in self._posts):
                    self._on_ready()
                    told = True
                time.sleep(LOOK_EVERY_S)
        finally:
            for post in reversed(self._posts):
                self._stop(post)

    def _keep(self, post: _Post) -> None:
        if post.child is None:
            if time.monotonic() >= post.due:
                post.child = Child(post.service, self._console.tell)
        elif post.child.has_ended():
            post.failures = 1 if post.child.ran_s >= PROVEN_S else post.failures + 1
            verdict = f"{post.service.name} {post.child.verdict()}"
            post.child.close()
            post.child = None
            self._console.show_last(post.service.name)
            if not post.was_ready and post.failures >= TRIES_TO_START:
                raise NeverReady(f"{verdict}, {post.failures} times, and was never ready; its last lines say why")
            wait_s = restart_wait_s(post.failures)
            post.due = time.monotonic() + wait_s
            self._console.say(f"{verdict}; it starts again in {wait_s:g} s")

    def _stop(self, post: _Post) -> None:
        if post.child is None:
            return
        deadline = time.monotonic() + post.service.grace_s
        if not post.child.has_ended():
            post.child.ask_to_stop()
        while not post.child.has_ended():
            if self._hurrying or time.monotonic() > deadline:
                self._console.say(f"{post.service.name} is killed: it had not stopped within {post.service.grace_s:g} s")
                post.child.kill()
                deadline = time.monotonic() + LAST_LINES_S
            time.sleep(LOOK_EVERY_S / 10)
        self._console.say(f"{post.service.name} has stopped")
        post.child.close()
        post.child = None
