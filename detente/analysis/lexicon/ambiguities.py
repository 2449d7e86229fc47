"""Names that two places share, and the words that tell which is meant."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from detente.analysis.lexicon.files import read_rows, split_names


@dataclass(frozen=True)
class Ambiguity:
    """Where one of the `cues` stands in the article and none of `unless`, the name is of another country than usual."""

    country: str
    cues: frozenset[str]
    unless: frozenset[str]


@cache
def ambiguities() -> dict[str, Ambiguity]:
    """By name, as printed."""
    return {
        row["name"]: Ambiguity(row["country"], frozenset(split_names(row["cues"])), frozenset(split_names(row["unless"])))
        for row in read_rows("ambiguous.csv")
    }
