"""Floors: what each figure has reached. They rise when beaten and asked to, and never fall by themselves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from benchmarks.quality.golds import GoldSet
from benchmarks.quality.scores import Score

PATH = Path(__file__).with_name("floors.json")
#: The figures that a change of rules may not lower. The others move against each other too easily.
FLOORED = {
    "seed": ("must",),
    "polnear": ("end to end F1", "direct recall"),
    "gum": ("end to end F1", "direct recall"),
    "interstate": ("dyad F1", "dyad and type F1"),
    "types": ("right type",),
    "statements_only": ("false material acts",),
    "status": ("dyad, type and status R",),
    "pages": ("F1",),
}
LESS_IS_BETTER = {"false material acts"}
#: Figures are compared as they are printed.
_DIGITS = 3


#: By set, fingerprint of its data, and figure.
Floors = dict[str, dict[str, dict[str, float]]]


@dataclass(frozen=True)
class Floor:
    """What a figure must not fall below (or rise above), and what it is."""

    gold: str
    figure: str
    floor: float | None
    value: float

    @property
    def is_broken(self) -> bool:
        return self.floor is not None and (self.value > self.floor if self.figure in LESS_IS_BETTER else self.value < self.floor)

    @property
    def is_beaten(self) -> bool:
        return self.floor is None or (self.value < self.floor if self.figure in LESS_IS_BETTER else self.value > self.floor)


def load_floors(path: Path = PATH) -> Floors:
    """Floors by set, fingerprint of its data, and figure."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def compare(gold: GoldSet, score: Score, floors: Floors) -> list[Floor]:
    """The floored figures of a set beside their floors. Data that have changed have no floors yet."""
    known = floors.get(gold.name, {}).get(gold.digest, {})
    return [Floor(gold.name, name, known.get(name), round(score.figures[name], _DIGITS)) for name in FLOORED[gold.name]]


def raise_floors(gold: GoldSet, found: list[Floor], floors: Floors) -> None:
    """Write beaten floors into `floors`."""
    known = floors.setdefault(gold.name, {}).setdefault(gold.digest, {})
    known |= {floor.figure: floor.value for floor in found if floor.is_beaten}


def save_floors(floors: Floors, path: Path = PATH) -> None:
    """Keep the floors."""
    path.write_text(json.dumps(floors, indent=2, sort_keys=True) + "\n", encoding="utf-8")
