"""Loads the words that assess relations between states."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from detente.contracts import TieDirection

Directions = Mapping[str, TieDirection]


@dataclass(frozen=True)
class TieWords:
    """Words and the direction each gives a relation, by where it stands. `moves` are phrases, as tuples of words."""

    relations: frozenset[str]
    nouns: Directions
    changes: Directions
    adjectives: Directions
    verbs_of_relations: Directions
    verbs_to_relations: Directions
    verbs_of_having: frozenset[str]
    levels: Directions
    moves: Mapping[str, tuple[tuple[tuple[str, ...], TieDirection], ...]]
    moves_together: Directions
    moving_verbs: frozenset[str]


@cache
def load_tie_words() -> TieWords:
    """The lexicon of ties, once per process."""
    rows: dict[str, Any] = tomllib.loads(files(__package__).joinpath("ties.toml").read_text(encoding="utf-8"))
    return TieWords(
        relations=frozenset(rows["relations"]),
        nouns=_directions(rows["nouns"]),
        changes=_directions(rows["changes"]),
        adjectives=_directions(rows["adjectives"]),
        verbs_of_relations=_directions(rows["verbs_of_relations"]),
        verbs_to_relations=_directions(rows["verbs_to_relations"]),
        verbs_of_having=frozenset(rows["verbs_of_having"]["steady"]),
        levels=_directions(rows["levels"]),
        moves=_moves(rows["moves"]),
        moves_together=_directions(rows["moves_together"]),
        moving_verbs=frozenset(rows["moves_together"]["verbs"]),
    )


def _directions(rows: dict[str, list[str]]) -> Directions:
    return {word: TieDirection(name) for name, words in rows.items() if name != "verbs" for word in words}


def _moves(rows: dict[str, list[str]]) -> dict[str, tuple[tuple[tuple[str, ...], TieDirection], ...]]:
    """Phrases by their first word."""
    found: dict[str, list[tuple[tuple[str, ...], TieDirection]]] = {}
    for name, phrases in rows.items():
        for phrase in phrases:
            words = tuple(phrase.split())
            found.setdefault(words[0], []).append((words, TieDirection(name)))
    return {word: tuple(each) for word, each in found.items()}
