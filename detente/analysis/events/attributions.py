"""Which statement says it: the shortest one whose words contain a place of the text."""

from __future__ import annotations

from bisect import bisect_right

from detente.contracts import Statement

#: Statements nest a few deep; looking further back would only cost time on pages of quotation marks.
MAX_NESTED = 12


class Attributions:
    """The statements of an article by place."""

    def __init__(self, statements: tuple[Statement, ...]) -> None:
        self._parts = sorted(
            (part.start, part.end, statement.id) for statement in statements for part in statement.parts if part.field == "text"
        )
        self._starts = [part[0] for part in self._parts]

    def at(self, offset: int) -> str | None:
        """The id of the statement that holds the character at `offset`; None where the author speaks."""
        place = bisect_right(self._starts, offset)
        holding = [part for part in self._parts[max(0, place - MAX_NESTED) : place] if offset < part[1]]
        return min(holding, key=lambda part: part[1] - part[0])[2] if holding else None
