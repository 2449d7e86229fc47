"""From a sitemap to jobs that fetch its pages, or read the sitemaps of an index."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from detente.batches import Batches
from detente.client import Client, new_id
from detente.contracts import FetchArticle, FetchedPage, ReadSitemap, SitemapRead
from detente.errors import JobCancelled, NotReady, PageRejected
from detente.fetching import runs
from detente.queues import Queues
from detente.storage import Store
from detente.storage.fetches import page_id
from detente.webhooks.deliveries import through
from tasks import sitemaps
from tasks.services import Services
from tasks.sitemaps import read
from tests.webs import HERE, Answer, Web, serving


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url) as client:
        client.redis.flushdb()
        yield client


@pytest.fixture
def services(client: Client, tmp_path: Path) -> Iterator[Services]:
    store = Store(f"sqlite:///{tmp_path / 'test.db'}")
    store.upgrade()
    yield Services(
        job_id="", store=store, nlp=cast(Any, None), progress=lambda made: None, submit=through(client), ledger=client.ledger,
        fetching=HERE,
    )  # fmt: skip
    store.close()


def served(web: Web, path: str, *urls: str, extra: str = "", index: bool = False) -> str:
    outer, inner = ("sitemapindex", "sitemap") if index else ("urlset", "url")
    rows = "".join(f"<{inner}><loc>{url if '://' in url else web.url + url}</loc>{extra}</{inner}>" for url in urls)
    web.paths[path] = Answer(f"<{outer}>{rows}</{outer}>", kind="application/xml")
    return web.url + path


def run(services: Services, job: ReadSitemap, *, id: str | None = None) -> SitemapRead:
    """As a worker does: under the id of a job that was submitted."""
    id = services.submit(job, id=id or new_id())
    return read(job, replace(services, job_id=id))


def jobs(client: Client, kind: str = "detente.article.fetch") -> list[str]:
    return sorted(str(record.label["url"]) for record in client.jobs(limit=1000) if record.kind == kind)


def test_pages_of_a_sitemap_are_put_in_line_as_a_batch(services: Services, client: Client, web: Web) -> None:
    found = run(services, ReadSitemap(url=served(web, "/s.xml", "/1", "/2", "/2"), outlet="The Test"))
    assert (found.urls, found.new, found.skipped) == (2, 2, {"twice": 1})
    assert jobs(client) == [f"{web.url}/1", f"{web.url}/2"]
    assert found.batch
    record = Batches(client.redis).record(found.batch)
    assert (record.kind, record.accepted, record.state) == ("detente.article.fetch", 2, "received")


def test_what_is_known_is_not_submitted_again(services: Services, client: Client, web: Web) -> None:
    now = datetime.now(UTC)
    page = FetchedPage(id=page_id(f"{web.url}/1"), url=f"{web.url}/1", host="x", fetched_at=now, tried_at=now, job="j")
    services.store.keep_page(page, b"a page")
    job = ReadSitemap(url=served(web, "/s.xml", "/1", "/2"))
    assert [(one.urls, one.new, one.skipped) for one in (run(services, job), run(services, job))] == [
        (2, 1, {"known": 1}), (2, 0, {"known": 2}),
    ]  # fmt: skip
    assert jobs(client) == [f"{web.url}/2"]
    served(web, "/s.xml", "/1", extra="<lastmod>2999-01-01</lastmod>")
    assert run(services, job).new == 1
    [changed] = [record for record in client.jobs() if record.label.get("url") == f"{web.url}/1"]
    assert changed.state == "queued"


def test_a_second_delivery_submits_nothing_more_and_asks_nobody(services: Services, client: Client, web: Web) -> None:
    job, id = ReadSitemap(url=served(web, "/s.xml", "/1", "/2", "/3")), new_id()
    first = run(services, job, id=id)
    again = run(services, job, id=id)
    assert again == first
    assert (len(jobs(client)), web.times("/s.xml")) == (3, 1)


def test_a_job_that_died_half_way_goes_on_where_it_was(
    services: Services, client: Client, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemaps, "STEP", 1)
    job, id = ReadSitemap(url=served(web, "/s.xml", "/1", "/2", "/3")), new_id()
    services.submit(job, id=id)
    submitted: list[Any] = []

    def dies(given: Any, **terms: Any) -> str:
        submitted.append(given)
        if len(submitted) == 2:
            raise JobCancelled
        return services.submit(given, **terms)

    with pytest.raises(JobCancelled):
        read(job, replace(services, job_id=id, submit=dies))
    assert len(jobs(client)) == 1
    found = read(job, replace(services, job_id=id, submit=dies))
    assert (found.new, found.urls, found.skipped, web.times("/s.xml")) == (3, 3, {}, 1)
    assert [page.url[-1] for page in submitted] == ["1", "2", "2", "3"]


def test_a_job_that_takes_long_lets_others_go_first(
    services: Services, client: Client, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, id = ReadSitemap(url=served(web, "/s.xml", "/1")), new_id()
    services.submit(job, id=id)
    monkeypatch.setattr(sitemaps, "PATIENCE_S", -1)
    with pytest.raises(NotReady, match="goes on"):
        read(job, replace(services, job_id=id))
    monkeypatch.undo()
    assert read(job, replace(services, job_id=id)).new == 1


def test_a_full_queue_puts_the_rest_off(services: Services, client: Client, web: Web) -> None:
    job, id = ReadSitemap(url=served(web, "/s.xml", "/1", "/2")), new_id()
    services.submit(job, id=id)
    Queues(client.redis).close("fetch")
    with pytest.raises(NotReady, match="full"):
        read(job, replace(services, job_id=id))
    Queues(client.redis).resume("fetch")
    assert read(job, replace(services, job_id=id)).new == 2


def test_news_sitemaps_say_what_is_known_of_their_articles(services: Services, web: Web) -> None:
    submitted: list[FetchArticle] = []
    news = (
        "<news><publication><name>The Daily Test</name><language>en</language></publication>"
        "<publication_date>2024-01-15T08:00:00Z</publication_date><title>Oslo and Riga</title></news>"
    )
    job = ReadSitemap(url=served(web, "/s.xml", "/1", extra=news), outlet="Nobody", language="no")
    id = services.submit(job, id=new_id())
    keep = lambda given, **terms: submitted.append(given) or services.submit(given, **terms)  # noqa: E731
    read(job, replace(services, job_id=id, submit=keep))
    [page] = submitted
    assert (page.title, page.outlet, page.language) == ("Oslo and Riga", "The Daily Test", "en")
    assert page.published_at == datetime(2024, 1, 15, 8, tzinfo=UTC)


def test_only_what_was_changed_since_then_is_wanted(services: Services, client: Client, web: Web) -> None:
    dates = {"/old": "<lastmod>2024-01-14</lastmod>", "/that-day": "<lastmod>2024-01-15</lastmod>", "/undated": ""}
    rows = "".join(f"<url><loc>{web.url}{path}</loc>{date}</url>" for path, date in dates.items())
    web.paths["/s.xml"] = Answer(f"<urlset>{rows}</urlset>")
    found = run(services, ReadSitemap(url=f"{web.url}/s.xml", since=datetime(2024, 1, 15, 12, tzinfo=UTC)))
    assert (found.new, found.skipped) == (1, {"older": 1, "undated": 1})
    assert jobs(client) == [f"{web.url}/that-day"]


def test_a_sitemap_speaks_for_its_host_and_for_those_whose_robots_txt_names_it(
    services: Services, client: Client, web: Web
) -> None:
    with serving("127.0.0.2") as named, serving("127.0.0.3") as other:
        named.paths["/robots.txt"] = Answer(f"Sitemap: {web.url}/s.xml\n", kind="text/plain")
        url = served(web, "/s.xml", "/1", f"{named.url}/2", f"{other.url}/3", "ftp://x.example/", "http://u:p@x.example/")
        found = run(services, ReadSitemap(url=url))
        assert (found.new, found.skipped) == (2, {"other_host": 1, "bad_url": 2})
        assert jobs(client) == [f"{web.url}/1", f"{named.url}/2"]
        # A sitemap elsewhere, to which that host itself redirects.
        other.paths["/to.xml"] = Answer(status=301, headers={"Location": served(web, "/t.xml", f"{other.url}/4")})
        assert run(services, ReadSitemap(url=f"{other.url}/to.xml")).new == 1


def test_an_index_becomes_a_job_for_each_of_its_sitemaps_once(services: Services, client: Client, web: Web) -> None:
    job = ReadSitemap(url=served(web, "/all.xml", "/1.xml", "/2.xml", "/all.xml", index=True), outlet="The Test")
    id = new_id()
    found, again = run(services, job, id=id), run(services, job, id=id)
    assert found.sitemaps == again.sitemaps
    assert (len(found.sitemaps), found.urls, found.batch) == (3, 0, None)
    # Itself, as it was first asked for, and as its own child: an index that names itself goes round once.
    kind = "detente.sitemap.read"
    assert jobs(client, kind) == [f"{web.url}/{name}.xml" for name in ("1", "2", "all", "all")]
    child = ReadSitemap(url=f"{web.url}/all.xml", outlet="The Test", run=id, depth=1)
    assert sorted(run(services, child).sitemaps) == sorted(found.sitemaps)
    assert len(jobs(client, kind)) == 5


def test_a_run_goes_neither_too_deep_nor_too_far(
    services: Services, client: Client, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = served(web, "/all.xml", *(f"/{number}.xml" for number in range(5)), index=True)
    deep = run(services, ReadSitemap(url=url, run=new_id(), depth=3))
    assert (deep.sitemaps, deep.skipped) == ((), {"too_deep": 5})
    monkeypatch.setattr(runs.has_room, "__kwdefaults__", {"most": 2})
    far = run(services, ReadSitemap(url=url))
    assert (len(far.sitemaps), far.skipped) == (2, {"too_many": 3})
    assert all(client.redis.ttl(key) > 0 for key in client.redis.scan_iter("detente:sitemaps:*"))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer('<!DOCTYPE x [<!ENTITY a "b">]><urlset/>'), "bad_xml"),
        (Answer("<urlset>" + "<url>" * 50), "bad_xml"),
        (Answer("<html></html>"), "not_a_sitemap"),
        (Answer(gzip.compress(bytes(60_000_000)), kind="application/gzip"), "too_large"),
        (Answer(gzip.compress(bytes(60_000_000)), headers={"Content-Encoding": "gzip"}), "too_large"),
        (Answer(status=404), "not_found"),
    ],
)
def test_what_is_no_sitemap_is_a_dead_letter_and_a_row(services: Services, web: Web, answer: Answer, kind: str) -> None:
    web.paths["/s.xml"] = answer
    with pytest.raises(PageRejected, match=kind):
        run(services, ReadSitemap(url=f"{web.url}/s.xml"))
    [page] = services.store.find_pages(failed=True).rows
    assert (page.url, page.failure) == (f"{web.url}/s.xml", kind)


def test_robots_txt_and_private_addresses_hold_for_sitemaps_too(services: Services, web: Web) -> None:
    url = served(web, "/s.xml", "/1")
    with pytest.raises(PageRejected, match="private_address"):
        run(replace(services, fetching=replace(HERE, networks=())), ReadSitemap(url=url))
    web.paths["/robots.txt"] = Answer("User-agent: *\nDisallow: /s.xml\n", kind="text/plain")
    with pytest.raises(PageRejected, match="blocked_by_robots"):
        run(services, ReadSitemap(url=url))
    assert web.times("/s.xml") == 0


def test_a_sitemap_that_has_not_changed_is_not_sent_again(services: Services, web: Web) -> None:
    url = served(web, "/s.xml", "/1")
    body = web.paths["/s.xml"]
    assert isinstance(body, Answer)
    marked = replace(body, headers={"ETag": '"1"'})
    web.paths["/s.xml"] = lambda headers: Answer(status=304) if headers.get("if-none-match") else marked
    first, again = run(services, ReadSitemap(url=url)), run(services, ReadSitemap(url=url))
    assert (first.new, again.urls, again.new, web.times("/s.xml")) == (1, 1, 0, 2)
