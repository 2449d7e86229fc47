"""Given names that tell of gender."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from detente.analysis.lexicon.files import read_rows, split_names

if TYPE_CHECKING:
    from detente.analysis.lexicon.roles import Gender


@cache
def given_names() -> dict[str, Gender]:
    """Names that men alone or women alone bear, mostly."""
    genders: dict[str, Gender] = {"m": "m", "f": "f"}
    return {name: genders[row["gender"]] for row in read_rows("given_names.csv") for name in split_names(row["names"])}
