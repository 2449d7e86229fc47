"""The faults: which, when, on whom. Each is a generator that does a step and says how long to wait for the next one."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

from benchmarks.chaos.servers import PostgresqlServer, RedisServer
from benchmarks.chaos.workers import Worker

#: Every few seconds: so many lie between one fault and the next.
GAP_S = (2.0, 6.0)
#: Longer than Redis restarts take anywhere.
OUTAGE_S = 10.0
#: Longer than a lease of detente's workers (15 s), so that others take a frozen worker's jobs while it still has them.
FROZEN_S = 18.0

Steps = Generator[float, None, None]


@dataclass(frozen=True)
class Planned:
    """A fault to come. `pick` is a number that chooses its victim among those that are up."""

    at_s: float
    kind: str
    pick: int


@dataclass
class Fault:
    """A fault that happened, in seconds since the epoch, and the names of the jobs that workers had then."""

    kind: str
    began: float
    target: str = ""
    ended: float = 0.0
    held: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def is_outage(self) -> bool:
        return self.kind in OUTAGES


@dataclass
class Scene:
    """What faults happen to."""

    workers: list[Worker]
    redis: RedisServer
    postgresql: PostgresqlServer

    def victim(self, pick: int) -> Worker:
        """A worker that is up. There is one: see `Injector`."""
        return self.up[pick % len(self.up)]

    @property
    def up(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.is_up]


def kill_child(scene: Scene, fault: Fault, pick: int) -> Steps:
    worker = scene.victim(pick)
    fault.target = worker.name
    with suppress(psutil.NoSuchProcess):
        for child in worker.children():
            child.kill()
    yield from ()


def kill_worker(scene: Scene, fault: Fault, pick: int) -> Steps:
    worker = scene.victim(pick)
    fault.target = worker.name
    worker.kill()
    yield from ()


def stop_worker(scene: Scene, fault: Fault, pick: int) -> Steps:
    worker = scene.victim(pick)
    fault.target = worker.name
    worker.ask_to_stop()
    yield from ()


def freeze_worker(scene: Scene, fault: Fault, pick: int) -> Steps:
    worker = scene.victim(pick)
    fault.target = worker.name
    worker.freeze()
    yield FROZEN_S
    worker.thaw()


def restart_redis(scene: Scene, fault: Fault, pick: int) -> Steps:
    scene.redis.stop()
    scene.redis.start()
    yield from ()


def kill_redis(scene: Scene, fault: Fault, pick: int) -> Steps:
    scene.redis.kill()
    yield from ()


def stop_redis(scene: Scene, fault: Fault, pick: int) -> Steps:
    scene.redis.stop()
    yield OUTAGE_S
    scene.redis.start()


def restart_postgresql(scene: Scene, fault: Fault, pick: int) -> Steps:
    scene.postgresql.restart()
    yield from ()


FAULTS: dict[str, Callable[[Scene, Fault, int], Steps]] = {
    "kill -9 a child": kill_child,
    "kill -9 a worker": kill_worker,
    "SIGTERM a worker": stop_worker,
    "freeze a worker": freeze_worker,
    "restart Redis": restart_redis,
    "kill -9 Redis": kill_redis,
    "stop Redis": stop_redis,
    "restart PostgreSQL": restart_postgresql,
}
#: Faults of a server: while one is under way, no other of them begins, and nothing can be expected to run.
OUTAGES = frozenset(kind for kind in FAULTS if kind.endswith(("Redis", "PostgreSQL")))


def schedule(*, seconds: float, seed: int, gap_s: tuple[float, float] = GAP_S) -> list[Planned]:
    """Faults until so many seconds are over: each kind once, in any order, then all of them again. The same for a seed."""
    chance, planned, at_s = random.Random(seed), [], 0.0
    for kind in _kinds(chance):
        at_s += chance.uniform(*gap_s)
        if at_s > seconds:
            return planned
        planned.append(Planned(at_s, kind, chance.randrange(1000)))
        at_s += OUTAGE_S if kind == "stop Redis" else 0.0
    raise AssertionError("kinds never end")


def _kinds(chance: random.Random) -> Iterator[str]:
    while True:
        yield from chance.sample(sorted(FAULTS), len(FAULTS))


class Injector:
    """Lets planned faults happen when their time has come. `held` tells which jobs workers have."""

    def __init__(
        self, scene: Scene, planned: list[Planned], *, held: Callable[[], frozenset[str]], log: Callable[[str], None]
    ) -> None:
        self.happened: list[Fault] = []
        self._scene, self._held, self._log = scene, held, log
        self._planned, self._began = list(planned), time.monotonic()
        self._running: list[tuple[float, Fault, Steps]] = []

    @property
    def is_over(self) -> bool:
        return not self._planned and not self._running

    def look(self) -> None:
        """Do what is due: to be called again and again."""
        running, self._running = self._running, []
        for due, fault, steps in running:
            self._go_on(due, fault, steps)
        if self._planned and time.monotonic() - self._began >= self._planned[0].at_s and self._may(self._planned[0]):
            self._begin(self._planned.pop(0))

    def _may(self, planned: Planned) -> bool:
        """A fault of a worker waits until two are up, as one of a server waits for the one before: what is demanded is that
        the others recover, and somebody must be left to do it."""
        if planned.kind not in OUTAGES:
            return len(self._scene.up) >= 2
        return not any(fault.is_outage for _, fault, _ in self._running)

    def _begin(self, planned: Planned) -> None:
        fault = Fault(planned.kind, time.time(), held=self._held())
        self.happened.append(fault)
        self._go_on(0.0, fault, FAULTS[planned.kind](self._scene, fault, planned.pick))

    def _go_on(self, due: float, fault: Fault, steps: Steps) -> None:
        if time.monotonic() < due:
            self._running.append((due, fault, steps))
            return
        try:
            wait_s = next(steps)
        except StopIteration:
            fault.ended = time.time()
            took = f", over after {fault.ended - fault.began:.1f} s" if fault.ended - fault.began > 0.5 else ""
            self._log(f"{fault.kind} {fault.target}{took}")
            return
        self._log(f"{fault.kind} {fault.target} …")
        self._running.append((time.monotonic() + wait_s, fault, steps))
