"""What was measured, as tables."""

from __future__ import annotations

import tomllib
from pathlib import Path

from rich.table import Table

from benchmarks.quality.floors import Floor
from benchmarks.quality.golds import GoldSet
from benchmarks.quality.scores import Score

#: A set, its figures, its floors, and the seconds that reading it took.
Measured = tuple[GoldSet, Score, list[Floor], float]


def load_systems() -> dict[str, list[tuple[str, float, str]]]:
    """Figures of other systems, by set."""
    return tomllib.loads(Path(__file__).with_name("systems.toml").read_text(encoding="utf-8"))


def figures_table(measured: list[Measured]) -> Table:
    """One line a level: precision, recall and F1, or a figure alone; its interval, floor, and what other systems reach."""
    table = Table("set", "what", "P", "R", "F1 or share", "95 %", "floor", "other systems", title="Quality of the readings")
    systems = load_systems()
    for gold, score, floors, seconds in measured:
        table.add_section()
        label = f"[bold]{gold.name}[/]  {score.size} rows, {seconds:.0f} s"
        for level in dict.fromkeys(_level(name) for name in score.figures):
            names = [name for name in score.figures if _level(name) == level]
            floored = ", ".join(_floor(floor) for floor in floors if floor.figure in names)
            others = ", ".join(f"{value} {whose}" for name, value, whose in systems[gold.name] if name in names)
            table.add_row(label, level, *_values(score, names), _interval(score, names), floored, others)
            label = ""
    return table


def groups_table(measured: list[Measured]) -> Table:
    """Per kind of statement, type of event and status: found of expected."""
    table = Table("set", "group", "found", title="Group by group")
    for gold, score, _, _ in measured:
        if score.groups:
            table.add_section()
        label = gold.name
        for name, value in score.groups.items():
            table.add_row(label, name, value)
            label = ""
    return table


def _level(name: str) -> str:
    """What the figures for precision, recall and F1 of one thing share."""
    return next(
        (name.removesuffix(end) for end in (" P", " R", " F1") if name.endswith(end)),
        "clean text" if name in ("P", "R", "F1") else name,
    )


def _values(score: Score, names: list[str]) -> list[str]:
    by_end = {name.split()[-1] if name.split()[-1] in ("P", "R") else "F1": _value(score.figures[name]) for name in names}
    return [by_end.get(end, "") for end in ("P", "R", "F1")]


def _value(value: float) -> str:
    return f"{value:.0f}" if value > 1 else f"{value:.3f}"


def _interval(score: Score, names: list[str]) -> str:
    return " ".join("–".join(f"{bound:.3f}" for bound in score.intervals[name]) for name in names if name in score.intervals)


def _floor(floor: Floor) -> str:
    if floor.floor is None:
        return "none yet"
    mark = " [red]broken[/]" if floor.is_broken else " [green]beaten[/]" if floor.is_beaten else ""
    of = " of R" if floor.figure.endswith(" R") else ""
    return _value(floor.floor) + of + mark
