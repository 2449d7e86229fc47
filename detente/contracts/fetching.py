"""Pages of the web: what is asked for, what came of it, and why a page was not fetched."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from detente.contracts.articles import MAX_TITLE_CHARS
from detente.contracts.jobs import Concurrency, Job, Queue
from detente.contracts.readings import Label
from detente.contracts.spans import Frozen

MAX_URL_CHARS = 2000


def host_of(url: str) -> str:
    """The host of a URL, as it is written in the DNS. Raises ValueError for what is no URL."""
    return (urlsplit(url.strip()).hostname or "").encode("idna").decode("ascii").rstrip(".").lower()


def _has_a_host(url: str) -> str:
    try:
        host, place = host_of(url), urlsplit(url).netloc
    except ValueError:
        raise ValueError("the url has no host, or a broken one") from None
    if not host:
        raise ValueError("the url has no host")
    if "@" in place:
        raise ValueError("the url has a name or a password in it, which would be kept and shown")
    return url


Url = Annotated[str, StringConstraints(max_length=MAX_URL_CHARS, pattern=r"^https?://[^\s]+$"), AfterValidator(_has_a_host)]


class FailureKind(StrEnum):
    """Why a page or a feed was not fetched. `unreachable`, `too_slow`, `bad_answer` and `not_now` may pass by themselves; the
    others stay until somebody changes something."""

    BAD_URL = "bad_url"
    PRIVATE_ADDRESS = "private_address"
    UNREACHABLE = "unreachable"
    BAD_CERTIFICATE = "bad_certificate"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    BLOCKED_BY_ROBOTS = "blocked_by_robots"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    BAD_ANSWER = "bad_answer"
    BAD_CHARSET = "bad_charset"
    REFUSED = "refused"
    PAYWALL = "paywall"
    NOT_AN_ARTICLE = "not_an_article"
    NOT_A_FEED = "not_a_feed"
    POLL_DIED = "poll_died"
    BAD_XML = "bad_xml"
    NOT_A_SITEMAP = "not_a_sitemap"
    NOT_FOUND = "not_found"
    GONE = "gone"
    NOT_NOW = "not_now"

    @property
    def may_pass(self) -> bool:
        return self in (FailureKind.UNREACHABLE, FailureKind.TOO_SLOW, FailureKind.BAD_ANSWER, FailureKind.NOT_NOW)


class FetchedPage(Frozen):
    """What is known of a page. With `failure`, the last attempt failed; what came before that is still there."""

    id: str
    url: str
    host: str
    final_url: str | None = None
    status: int | None = None
    content_type: str | None = None
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = Field(default=None, description="of the body as it came, unpacked, in hexadecimal")
    size: int | None = Field(default=None, description="bytes of the body, unpacked")
    fetched_at: AwareDatetime | None = None
    tried_at: AwareDatetime
    job: str = Field(description="the job that tried last")
    read: str | None = Field(default=None, description="the job that reads the page")
    feed: str | None = None
    failure: FailureKind | None = None
    message: str | None = None
    failures: int = Field(default=0, description="how often that job has failed")


class PageStored(Frozen):
    """The page is in the store, and `read` is the job that reads it. `changed` tells whether its body is new."""

    page_id: str
    url: str
    final_url: str
    status: int
    fetched_at: AwareDatetime
    changed: bool
    size: int
    charset: str | None = None
    read: str


class FetchArticle(Job[PageStored]):
    """Fetch a page, keep it, and have its article read."""

    kind: ClassVar[str] = "detente.article.fetch"
    queue: ClassVar[Queue] = Queue.FETCH

    url: Url
    title: Annotated[str, StringConstraints(max_length=MAX_TITLE_CHARS)] | None = None
    outlet: Label | None = None
    published_at: AwareDatetime | None = Field(default=None, description="wins over what the page says, as title and outlet do")
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] | None = Field(default=None, description="ISO 639 code")
    feed: Annotated[str, StringConstraints(max_length=200)] | None = Field(default=None, description="the feed that named it")
    refetch: bool = Field(default=False, description="ask the host again for a page that is known")

    @property
    def host(self) -> str:
        return host_of(self.url)

    def label(self) -> dict[str, str | int]:
        return {"url": self.url[:120], **({"feed": self.feed} if self.feed else {})}

    def concurrency(self) -> Concurrency:
        """One at a time for each host, on all workers together."""
        return Concurrency(key=f"host:{self.host[:190]}")


class PagesExpired(Frozen):
    """How many pages were deleted."""

    deleted: int


class ExpirePages(Job[PagesExpired]):
    """Delete raw pages that were last asked for more than `after_days` days ago, with what is known of them. Readings stay."""

    kind: ClassVar[str] = "detente.pages.expire"
    queue: ClassVar[Queue] = Queue.UPKEEP

    after_days: Annotated[float, Field(gt=0, le=3650)] = 30.0
