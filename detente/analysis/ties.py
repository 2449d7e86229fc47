"""How relations between pairs of states are said to move."""

from __future__ import annotations

from detente.analysis.actors import Cast
from detente.analysis.parses import Parse
from detente.contracts import Statement, Tie


def find_ties(parse: Parse, cast: Cast, statements: tuple[Statement, ...]) -> tuple[Tie, ...]:
    """The assessments of an article, in order of the text."""
    return ()
