"""`python -m benchmarks.sources`: exits with 1 where something was lost, read twice, silent, reached or grew."""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from benchmarks.sources.runs import run
from benchmarks.sources.verdicts import Verdict, judge
from benchmarks.sources.worlds import make_world

#: Faults that are listed; a run with more has one reason, not hundreds.
SHOWN = 40


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sources", description=__doc__)
    parser.add_argument("--feeds", type=int, default=50)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--days", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    world = make_world(feeds=given.feeds, articles=given.articles, days=given.days, seed=given.seed)
    verdicts: list[Verdict] = []
    with tempfile.TemporaryDirectory(prefix="detente-sources-") as folder:
        run(world, Path(folder), told=_tell, then=lambda seen: verdicts.append(judge(seen)))
    [verdict] = verdicts
    print(json.dumps(asdict(verdict)) if given.json else "\n".join(_lines(verdict)))
    return 1 if verdict.faults else 0


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _lines(verdict: Verdict) -> Iterator[str]:
    early, late, most = verdict.memory_mb
    rows = {
        "feeds": f"{verdict.feeds}", "simulated days": f"{verdict.days:g}", "polls": f"{verdict.polls:,}",
        "articles published": f"{verdict.published:,}", "entries seen": f"{verdict.entries:,}",
        "articles read": f"{verdict.read:,}", "pages that could not be had": f"{verdict.refused:,}",
        "entries without a page": f"{verdict.unlinked:,}", "took": f"{verdict.took_s:.0f} s",
        "largest process, second and last quarter, most": f"{early:.0f}, {late:.0f}, {most:.0f} MB",
        "faults": f"{len(verdict.faults)}",
    }  # fmt: skip
    yield from (f"{name:<50}{value:>20}" for name, value in rows.items())
    yield from (f"  {fault}" for fault in verdict.faults[:SHOWN])
    versions = ", ".join(f"{name} {version(name)}" for name in ("celery", "feedparser", "spacy"))
    yield f"Python {platform.python_version()}, {versions}, {platform.system()}"


if __name__ == "__main__":
    sys.exit(main())
