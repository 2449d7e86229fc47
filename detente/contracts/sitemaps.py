"""Sitemaps: what a host says it has, and what came of reading that."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field, StringConstraints

from detente.contracts.fetching import Url, host_of
from detente.contracts.jobs import Concurrency, Job, Queue
from detente.contracts.readings import Label
from detente.contracts.spans import Frozen

#: The protocol has indexes of sitemaps alone; some hosts have indexes of indexes, one by year and one by month.
MAX_DEPTH = 3


class SitemapRead(Frozen):
    """What was in a sitemap: `urls` pages, of which `new` became jobs of the batch `batch`; or, in an index, `sitemaps`: the
    jobs that read those it names. `skipped` has the others by the reason why."""

    url: str
    final_url: str
    urls: int = 0
    new: int = 0
    sitemaps: tuple[str, ...] = ()
    skipped: dict[str, int] = Field(default_factory=dict)
    batch: str | None = None


class ReadSitemap(Job[SitemapRead]):
    """Fetch a sitemap, and submit a job for each page in it that is not known; of an index, one for each of its sitemaps."""

    kind: ClassVar[str] = "detente.sitemap.read"
    queue: ClassVar[Queue] = Queue.FETCH

    url: Url
    since: AwareDatetime | None = Field(default=None, description="leave out what was last changed before, or does not say when")
    outlet: Label | None = Field(default=None, description="who publishes, where the sitemap does not say")
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] | None = Field(default=None, description="ISO 639 code")
    run: Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{36}$")] | None = Field(
        default=None, description="the job that the whole run began with; in the first of its jobs null"
    )
    depth: Annotated[int, Field(ge=0, le=MAX_DEPTH)] = Field(default=0, description="how many indexes led here")

    @property
    def host(self) -> str:
        return host_of(self.url)

    def label(self) -> dict[str, str | int]:
        return {"url": self.url[:120]}

    def concurrency(self) -> Concurrency:
        """One at a time for each host, pages included."""
        return Concurrency(key=f"host:{self.host[:190]}")
