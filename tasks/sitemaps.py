"""Read sitemaps, and have the pages fetched that they name."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from pydantic import ValidationError

from detente.batches import Batches
from detente.client.batches import begin_batch
from detente.contracts import BatchRecord, BatchState, FetchArticle, Member, Progress, ReadSitemap, SitemapRead, Terms
from detente.contracts.articles import MAX_LABEL_CHARS, MAX_TITLE_CHARS
from detente.contracts.fetching import host_of
from detente.contracts.sitemaps import MAX_DEPTH
from detente.errors import IdempotencyConflict, NotReady, QueueFull
from detente.fetching.failures import FetchFailed
from detente.fetching.robots import names_sitemap
from detente.fetching.runs import has_room
from detente.fetching.sitemaps import MAX_BYTES, Entry, Sitemap, read_sitemap
from detente.storage import KeptPage
from tasks.base import Limits, handles
from tasks.fetching import fetched, noted
from tasks.logs import fact
from tasks.services import Services

#: Other hosts whose robots.txt is asked for the sake of one sitemap, within the time of one job.
MAX_HOSTS = 10
#: Pages after which a job notes how far it is, and looks whether it was cancelled.
STEP = 500
#: A job that takes longer to put its pages in line lets others go first, and goes on then: well before its time limit.
PATIENCE_S = 120.0


# 50,000 pages are put in line in about a minute. It comes back for its host's turn, and while the queue is full.
@handles(ReadSitemap, limits=Limits(soft_s=230, hard_s=240, max_retries=500))
def read(job: ReadSitemap, services: Services) -> SitemapRead:
    """Fetch a sitemap, and submit what is new of it. Twice is once: every job has an id that follows from what it asks for."""
    kept = services.store.page(job.url)
    try:
        found = kept if _is_ours(kept, services) else _fetched(job, kept, services)
        assert found is not None
        sitemap = read_sitemap(found.body or b"")
    except FetchFailed as failed:
        raise noted(job, kept, failed, services) from failed
    final_url = found.page.final_url or job.url
    skipped = Counter({"too_many": sitemap.left_out} if sitemap.left_out else {})
    entries = _wanted(job, sitemap, final_url, skipped, services)
    made = (_follow if sitemap.is_index else _submit)(job, entries, skipped, services)
    fact("sitemap_read", host=job.host, urls=made.urls, new=made.new, sitemaps=len(made.sitemaps), skipped=skipped.total())
    return made.model_copy(update={"final_url": final_url, "skipped": dict(skipped)})


def _is_ours(kept: KeptPage | None, services: Services) -> bool:
    """Whether this job has fetched it already, and comes back because something was not ready."""
    return kept is not None and kept.body is not None and kept.page.job == services.job_id and kept.page.failure is None


def _fetched(job: ReadSitemap, kept: KeptPage | None, services: Services) -> KeptPage:
    options = replace(services.fetching, max_bytes=MAX_BYTES)
    return fetched(job, kept, services, check=lambda page: read_sitemap(page.body or b""), options=options)


def _wanted(
    job: ReadSitemap, sitemap: Sitemap, final_url: str, skipped: Counter[str], services: Services
) -> dict[str, Entry]:  # fmt: skip
    """The entries that this sitemap may speak of and that are not too old, by their URLs."""
    allowed, found = _hosts(job, final_url, services), dict[str, Entry]()
    for entry in sitemap.entries:
        url = entry.url
        why = "twice" if url in found else _unwanted(job, entry, allowed, is_index=sitemap.is_index)
        if why:
            skipped[why] += 1
        else:
            found[url] = entry
    return found


def _unwanted(job: ReadSitemap, entry: Entry, allowed: Callable[[str], bool], *, is_index: bool) -> str | None:
    """Why an entry is left out; None where it is not."""
    changed = entry.changed_until
    if job.since and (changed < job.since if changed else not is_index):
        return "older" if changed else "undated"
    try:
        FetchArticle(url=entry.url)
    except ValidationError:
        return "bad_url"
    return None if allowed(entry.url) else "other_host"


def _hosts(job: ReadSitemap, final_url: str, services: Services) -> Callable[[str], bool]:
    """Tells whether a sitemap may speak of a URL: on its own host, or on one whose robots.txt names it (sitemaps.org)."""
    known = {job.host: True, host_of(final_url): True}

    def allowed(url: str) -> bool:
        host = host_of(url)
        if host not in known:
            known[host] = len(known) < MAX_HOSTS and _is_named(url, {job.url, final_url}, services)
        return known[host]

    return allowed


def _is_named(url: str, sitemaps: Iterable[str], services: Services) -> bool:
    redis = services.ledger.redis
    try:
        return any(names_sitemap(url, sitemap, services.fetching, redis=redis) for sitemap in sitemaps)
    except FetchFailed as failed:
        fact("robots_unknown", host=host_of(url), failure=failed.kind)
        return False


def _follow(job: ReadSitemap, entries: dict[str, Entry], skipped: Counter[str], services: Services) -> SitemapRead:
    """Submit a job for each sitemap of an index, as far as the run may go."""
    run, made = job.run or services.job_id, list[str]()
    for url in entries:
        id = str(uuid5(NAMESPACE_URL, f"sitemap:{run}:{url}"))
        if job.depth == MAX_DEPTH:
            skipped["too_deep"] += 1
        elif not has_room(run, id, redis=services.ledger.redis):
            skipped["too_many"] += 1
        else:
            child = job.model_copy(update={"url": url, "run": run, "depth": job.depth + 1})
            _put_in_line(child, id, None, services)
            made.append(id)
    return SitemapRead(url=job.url, final_url=job.url, sitemaps=tuple(made))


def _submit(job: ReadSitemap, entries: dict[str, Entry], skipped: Counter[str], services: Services) -> SitemapRead:
    """Submit a job for each page that is not known, as a batch."""
    fetched_at = services.store.pages_fetched(entries)
    jobs = [_page(job, url, entry, fetched_at.get(url)) for url, entry in entries.items()]
    read = SitemapRead(url=job.url, final_url=job.url, urls=len(jobs))
    if any(jobs):
        batch = _batch(jobs, services)
        read = read.model_copy(update={"batch": batch.id, "new": batch.accepted})
    if known := read.urls - read.new:
        skipped["known"] = known
    return read


def _batch(jobs: Sequence[tuple[FetchArticle, str] | None], services: Services) -> BatchRecord:
    """The batch of these jobs, all submitted. The same however often this is called; it holds those that were new."""
    batches, tenant = Batches(services.ledger.redis), services.ledger.record(services.job_id).tenant
    id, verdict = begin_batch(batches, tenant=tenant, key=f"sitemap/{services.job_id}", kind=FetchArticle.kind, webhook=None)
    if verdict == "busy":
        # The worker before this one has died a moment ago.
        raise NotReady("the batch of this sitemap is still held", retry_after_s=5)
    state, deadline = BatchState.INTERRUPTED, time.monotonic() + PATIENCE_S
    try:
        # Rows that were noted are in line.
        for start in range(batches.record(id).rows, len(jobs), STEP):
            if time.monotonic() > deadline:
                raise NotReady("it goes on where it is", retry_after_s=1)
            for row, job in enumerate(jobs[start : start + STEP], start):
                if job is not None:
                    _put_in_line(*job, Terms(tenant=tenant, member=Member(batch=id, row=row)), services)
            done = min(start + STEP, len(jobs))
            batches.add(id, errors={}, rows=done, refused=0)
            services.progress(Progress(done=done, total=len(jobs)))
        state = BatchState.RECEIVED
    finally:
        batches.end(id, state)
    return batches.record(id)


def _page(job: ReadSitemap, url: str, entry: Entry, fetched_at: datetime | None) -> tuple[FetchArticle, str] | None:
    """The job that fetches a page, with its id; None where it has been fetched since it was last changed."""
    changed = entry.changed_until
    if fetched_at and (changed is None or changed <= fetched_at):
        return None
    page = FetchArticle(
        url=url, title=entry.title[:MAX_TITLE_CHARS] or None, outlet=entry.outlet[:MAX_LABEL_CHARS] or job.outlet,
        published_at=entry.published_at, language=entry.iso_language or job.language, refetch=fetched_at is not None,
    )  # fmt: skip
    # The same for a page and its last change, whichever sitemap and run names it.
    return page, str(uuid5(NAMESPACE_URL, f"sitemap-page:{url}\n{entry.changed}"))


def _put_in_line(job: FetchArticle | ReadSitemap, id: str, terms: Terms | None, services: Services) -> None:
    try:
        services.submit(job, id=id, terms=terms)
    except QueueFull as full:
        raise NotReady("the queue of pages is full", retry_after_s=full.retry_after_s) from full
    except IdempotencyConflict:
        # Another sitemap has named the same page, with another title; what was said first stays.
        fact("submitted_already", other_job=id)
