"""Offices, ranks and professions that tell who somebody is; honorifics, and what they tell of gender."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from detente.analysis.lexicon.files import read_lines, read_rows

Gender = Literal["m", "f"]


@dataclass(frozen=True)
class Roles:
    """`nouns` name a role (“minister”), `offices` are those that act for a state, `modifiers` stand before (“foreign”)."""

    nouns: frozenset[str]
    offices: frozenset[str]
    modifiers: frozenset[str]


@cache
def roles() -> Roles:
    """The words of roles, in lower case."""
    lines = [line.rpartition(": ") for line in read_lines("roles.txt")]
    offices = frozenset(word for mark, _, word in lines if mark == "state")
    others = frozenset(word for mark, _, word in lines if not mark)
    return Roles(offices | others, offices, frozenset(word for mark, _, word in lines if mark == "mod"))


@cache
def honorifics() -> dict[str, Gender | None]:
    """Words before a name, in lower case, with the gender that they tell."""
    genders: dict[str, Gender | None] = {"m": "m", "f": "f"}
    return {row["word"]: genders.get(row["gender"]) for row in read_rows("honorifics.csv")}
