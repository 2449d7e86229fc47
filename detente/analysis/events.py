"""Which state did what to whom."""

from __future__ import annotations

from detente.analysis.actors import Cast
from detente.analysis.parses import Parse
from detente.contracts import Event, Statement


def code_events(parse: Parse, cast: Cast, statements: tuple[Statement, ...]) -> tuple[Event, ...]:
    """The events of an article, in order of the text, one for each act."""
    return ()
