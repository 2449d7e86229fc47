"""One run: a system, its workers, a submitter, faults, and the verdict."""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from benchmarks.chaos.faults import GAP_S, Injector, Scene, schedule
from benchmarks.chaos.loads import Planned, plan, share
from benchmarks.chaos.notes import read_notes
from benchmarks.chaos.servers import PostgresqlServer, redis_server
from benchmarks.chaos.systems import System
from benchmarks.chaos.verdicts import Verdict, judge
from benchmarks.chaos.workers import Worker, argv, stop_all

#: How often the run looks around.
LOOK_S = 0.05
#: Starting a worker takes seconds on a busy machine; a minute is a fault.
START_S = 60.0
#: A system for which nothing has come for so long after the last fault will not bring what is missing: 30 s are demanded.
SILENCE_S = 35.0
#: After the last job, so long for second executions to show.
QUIET_S = 3.0


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """How large a run is."""

    jobs: int = 5000
    seed: int = 1
    seconds: float = 150.0
    gap_s: tuple[float, float] = GAP_S
    workers: int = 3
    logs: Path | None = None


@dataclass
class Submitter:
    """Submits jobs at their times, each until it is accepted."""

    system: System
    planned: list[Planned]
    due: dict[str, float] = field(default_factory=dict)
    error: BaseException | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="submitter", daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        if self.error is not None:
            raise self.error
        return not self._thread.is_alive()

    def _run(self) -> None:
        began = time.monotonic()
        try:
            for job in self.planned:
                time.sleep(max(0.0, began + job.at_s - time.monotonic()))
                self.system.submit(job)
                self.due[job.name] = time.time() + job.delay_s
        except BaseException as error:  # noqa: BLE001 - it is raised by the main thread
            self.error = error


def run(make: Callable[[str, str, Path], System], wishes: Wishes, postgresql: PostgresqlServer) -> Verdict:
    """Submit, break, wait, count."""
    with tempfile.TemporaryDirectory(prefix="detente-chaos-") as name, redis_server(Path(name) / "redis") as redis:
        folder = Path(name)
        store = postgresql.database(f"chaos_{time.time_ns()}")
        with closing(make(redis.url, store, folder)) as system:
            scene = Scene(_workers(system, wishes, folder), redis, postgresql)
            try:
                return _run(system, scene, wishes, folder)
            finally:
                stop_all(scene.workers)
                _keep_logs(folder, wishes.logs, system)


def _keep_logs(folder: Path, logs: Path | None, system: System) -> None:
    if logs is not None:
        kept = logs / system.title.replace(" ", "-")
        kept.mkdir(parents=True, exist_ok=True)
        effects = "".join(f"{effect.first_at:.4f} {effect.name} {effect.rows}\n" for effect in system.effects())
        (kept / "effects").write_text(effects, encoding="utf-8")
        for path in [*folder.glob("w*.log"), folder / "notes"]:
            shutil.copy(path, kept)


def _workers(system: System, wishes: Wishes, folder: Path) -> list[Worker]:
    names = [f"w{number}" for number in range(1, wishes.workers + 1)]
    return [
        Worker(name, argv(system.app, name, options=system.options), system.env(), folder / f"{name}.log") for name in names
    ]


def _run(system: System, scene: Scene, wishes: Wishes, folder: Path) -> Verdict:
    began = time.monotonic()

    def log(line: str) -> None:
        print(f"{system.title:12} {time.monotonic() - began:6.1f} s  {line}", file=sys.stderr, flush=True)

    planned = plan(wishes.jobs, seconds=wishes.seconds, seed=wishes.seed)
    log(share(planned))
    _until(lambda: all(worker.is_up for worker in scene.workers), scene, limit_s=START_S)
    log("the workers are up")
    submitter = Submitter(system, planned)
    submitter.start()
    faults = schedule(seconds=wishes.seconds, seed=wishes.seed, gap_s=wishes.gap_s)
    injector = Injector(scene, faults, held=system.held, log=log)
    _until(lambda: submitter.is_over and injector.is_over, scene, injector=injector)
    log(f"{len(submitter.due)} jobs submitted, {len(injector.happened)} faults are over")
    _drain(system, scene, set(submitter.due), log)
    return judge(
        title=system.title, due=submitter.due, effects=system.effects(), notes=read_notes(folder / "notes"), dead=system.dead(),
        faults=injector.happened, ended=[end for worker in scene.workers for end in worker.ends],
        took_s=time.monotonic() - began,
    )  # fmt: skip


def _drain(system: System, scene: Scene, names: set[str], log: Callable[[str], None]) -> None:
    """Wait until all jobs are stored or dead, or nothing has come for a while."""
    known, last = -1, time.monotonic()

    def is_over() -> bool:
        nonlocal known, last
        try:
            missing = len(names - {effect.name for effect in system.effects()} - system.dead().keys())
        except psycopg.OperationalError:
            return False
        if missing != known:
            known, last = missing, time.monotonic()
        return time.monotonic() - last > (SILENCE_S if missing else QUIET_S)

    _until(is_over, scene, look_s=0.5)
    log("all jobs have ended" if not known else f"{known} jobs are missing")


def _until(
    is_over: Callable[[], bool], scene: Scene, *, injector: Injector | None = None, limit_s: float = 600.0, look_s: float = LOOK_S
) -> None:
    """Look after workers and faults until it is over."""
    deadline = time.monotonic() + limit_s
    while not is_over():
        if time.monotonic() > deadline:
            raise TimeoutError("the run did not come to its end; is the machine too busy?")
        for worker in scene.workers:
            worker.keep()
        if injector is not None:
            injector.look()
        time.sleep(look_s)
