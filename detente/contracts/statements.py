"""Who said what."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from detente.contracts.spans import Frozen, Span


class StatementKind(StrEnum):
    DIRECT = "direct"
    INDIRECT = "indirect"
    MIXED = "mixed"


class Speaker(Frozen):
    """The source of a statement.

    `actor` is the id of an actor of the reading. An unnamed source ("another Russian diplomat") has `named` false and its
    description as `name`.
    """

    actor: str | None = None
    name: str
    named: bool
    span: Span | None = None


class Statement(Frozen):
    """Words that the article ascribes to a source. A statement that its cue interrupts has several `parts`."""

    id: str
    kind: StatementKind
    parts: tuple[Span, ...] = Field(min_length=1, description="without the outer quotation marks")
    speaker: Speaker | None = Field(description="null where the text does not tell who speaks")
    cue: Span | None = None
    outlet: str | None = Field(default=None, description="where the words were first published, if the article says so")
    about: tuple[str, ...] = Field(default=(), description="alpha-3 codes of the states that the words name, sorted")
    rule: str = Field(description="the rule or model that found it")
