"""Nouns of those who act for a state, and nouns of situations in which nobody acts."""

from __future__ import annotations

from functools import cache

from detente.analysis.lexicon.files import read_lines


@cache
def acting_nouns() -> frozenset[str]:
    """Nouns of people, bodies and vessels that act for a state, as lemmas."""
    return frozenset(line.removeprefix("home: ") for line in read_lines("acting_nouns.txt"))


@cache
def home_nouns() -> frozenset[str]:
    """Those of them who belong to the place where they are: “officials in Doha”."""
    return frozenset(line.removeprefix("home: ") for line in read_lines("acting_nouns.txt") if line.startswith("home: "))


@cache
def situations() -> frozenset[str]:
    """Nouns whose adjective of a state names what they are about, as lemmas."""
    return frozenset(read_lines("situations.txt"))
