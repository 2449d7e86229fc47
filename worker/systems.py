"""`python -m worker dev`: a whole system on one machine, from a folder."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from detente.embedded import EmbeddedServer
from detente.errors import DetenteError
from detente.urls import masked
from worker.commands import LOOPBACK, beat_argv, bridge_argv, flower_argv, flower_env, web_argv, worker_argv
from worker.consoles import Console
from worker.probes import is_flower_up, is_web_up, is_worker_up
from worker.settings import Settings, load_settings
from worker.supervisors import Service, Supervisor

PROGRAMS = ("worker", "flower", "web", "bridge", "beat")
#: Beyond the time for its jobs a worker needs seconds to put them back and say good-bye.
WORKER_GOODBYE_S = 10.0


class SystemRunning(DetenteError):
    """A system is running on this folder already."""


class PortTaken(DetenteError):
    """Something else listens on the port."""


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What `dev` was asked for."""

    data: Path | None = None
    only: frozenset[str] = frozenset(PROGRAMS)
    concurrency: int | None = None
    flower_port: int = 5555
    web_port: int = 8000
    colour: bool = True
    quiet: bool = False
    parent: int | None = None
    ready_file: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the system's parts find one another."""

    data: Path
    broker: str
    store: str
    flower_port: int | None
    web_port: int | None = None

    @property
    def env(self) -> dict[str, str]:
        return {"DETENTE_DATA": os.fspath(self.data), "DETENTE_BROKER": self.broker, "DETENTE_STORE": self.store}

    @property
    def flower(self) -> str | None:
        return None if self.flower_port is None else f"http://{LOOPBACK}:{self.flower_port}"

    @property
    def web(self) -> str | None:
        return None if self.web_port is None else f"http://{LOOPBACK}:{self.web_port}"


def run_dev(wishes: Wishes) -> None:
    """Run the system until a signal, or the end of the parent. Raises DetenteError or EmbeddedServerFailed."""
    settings = load_settings()
    data = (wishes.data or settings.data).expanduser().resolve()
    flower_port = free_port(wishes.flower_port, whose="Flower", option="--flower-port") if "flower" in wishes.only else None
    web_port = free_port(wishes.web_port, whose="the API", option="--web-port") if "web" in wishes.only else None
    console = Console(sys.stdout, colour=wishes.colour, quiet=wishes.quiet)
    with sole_system(data), ExitStack() as stack:
        # A broker that the environment names is somebody else's to run.
        server = None if "broker" in settings.model_fields_set else stack.enter_context(EmbeddedServer(data))
        store = settings.store if "store" in settings.model_fields_set else f"sqlite:///{data / 'detente.db'}"
        broker = server.url if server else settings.broker
        place = Place(data=data, broker=broker, store=store, flower_port=flower_port, web_port=web_port)
        supervisor = Supervisor(
            [service for service in services(place, settings, wishes) if service.name in wishes.only], console,
            on_ready=lambda: announce(place, console, wishes.ready_file), look=lookout(server, console, wishes.parent),
        )  # fmt: skip
        if wishes.ready_file is not None:
            stack.callback(wishes.ready_file.unlink, missing_ok=True)
        for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(signum, supervisor.ask_to_stop)
        supervisor.run()


def services(place: Place, settings: Settings, wishes: Wishes) -> list[Service]:
    """All programs, in the order of their start; they stop in the other one, so that nothing is sent in vain."""
    worker = Service(
        name="worker", argv=worker_argv(concurrency=wishes.concurrency), env=place.env,
        is_ready=lambda started_at: is_worker_up(place.broker, since=started_at),
        grace_s=settings.drain_s + WORKER_GOODBYE_S,
    )  # fmt: skip
    port = place.flower_port or 0
    flower = Service(
        name="flower", argv=flower_argv(place.data, port=port), env={**place.env, **flower_env(settings)},
        is_ready=lambda _: is_flower_up(port),
    )  # fmt: skip
    bridge = Service(name="bridge", argv=bridge_argv(), env=place.env)
    web_port = place.web_port or 0
    web = Service(name="web", argv=web_argv(port=web_port), env=place.env, is_ready=lambda _: is_web_up(web_port))
    return [worker, flower, web, bridge, Service(name="beat", argv=beat_argv(), env=place.env)]


@contextmanager
def sole_system(data: Path) -> Iterator[None]:
    """Hold the folder for one system. Raises SystemRunning, with the process id of the one that has it."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data / "dev.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise SystemRunning(f"a system runs on {data} already (process {lock.read().strip() or 'unknown'})") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def free_port(port: int, *, whose: str, option: str) -> int:
    """The port, or any free one for 0. Raises PortTaken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise PortTaken(f"{whose} cannot listen on port {port} ({error.strerror}); choose another: {option}") from None
        bound: int = probe.getsockname()[1]
        return bound


def announce(place: Place, console: Console, ready_file: Path | None) -> None:
    """Say that all parts are up, to people and, at one stroke, in the file that whoever started us waits for."""
    facts = {"broker": place.broker, "store": place.store, "flower": place.flower, "web": place.web}
    if ready_file is not None:
        draft = ready_file.with_name(f"{ready_file.name}.{os.getpid()}")
        # The URLs may hold passwords.
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(facts), encoding="utf-8")
        draft.replace(ready_file)
    console.say(" ".join(["ready", *(f"{name}={masked(url)}" for name, url in facts.items() if url)]))


def lookout(server: EmbeddedServer | None, console: Console, parent: int | None) -> Callable[[], bool]:
    """What is checked at each look around: that the parent lives, where that was asked for, and that the server does."""

    def look() -> bool:
        # Asking is as good as the kernel's signal here, works everywhere, and does not end with the parent's *thread*.
        if parent is not None and os.getppid() != parent:
            console.say("the process that started this system has gone")
            return False
        if server is not None and not server.is_alive():
            console.say("the embedded server has gone; it starts again")
            server.start()
        return True

    return look
