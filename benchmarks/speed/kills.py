"""`python -m benchmarks.speed.kills`: a submitter of 10,000 rows is killed again and again; each row is worked on once.

The rows are no-ops of `tests/app.py` that write their name down, so that the count is of what ran, and not of what was noted.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

from detente.embedded import EmbeddedServer
from tests.systems import ROOT, System

SUBMITTER = """
import sys
from detente.client import Client
from detente.contracts import Terms
from tests.app import Note

with Client(sys.argv[1]) as client:
    jobs = (Note(path=sys.argv[2], name=str(row)) for row in range(int(sys.argv[3])))
    client.submit_many(jobs, terms=Terms(idempotency_key="the batch"))
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=10)
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="detente-kills-") as folder, EmbeddedServer(Path(folder)) as server:
        system = System(server.url, f"sqlite:///{folder}/detente.db", Path(folder))
        system.store.upgrade()
        with closing(system), system.worker(app="tests.app"):
            return run(system, rows=wish.rows, kills=wish.kills)


def run(system: System, *, rows: int, kills: int) -> int:
    """Returns how many rows did not run exactly once."""
    book, began = system.folder / "book", time.monotonic()
    command = [sys.executable, "-c", SUBMITTER, system.broker, str(book), str(rows)]
    in_the_middle = 0
    for kill in range(kills):
        submitter = subprocess.Popen(command, env=system.env, cwd=ROOT)
        # Each submitter gets further than the one before, and is killed while it submits.
        aim = int(rows * (kill + random.random()) / kills)
        while submitter.poll() is None and _submitted(system) < aim:
            time.sleep(0.002)
        in_the_middle += submitter.poll() is None
        submitter.kill()
        submitter.wait()
    subprocess.run(command, env=system.env, cwd=ROOT, check=True)
    while system.client.queues()[0].depth + system.client.queues()[0].in_flight:
        time.sleep(0.1)
    ran = Counter(line.split()[1] for line in book.read_text().splitlines() if line.startswith("end "))
    wrong = [row for row in range(rows) if ran[str(row)] != 1]
    print(f"{rows} rows, {in_the_middle} submitters killed in the middle, {len(wrong)} rows not run exactly once, "
          f"{time.monotonic() - began:.0f} s")  # fmt: skip
    return len(wrong)


def _submitted(system: System) -> int:
    return int(system.client.redis.zcard("detente:jobs"))


if __name__ == "__main__":
    sys.exit(main())
