"""Figures of one set, out of its rows and the readings of them."""

from __future__ import annotations

import importlib
import json
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from benchmarks.quality.golds import GoldSet, Row
from detente.contracts import Reading
from tests.gold.scores import check_seed, load_seed, score_status

#: By id of the row: what was read, or None where the article was refused.
Readings = dict[str, Reading | None]
Unit = TypeVar("Unit")
#: Three hundred draws give an interval to one hundredth, which is finer than the sets are.
_ROUNDS = 300
_SEED = 11


@dataclass(frozen=True)
class Score:
    """The figures of a set of `size` rows; 95 % intervals of some; and what they are made of, group by group."""

    size: int
    figures: dict[str, float]
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)


def score_set(gold: GoldSet, rows: list[Row], readings: Readings, scorer: ModuleType | None) -> Score:
    """Score a set, with the scorer that lies beside the sets, or with the repository's own for the sets that it holds."""
    if gold.kind == "seed":
        return _score_seed(readings)
    if gold.kind == "pages":
        return _score_pages(rows, readings)
    if scorer is None:
        return _score_status(rows, readings)
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "gold.jsonl", Path(folder) / "readings.jsonl"
        paths[0].write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        paths[1].write_text("".join(json.dumps(_public(row, readings)) + "\n" for row in rows), encoding="utf-8")
        if gold.kind == "statements":
            return _statements(scorer.score_statements(*paths))
        return _events(rows, scorer.score_events(*paths))


def load_scorer(gold: Path) -> ModuleType:
    """The scorer that lies beside the sets."""
    sys.path.insert(0, str(gold))
    return importlib.import_module("score")


def _public(row: Row, readings: Readings) -> Row:
    reading = readings.get(row["id"])
    return reading.model_dump(mode="json", by_alias=True) if reading else {"id": row["id"], "error": "refused"}


def _statements(found: dict[str, Any]) -> Score:
    figures = {f"end to end {name}": value for name, value in zip(("P", "R", "F1"), found["end_to_end"], strict=True)}
    figures |= {f"span {name}": value for name, value in zip(("P", "R", "F1"), found["overlap"], strict=True)}
    figures |= {f"{kind} recall": value for kind, value in found["recall_by_type"].items()}
    figures |= {"speaker, given the span": found["speaker_acc"] or 0.0, "cue, given the span": found["cue_acc"] or 0.0}
    kinds = found["gold_by_type"]
    groups = {f"speaker of {kind}": f"{value:.3f}" for kind, value in found["speaker_acc_by_type"].items()}
    groups |= {f"speaker that is a {kind}": f"{value:.3f}" for kind, value in found["speaker_acc_by_kind"].items()}
    groups |= {"statements": ", ".join(f"{count} {kind}" for kind, count in kinds.items()), "found": str(found["pred"])}
    return Score(found["docs"], figures, {"end to end F1": tuple(found["end_to_end_f1_ci95"])}, groups)


def _events(rows: list[Row], found: dict[str, Any]) -> Score:
    if "false_material_acts" in found:
        return Score(found["rows"], {"false material acts": found["false_material_acts"]})
    has_pairs = any(row.get("source") for row in rows)
    names = {"dyad": "dyad", "type": "dyad and type", "full": "dyad, type and status"} if has_pairs else {}
    figures = {f"{name} {part.upper()}": found[level][part] for level, name in names.items() for part in ("p", "r", "f1")}
    figures |= {"right type": found["type_only"]["r"], "right type P": found["type_only"]["p"]}
    groups = {f"type {kind}": value for kind, value in found["recall_by_type"].items()}
    groups |= {f"status {status}": value for status, value in found["recall_by_status"].items()}
    intervals = {f"{names[level]} F1": tuple(found[f"{level}_f1_ci95"]) for level in ("type", "full") if level in names}
    return Score(found["rows"], figures, intervals, groups)


def _score_seed(readings: Readings) -> Score:
    reading = readings["seed"]
    checks = check_seed(reading, load_seed()[1]) if reading else []
    must, may = [check for check in checks if check.must], [check for check in checks if not check.must]
    figures = {"must": float(sum(check.ok for check in must)), "may": float(sum(check.ok for check in may))}
    groups = {"expected": f"{len(must)} must, {len(may)} may"}
    groups |= {f"missing: {check.name}": "must" if check.must else "may" for check in checks if not check.ok}
    return Score(1, figures, groups=groups)


def _score_status(rows: list[Row], readings: Readings) -> Score:
    counts = [score_status(row, readings.get(row["id"])) for row in rows]

    def f1(level: str) -> Callable[[list[Counter[str]]], float]:
        return lambda sample: _prf(sum(sample, Counter()), level)[2]

    names = {"dyad": "dyad", "type": "dyad and type", "status": "dyad, type and status"}
    total: Counter[str] = sum(counts, Counter())
    figures: dict[str, float] = {}
    for level, name in names.items():
        figures |= {f"{name} {part}": value for part, value in zip(("P", "R", "F1"), _prf(total, level), strict=True)}
    groups = {f"status {status}": _hits(rows, counts, status) for status in sorted({row["status"] for row in rows})}
    return Score(len(rows), figures, {f"{name} F1": bootstrap(counts, f1(level)) for level, name in names.items()}, groups)


def _hits(rows: list[Row], counts: list[Counter[str]], status: str) -> str:
    hits = [count["status"] for row, count in zip(rows, counts, strict=True) if row["status"] == status]
    return f"{sum(hits)}/{len(hits)}"


def _score_pages(rows: list[Row], readings: Readings) -> Score:
    pages = [page_shares(row["body"], reading.article.text if (reading := readings.get(row["id"])) else "") for row in rows]
    precision, recall, f1 = _mean_f1(pages)
    figures = {"P": precision, "R": recall, "F1": f1}
    return Score(len(rows), figures, {"F1": bootstrap(pages, lambda sample: _mean_f1(sample)[2])})


def page_shares(wanted: str, found: str) -> tuple[float, float]:
    """Precision and recall of a clean text, over its runs of four words."""
    runs, wanted_runs = _runs(found), _runs(wanted)
    shared = (runs & wanted_runs).total()
    return shared / max(1, runs.total()), shared / max(1, wanted_runs.total())


def _runs(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[at : at + 4]) for at in range(max(1, len(words) - 3)))


def _mean_f1(pages: list[tuple[float, float]]) -> tuple[float, float, float]:
    precision, recall = (sum(page[side] for page in pages) / len(pages) for side in (0, 1))
    return precision, recall, _f1(precision, recall)


def _prf(counts: Counter[str], level: str) -> tuple[float, float, float]:
    precision = counts[level] / counts["found"] if counts["found"] else 0.0
    recall = counts[level] / counts["expected"] if counts["expected"] else 0.0
    return precision, recall, _f1(precision, recall)


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def bootstrap(units: list[Unit], figure: Callable[[list[Unit]], float]) -> tuple[float, float]:
    """The 95 % interval of a figure, by drawing as many units again and again. The draws are the same in every run."""
    draw = random.Random(_SEED)
    values = sorted(figure(draw.choices(units, k=len(units))) for _ in range(_ROUNDS))
    return values[int(_ROUNDS * 0.025)], values[int(_ROUNDS * 0.975)]
