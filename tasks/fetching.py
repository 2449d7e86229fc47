"""Fetch pages, politely, and have their articles read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Protocol
from uuid import NAMESPACE_URL, uuid5

from detente.analysis.articles.pages import read_page
from detente.batches import ReadArticleInBulk
from detente.contracts import FetchArticle, FetchedPage, PageStored
from detente.errors import ArticleRejected, IdempotencyConflict, NotReady, PageRejected, QueueFull
from detente.fetching.articles import body_of, check_words
from detente.fetching.failures import FailureKind, FetchFailed
from detente.fetching.pages import FetchOptions, Page
from detente.storage import KeptPage
from detente.storage.fetches import page_id
from tasks.base import Limits, handles
from tasks.logs import fact
from tasks.services import Services
from tasks.visits import visit

#: What may pass by itself is tried so often. With the back-off of retries that is about four minutes, or as long as hosts ask.
MAX_FAILURES = 6


# A job may have to come back for the turns of all hosts on its way; that is no failure, and has another count.
@handles(FetchArticle, limits=Limits(soft_s=100, hard_s=110, max_retries=500))
def fetch_article(job: FetchArticle, services: Services) -> PageStored:
    """Fetch a page if it is not known or a new look is asked for, keep it, and submit the job that reads it.

    Twice is once: a page that has been kept is not fetched again, and the job that reads it has an id made of its body and of
    the URL where it was found in the end, so that many short links to one page are one reading.
    """
    kept = services.store.page(job.url)
    known = kept is not None and kept.body is not None and kept.page.failure is None
    if kept is not None and known and not job.refetch:
        return _stored(kept, _submitted(job, kept, services), changed=False)
    try:
        found = fetched(job, kept, services, check=_check)
    except FetchFailed as failed:
        raise noted(job, kept, failed, services) from failed
    changed = kept is None or kept.page.sha256 != found.page.sha256
    return _stored(found, _submitted(job, found, services), changed=changed)


class Visit(Protocol):
    """A job that asks for one URL."""

    @property
    def url(self) -> str: ...
    @property
    def host(self) -> str: ...


def fetched(
    job: Visit, kept: KeptPage | None, services: Services, *, check: Callable[[Page], object], options: FetchOptions | None = None
) -> KeptPage:  # fmt: skip
    """The page as it is now, kept. Raises FetchFailed, and NotReady before the host's turn. `check` looks at a new body."""
    page = visit(job.url, services, **_conditions(kept), options=options)
    if page.body is None:
        found = _same(kept, page, services)
    else:
        check(page)
        found = KeptPage(_new(job, page, services), page.body)
    services.store.keep_page(found.page, found.body or b"")
    fact("page_fetched", host=job.host, status=page.status, size=found.page.size)
    return found


def _conditions(kept: KeptPage | None) -> dict[str, str | None]:
    """What asks for the page only if it is not the one that is kept."""
    return {"etag": kept.page.etag, "last_modified": kept.page.last_modified} if kept and kept.body is not None else {}


def _check(page: Page) -> None:
    """Whether the page holds an article. Raises FetchFailed."""
    body = body_of(page)
    try:
        text = read_page(body["html"], url=page.url).text if "html" in body else body["text"]
    except ArticleRejected as error:
        raise FetchFailed(FailureKind.NOT_AN_ARTICLE, str(error)) from None
    check_words(text, html=body.get("html", ""))


def _new(job: Visit, page: Page, services: Services) -> FetchedPage:
    now, body = datetime.now(UTC), page.body or b""
    return FetchedPage(
        id=page_id(job.url), url=job.url, host=job.host, final_url=page.url, status=page.status, content_type=page.content_type,
        charset=page.charset, etag=page.etag, last_modified=page.last_modified, sha256=sha256(body).hexdigest(), size=len(body),
        fetched_at=now, tried_at=now, job=services.job_id, feed=_feed(job),
    )  # fmt: skip


def _same(kept: KeptPage | None, page: Page, services: Services) -> KeptPage:
    """The page that was kept, seen again. Raises FetchFailed (bad_answer) where none was, since then nobody asked so."""
    if kept is None or kept.body is None:
        raise FetchFailed(FailureKind.BAD_ANSWER, "answered 304 to a question without conditions", status=page.status)
    now = datetime.now(UTC)
    seen = {"fetched_at": now, "tried_at": now, "job": services.job_id, "failure": None, "message": None}
    seen |= {"status": page.status, "failures": 0}
    return KeptPage(kept.page.model_copy(update=seen), kept.body)


def _feed(job: Visit) -> str | None:
    return job.feed if isinstance(job, FetchArticle) else None


def noted(job: Visit, kept: KeptPage | None, failed: FetchFailed, services: Services) -> Exception:
    """Keep what went wrong, and say what follows from it."""
    before = kept.page if kept else None
    failures = 1 + (before.failures if before and before.job == services.job_id else 0)
    now = datetime.now(UTC)
    page = before or FetchedPage(id=page_id(job.url), url=job.url, host=job.host, tried_at=now, job=services.job_id)
    fields = {
        "job": services.job_id, "feed": _feed(job) or page.feed, "tried_at": now, "failure": failed.kind, "failures": failures,
        "message": str(failed)[:500], "status": failed.status or page.status,
    }  # fmt: skip
    services.store.keep_page_failure(page.model_copy(update=fields))
    fact("page_not_fetched", host=job.host, failure=failed.kind, status=failed.status, failures=failures)
    message = f"{failed.kind}: {failed}"
    if failed.kind.may_pass and failures < MAX_FAILURES:
        return NotReady(message, retry_after_s=failed.retry_after_s)
    return PageRejected(message)


def _submitted(job: FetchArticle, kept: KeptPage, services: Services) -> str:
    """The id of the job that reads the page, submitted if it was not before."""
    page = kept.page
    url = page.final_url or page.url
    id = str(uuid5(NAMESPACE_URL, f"{url}\n{page.sha256}"))
    if page.read == id:
        return id
    body = body_of(_as_page(kept))
    article = ReadArticleInBulk(
        id=url if len(url) <= 200 else f"page:{page.id}", url=url, outlet=job.outlet, title=job.title,
        published_at=job.published_at, language=job.language, **body,
    )  # fmt: skip
    try:
        services.submit(article, id=id)
    except QueueFull as full:
        raise NotReady("the queue of readings is full", retry_after_s=full.retry_after_s) from full
    except IdempotencyConflict:
        # The same body of the same URL, with another title or outlet: what was said first stays.
        fact("read_already", reading_job=id)
    services.store.note_page_read(page.id, job=id)
    return id


def _as_page(kept: KeptPage) -> Page:
    page = kept.page
    return Page(
        url=page.final_url or page.url, status=page.status or 200, body=kept.body, content_type=page.content_type,
        charset=page.charset, etag=page.etag, last_modified=page.last_modified, moved=False,
    )  # fmt: skip


def _stored(kept: KeptPage, read: str, *, changed: bool) -> PageStored:
    page = kept.page
    assert page.fetched_at is not None
    return PageStored(
        page_id=page.id, url=page.url, final_url=page.final_url or page.url, status=page.status or 200, size=page.size or 0,
        fetched_at=page.fetched_at, changed=changed, charset=page.charset, read=read,
    )  # fmt: skip
