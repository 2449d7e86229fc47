"""`python -m benchmarks.speed.submit`: how fast jobs are submitted, and how soon their results come, beside others.

All submit the same small job over the same unix socket to an embedded server of their own, one after another in each round, so
that a busy machine is busy for all of them. Shown is the median of the rounds.
"""

from __future__ import annotations

import argparse
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.speed.rivals import PAYLOAD, RIVALS
from detente.client import Client
from detente.contracts import ReadArticle
from detente.embedded import EmbeddedServer
from detente.urls import celery_url
from tests.app import Note
from tests.systems import ROOT, System, stop
from tests.waiting import wait_for

#: What one round submits with each: enough for a second or so of the slow ones.
JOBS = {"many": 10_000, "one by one": 2000, "http": 500}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rate", type=float, default=20.0, help="no-ops a second, whose results are waited for")
    parser.add_argument("--seconds", type=float, default=15.0)
    wish = parser.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, {_versions()}\n")
    show_rates(wish.rounds)
    show_waits(wish.rate, wish.seconds)


def show_rates(rounds: int) -> None:
    """Print how many jobs a second each submits."""
    rates: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, jobs, submit in _contestants():
            with tempfile.TemporaryDirectory(prefix="detente-bench-") as folder, EmbeddedServer(Path(folder)) as server:
                try:
                    rates.setdefault(name, []).append(_rate(submit, server.url, jobs))
                except ModuleNotFoundError as missing:
                    rates[name] = []
                    print(f"{name}: left out, {missing}")
    measure = statistics.median(rates["Celery apply_async"])
    print("| submitted by | jobs a second | × apply_async |\n| --- | ---: | ---: |")
    for name, found in rates.items():
        if found:
            print(f"| {name} | {statistics.median(found):,.0f} | {statistics.median(found) / measure:.1f} |")


def show_waits(rate: float, seconds: float) -> None:
    """Print how long it takes from submission to result."""
    print(f"\n| no-op at {rate:g}/s, from submission to result | p50, ms | p99, ms |\n| --- | ---: | ---: |")
    for name, once in (("detente", _detente_once), ("plain Celery", _celery_once)):
        with once() as wait:
            for _ in range(10):
                wait()
            found = sorted(_waits(wait, rate, seconds))
        print(f"| {name} | {1000 * statistics.median(found):.1f} | {1000 * found[int(0.99 * len(found))]:.1f} |")


def _contestants() -> Iterator[tuple[str, int, Callable[[str, int], None]]]:
    yield "detente submit_many", JOBS["many"], _submit_many
    yield "detente submit", JOBS["one by one"], _submit
    yield "detente HTTP, one by one", JOBS["http"], _over_http(lambda client, jobs: [client.submit(job) for job in jobs])
    yield "detente HTTP, NDJSON batch", JOBS["many"], _over_http(lambda client, jobs: client.submit_many(jobs))
    for name, submit in RIVALS.items():
        yield name, JOBS["many" if "many" in name else "one by one"], submit


def _rate(submit: Callable[[str, int], object], url: str, jobs: int) -> float:
    # Once before, for what is loaded and connected at first. HTTP tells its own time, without that of its server's start.
    submit(url, 10)
    began = time.perf_counter()
    took_s = submit(url, jobs)
    return jobs / (took_s if isinstance(took_s, float) else time.perf_counter() - began)


def _submit_many(url: str, number: int) -> None:
    with Client(url) as client:
        client.submit_many([ReadArticle(**PAYLOAD)] * number)


def _submit(url: str, number: int) -> None:
    with Client(url) as client:
        for _ in range(number):
            client.submit(ReadArticle(**PAYLOAD))


def _over_http(submit: Callable[[Client, list[ReadArticle]], object]) -> Callable[[str, int], float]:
    def run(url: str, number: int) -> float:
        with _api(url) as address, Client(address) as client:
            client.submit(ReadArticle(**PAYLOAD))
            began = time.perf_counter()
            submit(client, [ReadArticle(**PAYLOAD)] * number)
            return time.perf_counter() - began

    return run


@contextmanager
def _api(url: str) -> Iterator[str]:
    """The HTTP API on a Redis, as a process of its own."""
    import detente.web  # noqa: F401 - says at once where it is not installed

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        own = {"DETENTE_BROKER": url, "DETENTE_STORE": f"sqlite:///{folder}/detente.db", "DETENTE_WEB_AUTH": "false"}
        command = [sys.executable, "-m", "worker", "web", f"--port={port}"]
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **own, "DETENTE_LOG_JSON": "true"}, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            wait_for(lambda: _listens(port), timeout_s=60)
            yield f"http://127.0.0.1:{port}"
        finally:
            stop(process)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _detente_once() -> Iterator[Callable[[], None]]:
    with tempfile.TemporaryDirectory(prefix="detente-bench-") as folder, EmbeddedServer(Path(folder)) as server:
        system = System(server.url, f"sqlite:///{folder}/detente.db", Path(folder))
        system.store.upgrade()
        with closing(system), system.worker(app="tests.app"):
            yield lambda: system.client.submit(Note(path=os.devnull, name="a")).result() and None


@contextmanager
def _celery_once() -> Iterator[Callable[[], None]]:
    with tempfile.TemporaryDirectory(prefix="detente-bench-") as folder, EmbeddedServer(Path(folder)) as server:
        os.environ["PLAIN_BROKER"] = celery_url(server.url)
        from benchmarks.speed.plain import noop

        command = [sys.executable, "-m", "celery", "-A", "benchmarks.speed.plain", "worker", "--concurrency=2"]
        worker = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            noop.delay(PAYLOAD).get(timeout=60)
            yield lambda: noop.delay(PAYLOAD).get(timeout=60) and None
        finally:
            stop(worker)


def _waits(once: Callable[[], None], rate: float, seconds: float) -> Iterator[float]:
    """Seconds from when each job should have been submitted, so that a slow one counts for those that it holds up."""
    began = time.perf_counter()
    for number in range(int(rate * seconds)):
        due = began + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        once()
        yield time.perf_counter() - due


def _versions() -> str:
    found = []
    for package in ("celery", "redis", "rq", "dramatiq", "huey", "taskiq"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} missing")
    return ", ".join(found)


if __name__ == "__main__":
    main()
