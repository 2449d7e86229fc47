"""From a URL to a stored page and the job that reads it, and what becomes of pages that cannot be had."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from detente.contracts import ExpirePages, FailureKind, FetchArticle, FetchedPage
from detente.errors import NotReady, PageRejected
from detente.queues import Queues
from tasks.fetching import MAX_FAILURES, fetch_article
from tasks.services import Services
from tasks.upkeep import expire_pages
from tests.webs import HERE, Answer, Web, article_page, serving

WORDS = (
    "Norway recalled its ambassador from Minsk on Monday, the foreign ministry in Oslo said in a short statement.\n"
    "Belarus called the step unfriendly and said that it would answer in kind before the end of the week."
)


@pytest.fixture
def web(web: Web) -> Web:
    web.paths["/a"] = Answer(article_page(WORDS))
    return web


def fault(services: Services) -> FetchedPage:
    [page] = services.store.find_pages(failed=True).rows
    return page


def waiting(services: Services) -> int:
    return sum(queue.depth for queue in Queues(services.ledger.redis).status())


def test_a_page_is_kept_and_its_article_is_put_in_line(services: Services, web: Web) -> None:
    stored = fetch_article(FetchArticle(url=f"{web.url}/a", outlet="The Daily Test", feed="f1"), services)
    kept = services.store.page(f"{web.url}/a")
    assert kept is not None
    assert kept.body == article_page(WORDS).encode()
    assert (kept.page.read, kept.page.feed, kept.page.failure) == (stored.read, "f1", None)
    record = services.ledger.record(stored.read)
    assert (record.kind, record.queue, record.state) == ("detente.article.read", "bulk", "queued")


def test_twice_is_once(services: Services, web: Web) -> None:
    first = fetch_article(FetchArticle(url=f"{web.url}/a"), services)
    again = fetch_article(FetchArticle(url=f"{web.url}/a"), replace(services, job_id="job-2"))
    assert (first.changed, again.changed, again.read) == (True, False, first.read)
    assert (web.times("/a"), waiting(services)) == (1, 1)


def test_a_job_that_died_between_page_and_reading_goes_on(services: Services, web: Web) -> None:
    def dies(*_: Any, **__: Any) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_article(FetchArticle(url=f"{web.url}/a"), replace(services, submit=dies))
    stored = fetch_article(FetchArticle(url=f"{web.url}/a"), services)
    assert services.ledger.record(stored.read).state == "queued"
    assert web.times("/a") == 1


def test_a_second_look_asks_whether_the_page_has_changed(services: Services, web: Web) -> None:
    def page(headers: dict[str, str]) -> Answer:
        same = headers.get("if-none-match") == '"1"' and headers.get("if-modified-since") == "Mon, 15 Jan 2024 08:00:00 GMT"
        marks = {"ETag": '"1"', "Last-Modified": "Mon, 15 Jan 2024 08:00:00 GMT"}
        return Answer(status=304) if same else Answer(article_page(WORDS), headers=marks)

    web.paths["/a"] = page
    first = fetch_article(FetchArticle(url=f"{web.url}/a"), services)
    again = fetch_article(FetchArticle(url=f"{web.url}/a", refetch=True), services)
    assert (again.changed, again.status, again.read) == (False, 304, first.read)
    web.paths["/a"] = Answer(article_page(WORDS + "\nSweden followed on Tuesday."))
    later = fetch_article(FetchArticle(url=f"{web.url}/a", refetch=True), services)
    assert later.changed
    assert later.read != first.read
    assert waiting(services) == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(status=404), FailureKind.NOT_FOUND),
        (Answer(status=410), FailureKind.GONE),
        (Answer(status=403), FailureKind.REFUSED),
        (Answer(status=402), FailureKind.PAYWALL),
        (Answer(b"%PDF-1.7", kind="application/pdf"), FailureKind.NOT_AN_ARTICLE),
        (Answer("<html><body><p>Please log in.</p></body></html>"), FailureKind.NOT_AN_ARTICLE),
        (
            Answer(article_page(WORDS, head='<script type="application/ld+json">{"isAccessibleForFree": "False"}</script>')),
            FailureKind.PAYWALL,
        ),
        (Answer(b"\xff\xfe\x00", kind="text/html; charset=utf-8"), FailureKind.BAD_CHARSET),
        (Answer("x" * 300_001), FailureKind.TOO_LARGE),
        (Answer(status=302, headers={"Location": "http://10.0.0.1/"}), FailureKind.PRIVATE_ADDRESS),
        (Answer(status=302, headers={"Location": "file:///etc/passwd"}), FailureKind.BAD_URL),
        (Answer(status=302, headers={"Location": "/a"}), FailureKind.TOO_MANY_REDIRECTS),
    ],
)
def test_what_cannot_be_had_is_a_dead_letter_and_a_row(services: Services, web: Web, answer: Answer, kind: FailureKind) -> None:
    web.paths["/a"] = answer
    with pytest.raises(PageRejected, match=kind):
        fetch_article(FetchArticle(url=f"{web.url}/a"), services)
    page = fault(services)
    assert (page.url, page.failure, page.failures, page.job) == (f"{web.url}/a", kind, 1, "job-1")
    assert page.message
    assert waiting(services) == 0


def test_a_private_address_is_never_asked(services: Services, web: Web) -> None:
    with pytest.raises(PageRejected, match="private_address"):
        fetch_article(FetchArticle(url=f"{web.url}/a"), replace(services, fetching=replace(HERE, networks=())))
    assert web.asked == []


def test_what_may_pass_is_tried_again_as_late_as_the_host_asks_and_not_for_ever(services: Services, web: Web) -> None:
    web.paths["/a"] = Answer(status=503, headers={"Retry-After": "7"})
    job = FetchArticle(url=f"{web.url}/a")
    for failures in range(1, MAX_FAILURES):
        with pytest.raises(NotReady) as later:
            fetch_article(job, services)
        assert later.value.retry_after_s == 7
        assert fault(services).failures == failures
    with pytest.raises(PageRejected, match="not_now"):
        fetch_article(job, services)
    with pytest.raises(NotReady):
        fetch_article(job, replace(services, job_id="a later job"))
    web.paths["/a"] = Answer(article_page(WORDS))
    fetch_article(job, services)
    assert not services.store.find_pages(failed=True).rows


def test_robots_txt_is_obeyed_at_every_redirect(services: Services, web: Web) -> None:
    with serving("127.0.0.2") as other:
        web.paths["/robots.txt"] = Answer("User-agent: detente\nDisallow: /mine/\n", kind="text/plain")
        other.paths["/robots.txt"] = Answer("User-agent: *\nDisallow: /theirs\n", kind="text/plain")
        web.paths["/to"] = Answer(status=301, headers={"Location": f"{other.url}/theirs"})
        for path in ("/mine/a", "/to"):
            with pytest.raises(PageRejected, match="blocked_by_robots"):
                fetch_article(FetchArticle(url=web.url + path), services)
        assert (web.times("/mine/a"), other.times("/theirs")) == (0, 0)


def test_a_host_is_asked_no_more_often_than_it_wants(services: Services, web: Web) -> None:
    web.paths["/robots.txt"] = Answer("User-agent: *\nCrawl-delay: 30\n", kind="text/plain")
    web.paths["/b"] = web.paths["/a"]
    fetch_article(FetchArticle(url=f"{web.url}/a"), services)
    with pytest.raises(NotReady) as later:
        fetch_article(FetchArticle(url=f"{web.url}/b"), replace(services, job_id="job-2"))
    assert 25 < (later.value.retry_after_s or 0) <= 30
    assert web.times("/b") == 0


def test_a_host_that_others_redirect_to_has_its_turns_too(services: Services, web: Web) -> None:
    with serving("127.0.0.2") as short:
        web.paths["/robots.txt"] = Answer("User-agent: *\nCrawl-delay: 30\n", kind="text/plain")
        for path in ("/1", "/2"):
            short.paths[path] = Answer(status=302, headers={"Location": f"{web.url}/a"})
        fetch_article(FetchArticle(url=f"{short.url}/1"), services)
        with pytest.raises(NotReady, match=r"127\.0\.0\.1") as later:
            fetch_article(FetchArticle(url=f"{short.url}/2"), replace(services, job_id="job-2"))
    assert 25 < (later.value.retry_after_s or 0) <= 30
    assert web.times("/a") == 1
    assert not services.store.find_pages(failed=True).rows


def test_short_links_to_one_page_are_one_reading(services: Services, web: Web) -> None:
    for path in ("/1", "/2"):
        web.paths[path] = Answer(status=301, headers={"Location": f"{web.url}/a"})
    stored = [fetch_article(FetchArticle(url=web.url + path, title=path), services) for path in ("/1", "/2", "/a")]
    assert len({one.read for one in stored}) == 1
    assert len({one.page_id for one in stored}) == 3
    assert waiting(services) == 1


def test_a_page_that_is_named_anew_under_another_title_is_not_read_again(services: Services, web: Web) -> None:
    first = fetch_article(FetchArticle(url=f"{web.url}/a", title="Oslo recalls"), services)
    again = fetch_article(FetchArticle(url=f"{web.url}/a", title="Minsk answers", refetch=True), services)
    assert (again.read, again.changed, waiting(services)) == (first.read, False, 1)
    assert web.times("/a") == 2


def test_a_page_of_plain_text_is_read_as_text(services: Services, web: Web) -> None:
    web.paths["/a.txt"] = Answer(WORDS.encode("utf-16"), kind="text/plain; charset=utf-16")
    stored = fetch_article(FetchArticle(url=f"{web.url}/a.txt"), services)
    [message] = services.ledger.redis.lrange("detente:bulk", 0, -1)
    [_, named, _] = json.loads(b64decode(json.loads(message)["body"]))
    assert named["job"]["text"] == WORDS
    assert stored.charset == "utf-16"


def test_a_full_queue_puts_the_reading_off_and_the_page_is_not_fetched_again(services: Services, web: Web) -> None:
    queues = Queues(services.ledger.redis)
    queues.close("bulk")
    with pytest.raises(NotReady, match="full"):
        fetch_article(FetchArticle(url=f"{web.url}/a"), services)
    queues.resume("bulk")
    fetch_article(FetchArticle(url=f"{web.url}/a"), services)
    assert (web.times("/a"), waiting(services)) == (1, 1)


def test_old_pages_go_and_young_ones_stay(services: Services, web: Web) -> None:
    fetch_article(FetchArticle(url=f"{web.url}/a"), services)
    long_ago = datetime.now(UTC) - timedelta(days=40)
    old = FetchedPage(id="old", url="http://x.example/", host="x.example", tried_at=long_ago, job="j")
    services.store.keep_page(old, b"")
    assert expire_pages(ExpirePages(after_days=30), services).deleted == 1
    assert [page.url for page in services.store.find_pages().rows] == [f"{web.url}/a"]


@pytest.mark.parametrize("url", ["http://", "http://[", "ftp://x.example/", "javascript:alert(1)", "http://a b/", "//x.example/"])
def test_what_is_no_url_of_a_host_is_refused_at_submission(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        FetchArticle(url=url)


@pytest.mark.parametrize("url", ["http://MÜNCHEN.example/a", "https://xn--mnchen-3ya.example.:8443/b", "http://münchen。example"])
def test_a_host_has_one_name_however_it_is_written(url: str) -> None:
    assert FetchArticle(url=url).host == "xn--mnchen-3ya.example"
