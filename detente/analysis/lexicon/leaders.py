"""Who led which state when: a hint for texts that name a leader and not the state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from unicodedata import combining, normalize

from detente.analysis.lexicon.files import read_rows


@dataclass(frozen=True)
class Spell:
    """A time in office. `given` is empty where the source lacks it; `alone` says that the surname by itself tells the state."""

    given: str
    country: str
    began: str
    ended: str
    alone: bool

    def covers(self, day: date) -> bool:
        """Whether the day is in the spell. Dates are compared as text: “2014-09” ends with that month."""
        now = day.isoformat()
        return self.began <= now and (not self.ended or now[: len(self.ended)] <= self.ended)


@cache
def leaders() -> dict[str, tuple[Spell, ...]]:
    """Spells in office by folded surname."""
    found: dict[str, list[Spell]] = {}
    for row in read_rows("leaders.csv"):
        spell = Spell(fold(row["given"]), row["country"], row["from"], row["to"], row["alone"] == "yes")
        found.setdefault(fold(row["surname"]), []).append(spell)
    return {surname: tuple(spells) for surname, spells in found.items()}


def fold(name: str) -> str:
    """A name without accents and in lower case."""
    return "".join(char for char in normalize("NFD", name) if not combining(char)).lower()
