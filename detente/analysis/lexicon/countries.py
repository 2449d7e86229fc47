"""Countries: names, demonyms and capitals, by ISO 3166-1 alpha-3 code (and XKX, Kosovo)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from detente.analysis.lexicon.files import read_rows, split_names


@dataclass(frozen=True)
class Country:
    """A state or territory. `prefixes` are the forms before a hyphen: “Sino-”, “Franco-”."""

    code: str
    name: str
    aliases: tuple[str, ...]
    demonyms: tuple[str, ...]
    prefixes: tuple[str, ...]
    capitals: tuple[str, ...]

    @property
    def nationals(self) -> Iterator[str]:
        """Demonyms in the plural, where that is another word: “Danes”, but “the French”."""
        for word in self.demonyms:
            if not word.endswith(("s", "sh", "ch", "x", "men", "women", "ese", "tch")):
                yield word[:-1] + "ies" if word.endswith(("ry", "ly")) else word + "s"


@cache
def countries() -> dict[str, Country]:
    """All countries by code."""
    return {row["code"]: _country(row) for row in read_rows("countries.csv")}


def _country(row: dict[str, str]) -> Country:
    many = {column: split_names(row[column]) for column in ("aliases", "demonyms", "prefixes", "capitals")}
    return Country(code=row["code"], name=row["name"], **many)
