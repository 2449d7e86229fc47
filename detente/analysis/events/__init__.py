"""Which state did what to whom, when, and whether it happened at all."""

from __future__ import annotations

from detente.analysis.actors import Cast
from detente.analysis.parses import Parse
from detente.contracts import Event, Statement


def code_events(parse: Parse, cast: Cast, statements: tuple[Statement, ...]) -> tuple[Event, ...]:
    """Code the events of an article as PLOVER types with status, in order of the text."""
    return ()
