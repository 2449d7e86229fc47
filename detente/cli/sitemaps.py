"""Following sitemaps: the jobs that read them, the pages that they name, and the articles on these."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import islice

from detente.cli.tallies import Tally, counting
from detente.client import Client
from detente.client.batches import POLL_S
from detente.contracts import JobError, JobState, PageStored, SitemapRead
from detente.errors import JobFailed

#: Jobs that are asked about at once.
CHUNK = 500


def follow_sitemaps(client: Client, tally: Tally) -> None:
    """Wait until the sitemaps, those that they name, and all their new pages have been read."""
    left = list(tally.sitemaps)
    with counting("reading sitemaps", total=None) as count:
        while left:
            id = left.pop()
            try:
                found = _result(client, id)
            except JobFailed as failed:
                tally.note_read(id, JobState.DEAD, JobError(kind=failed.kind, message=str(failed)))
                continue
            left += found.sitemaps
            tally.pages.update({"sitemaps": 1, "urls": found.urls, "new": found.new, **found.skipped})
            for page, state, error in _pages(client, found):
                tally.note_read(page, state, error)
                count()


def _result(client: Client, id: str) -> SitemapRead:
    while not client.status(id).state.is_final:
        time.sleep(POLL_S)
    return SitemapRead.model_validate(client.wait(id, timeout_s=POLL_S))


def _pages(client: Client, found: SitemapRead) -> Iterator[tuple[str, JobState, JobError | None]]:
    """How the pages of a sitemap ended: those that were fetched, when they have been read."""
    if found.batch is None:
        return
    reads: list[str] = []
    for outcome in client.batch(found.batch).follow():
        if outcome.state is JobState.DONE:
            reads.append(PageStored.model_validate(outcome.result).read)
        else:
            yield outcome.job, outcome.state, outcome.error
    # Short links to one page are one reading.
    for chunk in _chunks(dict.fromkeys(reads)):
        records = client.statuses(chunk)
        while not all(record.state.is_final for record in records):
            time.sleep(POLL_S)
            records = client.statuses(chunk)
        yield from ((record.id, record.state, record.error) for record in records)


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    left = iter(ids)
    while chunk := list(islice(left, CHUNK)):
        yield chunk
