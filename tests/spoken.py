"""What tests of statements ask: the statements of a text, and what one of them tells."""

from __future__ import annotations

from collections.abc import Callable

from spacy.language import Language

from detente.analysis.actors import find_actors
from detente.analysis.parses import Parse, parse_articles
from detente.analysis.statements import find_statements
from detente.contracts import Article, Statement


def reader(nlp: Language) -> Callable[[str], tuple[Statement, ...]]:
    """Finds the statements of a text, with the actors that it names."""

    def statements(text: str) -> tuple[Statement, ...]:
        parsed = parse(text, nlp)
        return find_statements(parsed, find_actors(parsed))

    return statements


def parse(text: str, nlp: Language) -> Parse:
    return next(parse_articles([Article(id="a", text=text, text_sha256="")], nlp))


def told(statement: Statement) -> tuple[str | None, list[str]]:
    """Speaker as printed, and the words of the parts."""
    span = statement.speaker.span if statement.speaker else None
    return (span.text if span else None), [part.text for part in statement.parts]


def only(statements: tuple[Statement, ...]) -> Statement:
    assert len(statements) == 1, [told(statement) for statement in statements]
    return statements[0]
