"""From articles to readings: clean, parse in batches, find, assemble."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from detente.analysis.actors import find_actors
from detente.analysis.articles import clean_article
from detente.analysis.events import code_events
from detente.analysis.parses import Parse, parse_articles
from detente.analysis.statements import find_statements
from detente.analysis.ties import find_ties
from detente.contracts import Article, ReadArticle, Reader, Reading
from detente.errors import ArticleRejected

if TYPE_CHECKING:
    from spacy.language import Language

#: Rises with every change that lets the reader find other things in the same article.
READER = Reader(name="detente-en", version="0.1.0")


def read_articles(jobs: Iterable[ReadArticle], nlp: Language) -> Iterator[Reading | ArticleRejected]:
    """Read articles in order, in batches of the model. An article that cannot be read yields its error in its place."""
    cleaned = [_clean(job) for job in jobs]
    parses = parse_articles((article for article in cleaned if isinstance(article, Article)), nlp)
    for article in cleaned:
        yield article if isinstance(article, ArticleRejected) else find_all(next(parses))


def read_article(job: ReadArticle, nlp: Language) -> Reading:
    """Read one article. Raises ArticleRejected where there is nothing to read."""
    for outcome in read_articles([job], nlp):
        if isinstance(outcome, ArticleRejected):
            raise outcome
        return outcome
    raise AssertionError("one job yields one outcome")


def find_all(parse: Parse) -> Reading:
    """All findings of one parsed article."""
    cast = find_actors(parse)
    statements = find_statements(parse, cast)
    events = code_events(parse, cast, statements)
    ties = find_ties(parse, cast, statements)
    return Reading(article=parse.article, actors=cast.actors, statements=statements, events=events, ties=ties, reader=READER)


def _clean(job: ReadArticle) -> Article | ArticleRejected:
    try:
        return clean_article(job)
    except ArticleRejected as error:
        return error
