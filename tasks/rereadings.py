"""Read stored articles again when the reader has become another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from detente.analysis.changes import find_changes
from detente.analysis.readings import READER, read_articles
from detente.contracts import Article, Progress, ReadArticle, Reading
from detente.contracts.rereadings import ArticlesReread, Change, ChangeKind, Judgement, RereadArticles, Rereading
from detente.errors import ArticleRejected
from detente.storage import KeptReading, finding_id
from tasks.base import handles
from tasks.happenings import place_in_happenings
from tasks.logs import fact
from tasks.services import Services


@handles(RereadArticles)
def reread_articles(job: RereadArticles, services: Services) -> ArticlesReread:
    """Read a batch, keep what changed, and submit the job that goes on. A second delivery writes the same rows."""
    ids = services.store.outdated_articles(READER, after=job.after, limit=job.batch)
    found = _reread(ids, services)
    run = job.run or services.job_id
    going_on = None
    if len(ids) == job.batch:
        later = RereadArticles(after=ids[-1], run=run, batch=job.batch)
        going_on = services.submit(later, id=str(uuid5(NAMESPACE_URL, f"{run}:{ids[-1]}")))
    counts = Counter(change.kind for one in found for change in one.changes)
    numbers = {kind.value: counts[kind] for kind in ChangeKind}
    fact("articles_reread", articles=len(found), **numbers)
    return ArticlesReread(articles=len(found), failed=len(ids) - len(found), **numbers, next=going_on)


def _reread(ids: Sequence[str], services: Services) -> list[Rereading]:
    store = services.store
    current = list(store.readings([store.current_reading_id(id) for id in ids]))
    kept: list[KeptReading] = []
    for number, outcome in enumerate(read_articles((_again(reading.article) for reading in current), services.nlp), start=1):
        if isinstance(outcome, ArticleRejected):
            fact("article_not_reread", article_id=ids[number - 1], error=str(outcome))
        else:
            reading = _with_residue(outcome, current[number - 1].article)
            kept.append(KeptReading(reading, reading_id=_reading_id(reading.article.id), job_id=services.job_id))
        services.progress(Progress(done=number, total=len(ids)))
    store.keep_readings(kept)
    place_in_happenings([one.reading for one in kept], services, copies={})
    compared = (_compared(one, services) for one in kept)
    found = [one for one in compared if one]
    store.keep_rereadings(found)
    return found


def _compared(kept: KeptReading, services: Services) -> Rereading | None:
    before = services.store.reading_before(kept.reading.article.id, than=kept.reading_id)
    if before is None:
        return None
    id, reading = before
    changes = [_with_reviews(change, id, services) for change in find_changes(reading, kept.reading)]
    return Rereading(
        article_id=kept.reading.article.id, before=id, after=kept.reading_id, reader_before=reading.reader,
        reader_after=kept.reading.reader, reread_at=datetime.now(UTC), changes=tuple(changes),
    )  # fmt: skip


def _with_reviews(change: Change, before: str, services: Services) -> Change:
    """A person's word on a finding that is gone or told differently must not be lost from sight with it."""
    if change.before is None:
        return change
    id = finding_id(before, change.before["id"])
    said = services.store.reviews_of([id]).get(id, [])
    judged = tuple(
        Judgement(verdict=one.verdict, note=one.note, reviewed_by=one.reviewed_by, reviewed_at=one.reviewed_at) for one in said
    )
    return change.model_copy(update={"reviews": judged})


def _again(article: Article) -> ReadArticle:
    """The stored article as a job: its clean text, and all that is known of it."""
    facts = ("id", "text", "title", "url", "outlet", "authors", "published_at", "language")
    return ReadArticle.model_validate({name: getattr(article, name) for name in facts})


def _with_residue(reading: Reading, before: Article) -> Reading:
    """What was removed from the page when it was first read is no longer in its clean text."""
    removed = (*before.removed, *(text for text in reading.article.removed if text not in before.removed))
    return reading.model_copy(update={"article": reading.article.model_copy(update={"removed": removed})})


def _reading_id(article_id: str) -> str:
    """The same for an article and a version of the reader, so that a second delivery overwrites the first."""
    return str(uuid5(NAMESPACE_URL, f"{article_id}:{READER.name}:{READER.version}"))
