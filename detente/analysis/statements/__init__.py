"""Who said what."""

from __future__ import annotations

from detente.analysis.actors import Cast
from detente.analysis.parses import Parse
from detente.contracts import Statement


def find_statements(parse: Parse, cast: Cast) -> tuple[Statement, ...]:
    """The statements of an article, in order of the text."""
    return ()
