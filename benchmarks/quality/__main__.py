"""Scores the readings of every set of findings that people made, and compares them with the floors.

Sets are looked for in --gold, DETENTE_GOLD, or ../shared/gold; without any, those that the repository holds are scored.
Exits with 1 where a figure is below its floor, or an article raises.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import traceback
from pathlib import Path
from types import ModuleType

from rich.console import Console

from benchmarks.quality.floors import Floors, compare, load_floors, raise_floors, save_floors
from benchmarks.quality.golds import ROOT, GoldSet, Row, find_sets, job_of
from benchmarks.quality.misses import find_misses
from benchmarks.quality.parses import KeptModel
from benchmarks.quality.scores import Readings, Score, load_scorer, score_set
from benchmarks.quality.tables import Measured, figures_table, groups_table
from detente.analysis.articles import clean_article
from detente.analysis.readings import READER, read_articles
from detente.contracts import Reading
from detente.errors import ArticleRejected
from worker.models import load_nlp

CACHE = ROOT / ".cache" / "quality" / "parses.sqlite"
#: Readings of so many rows are held as jobs at once.
_BATCH = 64
#: Where the tables go into a file or a pipe.
_WIDTH = 150


def main() -> int:
    """Measure, print, compare. The exit status says whether all floors hold."""
    options = _options()
    gold_folder = _gold_folder(options.gold)
    console = Console(stderr=options.json, width=None if sys.stdout.isatty() else _WIDTH)
    if gold_folder is None:
        console.print("No folder of sets is here: scoring what the repository holds, the seed article and sentences by status.")
    if options.fresh:
        CACHE.unlink(missing_ok=True)
    model, floors, measured = KeptModel(load_nlp(), CACHE), load_floors(), []
    scorer = load_scorer(gold_folder) if gold_folder else None
    for gold in find_sets(gold_folder):
        if not options.set or gold.name in options.set:
            measured.append(_measure(gold, model, scorer, floors, options))
    return _report(measured, floors, options, console, model)


def _measure(gold: GoldSet, model: KeptModel, scorer: ModuleType | None, floors: Floors, options: argparse.Namespace) -> Measured:
    rows = gold.rows()[:: options.every]
    started = time.perf_counter()
    readings = read_rows(gold, rows, model)
    seconds = time.perf_counter() - started
    score = score_set(gold, rows, readings, scorer)
    _print_misses(gold, rows, readings, scorer, options.errors)
    return gold, score, compare(gold, score, floors) if options.every == 1 else [], seconds


def read_rows(gold: GoldSet, rows: list[Row], model: KeptModel) -> Readings:
    """Read all rows. Pages are cleaned only: their findings are not scored."""
    if gold.kind == "pages":
        return {row["id"]: _clean(row) for row in rows}
    readings: Readings = {}
    for at in range(0, len(rows), _BATCH):
        readings |= _read(rows[at : at + _BATCH], model)
    return readings


def _read(batch: list[Row], model: KeptModel) -> Readings:
    """Read a batch. Where it raises, each of its rows is read alone, and those that raise are named."""
    try:
        outcomes = list(read_articles((job_of(row) for row in batch), model))  # type: ignore[arg-type]
    except Exception as error:  # noqa: BLE001 — whatever it is, it is named, and the run fails
        if len(batch) == 1:
            model.crashes.append(f"{batch[0]['id']}: {traceback.format_exception(error)[-2].strip()}: {error!r}")
            return {batch[0]["id"]: None}
        return {name: reading for row in batch for name, reading in _read([row], model).items()}
    return {row["id"]: out if isinstance(out, Reading) else None for row, out in zip(batch, outcomes, strict=True)}


def _clean(row: Row) -> Reading | None:
    try:
        return Reading(article=clean_article(job_of(row)), reader=READER)
    except ArticleRejected:
        return None


def _report(measured: list[Measured], floors: Floors, options: argparse.Namespace, console: Console, model: KeptModel) -> int:
    if options.json:
        json.dump({gold.name: _facts(gold, score, seconds) for gold, score, _, seconds in measured}, sys.stdout, indent=2)
        sys.stdout.write("\n")
    console.print(figures_table(measured))
    if not options.brief:
        console.print(groups_table(measured))
    console.print(f"{READER.name} {READER.version}; {model.parsed} texts were parsed anew, the other parses were kept ones.")
    if options.every > 1:
        console.print(f"Every {options.every}th row alone was read; floors are for all rows.")
    if options.raise_floors:
        for gold, _, found, _ in measured:
            raise_floors(gold, found, floors)
        save_floors(floors)
    broken = [floor for _, _, found, _ in measured for floor in found if floor.is_broken]
    for floor in broken:
        console.print(f"[red]{floor.gold}: {floor.figure} is {floor.value}, its floor {floor.floor}[/]")
    for crash in model.crashes:
        console.print(f"[red]raised:[/] {crash}", markup=True, highlight=False)
    return 1 if broken or model.crashes else 0


def _facts(gold: GoldSet, score: Score, seconds: float) -> dict[str, object]:
    return {
        "rows": score.size,
        "seconds": round(seconds, 2),
        "sha256": gold.digest,
        "figures": {name: round(value, 4) for name, value in score.figures.items()},
        "intervals": {name: [round(bound, 4) for bound in bounds] for name, bounds in score.intervals.items()},
        "groups": score.groups,
    }


def _print_misses(gold: GoldSet, rows: list[Row], readings: Readings, scorer: ModuleType | None, count: int) -> None:
    if count:
        worst = sorted(find_misses(gold, rows, readings, scorer), key=lambda miss: -miss[0])
        print(f"--- {gold.name}: {min(count, len(worst))} of {len(worst)} faults, the worst first", file=sys.stderr)
        for _, lines in worst[:count]:
            print(lines, end="\n\n", file=sys.stderr)


def _gold_folder(given: Path | None) -> Path | None:
    """The folder of sets: as given, by environment, or beside the repository. None where the last is not there."""
    if chosen := given or (Path(os.environ["DETENTE_GOLD"]) if os.environ.get("DETENTE_GOLD") else None):
        if not (chosen / "score.py").exists():
            raise SystemExit(f"no sets in {chosen}")
        return chosen
    beside = ROOT.parent / "shared" / "gold"
    return beside if (beside / "score.py").exists() else None


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gold", type=Path, metavar="PATH", help="the folder of sets")
    parser.add_argument("--set", action="append", metavar="NAME", help="score this set alone; may be given again")
    parser.add_argument("--errors", type=int, default=0, metavar="N", help="list the N worst faults of each set, with their text")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="read every Nth row alone; no floors then")
    parser.add_argument("--brief", action="store_true", help="leave the table of groups out")
    parser.add_argument("--json", action="store_true", help="figures as JSON on standard output; tables go to standard error")
    parser.add_argument("--fresh", action="store_true", help="forget the kept parses first")
    parser.add_argument("--raise-floors", action="store_true", help="keep beaten figures as the new floors")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
