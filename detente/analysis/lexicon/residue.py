"""Lines that scraping leaves between the paragraphs of an article."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from detente.analysis.lexicon.files import read_text

_APOSTROPHES = str.maketrans("'‘`", "’’’")
_QUOTES = ("“", '"', "«", "„", "‘", "'")


@dataclass(frozen=True)
class Lines:
    """Lines that one of some patterns matches whole, up to a length."""

    pattern: re.Pattern[str]
    longest: int

    def match(self, line: str) -> bool:
        return len(line) <= self.longest and self.pattern.fullmatch(line) is not None


@dataclass(frozen=True)
class Bars:
    """Lines of nothing but names, and words between them; no sentence, however short."""

    names: frozenset[str]
    between: frozenset[str]
    longest: int

    def match(self, line: str) -> bool:
        if len(line) > self.longest or line.endswith("."):
            return False
        kept = [word for word in re.split(r"[^\w+.-]+", line.lower().strip(" .|•·/-")) if word and not word.isdigit()]
        return any(word in self.names for word in kept) and all(word in self.names or word in self.between for word in kept)


@dataclass(frozen=True)
class Residue:
    """What is residue, by name; and what stands above a body without being a headline."""

    kinds: dict[str, Lines | Bars]
    preambles: Lines

    def kind_of(self, line: str) -> str | None:
        """The kind of residue that a line is, or None. Words in quotation marks are somebody's."""
        if line[:1] in _QUOTES and any(map(str.isalnum, line)):
            return None
        line = line.translate(_APOSTROPHES)
        return next((name for name, kind in self.kinds.items() if kind.match(line)), None)

    def is_preamble(self, line: str) -> bool:
        return self.preambles.match(line.translate(_APOSTROPHES))


@cache
def load_residue() -> Residue:
    """The patterns of `residue.toml`."""
    data = tomllib.loads(read_text("residue.toml"))
    kinds: dict[str, Lines | Bars] = {name: _lines(entry) for name, entry in data["lines"].items()}
    for name, entry in data["words"].items():
        kinds[name] = Bars(frozenset(entry["names"].split()), frozenset(entry["between"].split()), entry["longest"])
    return Residue(kinds, _lines(data["preambles"]))


def _lines(entry: dict[str, Any]) -> Lines:
    return Lines(re.compile("|".join(f"(?:{pattern})" for pattern in entry["patterns"]), re.IGNORECASE), entry["longest"])
