"""Reads the data files of the lexicon."""

from __future__ import annotations

import csv
from importlib.resources import files


def read_text(name: str) -> str:
    """A data file as text."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def read_rows(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file with a header."""
    return list(csv.DictReader(read_text(name).splitlines()))


def read_lines(name: str) -> list[str]:
    """The lines of a text file, without blank ones and comments (#)."""
    return [line.strip() for line in read_text(name).splitlines() if line.strip() and not line.startswith("#")]


def split_names(cell: str) -> tuple[str, ...]:
    """The names of a cell, which `|` separates."""
    return tuple(name for name in cell.split("|") if name)
