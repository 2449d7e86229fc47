"""Read articles, and keep what was found."""

from __future__ import annotations

from collections.abc import Sequence

from detente.analysis.readings import read_article, read_articles
from detente.contracts import ArticleFailed, Progress, ReadArticle, ReadArticles, Reading, ReadingsStored, ReadingStored
from detente.errors import ArticleRejected
from detente.storage import KeptReading
from tasks.base import handles, job_error
from tasks.happenings import place_in_happenings
from tasks.logs import fact
from tasks.services import Services
from tasks.stories import place_in_stories


@handles(ReadArticle)
def read_one(job: ReadArticle, services: Services) -> ReadingStored:
    """Read one article. The reading's id is the job's."""
    reading = read_article(job, services.nlp)
    services.check()
    services.store.keep_reading(reading, reading_id=services.job_id, job_id=services.job_id)
    place([reading], services)
    return _stored(job, reading, reading_id=services.job_id)


@handles(ReadArticles)
def read_batch(job: ReadArticles, services: Services) -> ReadingsStored:
    """Read a batch. The id of the third article's reading is the job's with `.2`. One bad article spoils only itself."""
    outcomes: list[ReadingStored | ArticleFailed] = []
    kept: list[KeptReading] = []
    total = len(job.articles)
    for index, outcome in enumerate(read_articles(job.articles, services.nlp)):
        article, reading_id = job.articles[index], f"{services.job_id}.{index}"
        if isinstance(outcome, ArticleRejected):
            outcomes.append(ArticleFailed(index=index, article_id=article.id, error=job_error(outcome)))
        else:
            kept.append(KeptReading(outcome, reading_id=reading_id, job_id=services.job_id))
            outcomes.append(_stored(article, outcome, reading_id=reading_id))
        services.progress(Progress(done=index + 1, total=total))
    services.store.keep_readings(kept)
    place([one.reading for one in kept], services)
    return ReadingsStored(readings=tuple(outcomes))


def place(readings: Sequence[Reading], services: Services) -> None:
    """Find the copies of articles that have been kept, and what else reports the same."""
    copies = place_in_stories([reading.article for reading in readings], services)
    place_in_happenings(readings, services, copies=copies)


def _stored(job: ReadArticle, reading: Reading, *, reading_id: str) -> ReadingStored:
    article = reading.article
    counts = {noun: len(getattr(reading, noun)) for noun in ("actors", "statements", "events", "ties")}
    fact("article_read", reading_id=reading_id, characters=len(article.text), **counts)
    return ReadingStored(
        reading_id=reading_id, article_id=article.id, title=article.title, text_sha256=article.text_sha256, **counts,
        reader=reading.reader, reading=reading if job.inline else None,
    )  # fmt: skip
