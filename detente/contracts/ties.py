"""How relations between pairs of states are said to move."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from detente.contracts.spans import Frozen, Span


class TieDirection(StrEnum):
    WARMING = "warming"
    COOLING = "cooling"
    STEADY = "steady"


class Tie(Frozen):
    """An assessment, by the article's author or by a speaker, of the relation between two states."""

    id: str
    pair: tuple[str, str] = Field(description="two alpha-3 codes, sorted")
    direction: TieDirection
    holder: Literal["author"] | str = Field(description='"author", or the id of a statement of the reading')
    spans: tuple[Span, ...] = Field(min_length=1)
    rule: str
