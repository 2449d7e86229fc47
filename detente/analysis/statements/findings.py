"""What the rules hand to each other before it becomes a statement."""

from __future__ import annotations

from dataclasses import dataclass, field

from detente.analysis.statements.marks import Quotation
from detente.contracts import StatementKind


@dataclass
class Finding:
    """A statement in the making. `parts` are character ranges; `cue` and `speaker` are words of the tree.

    `follows` is the finding whose speaker goes on speaking, where no cue names one.
    """

    parts: list[tuple[int, int]]
    rule: str
    cue: int | None = None
    speaker: int | None = None
    kind: StatementKind = StatementKind.INDIRECT
    follows: Finding | None = None
    outlet: str | None = None
    quotations: list[int] = field(default_factory=list)

    @classmethod
    def quoted(cls, quotations: list[Quotation], number: int, rule: str, cue: int | None, speaker: int | None) -> Finding:
        """One quotation, word for word."""
        part = (quotations[number].start, quotations[number].end)
        return cls([part], rule, cue, speaker, StatementKind.DIRECT, quotations=[number])

    @property
    def start(self) -> int:
        return min(start for start, _ in self.parts)

    @property
    def end(self) -> int:
        return max(end for _, end in self.parts)
