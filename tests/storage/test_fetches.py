"""Fetched pages, in both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from detente.contracts import FailureKind, FetchedPage
from detente.errors import QueryInvalid
from detente.storage import Store
from detente.storage.fetches import page_id

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


def make_page(url: str = "https://news.example/a", **facts) -> FetchedPage:
    plain = {"id": page_id(url), "url": url, "host": "news.example", "tried_at": NOON, "job": "j"}
    return FetchedPage.model_validate({**plain, **facts})


def test_a_page_comes_back_as_it_was(store: Store):
    body = bytes(range(256)) * 1000
    page = make_page(
        status=200, fetched_at=NOON, size=len(body), sha256="0" * 64, etag='"1"', feed="f", read="r", charset="utf-8"
    )
    store.keep_page(page, body)
    kept = store.page(page.url)
    assert (kept.page, kept.body) == (page, body)
    assert repr(body[:20]) not in repr(kept)
    assert store.page("https://news.example/other") is None


def test_a_later_fetch_takes_the_place_of_an_earlier_one(store: Store):
    store.keep_page(make_page(etag='"1"', read="r"), b"one")
    store.keep_page(make_page(sha256="f" * 64), b"two")
    kept = store.page("https://news.example/a")
    assert (kept.body, kept.page.etag, kept.page.read) == (b"two", None, None)


def test_a_failure_leaves_the_body_that_was_there(store: Store):
    store.keep_page(make_page(), b"one")
    store.keep_page_failure(make_page(failure=FailureKind.NOT_NOW, failures=2, message="answered 503"))
    kept = store.page("https://news.example/a")
    assert (kept.body, kept.page.failure, kept.page.failures) == (b"one", FailureKind.NOT_NOW, 2)


def test_a_page_that_never_came_has_no_body(store: Store):
    store.keep_page_failure(make_page(failure=FailureKind.GONE, failures=1))
    assert store.page("https://news.example/a").body is None


def test_texts_of_strange_hosts_can_be_kept(store: Store):
    url = "https://news.example/" + "\U0001f4f0" * 900
    store.keep_page_failure(make_page(url, failure=FailureKind.BAD_ANSWER, message="a\0b", etag="\x85é"))
    page = store.page(url).page
    assert (page.message, page.etag) == ("a\ufffdb", "\x85é")


def test_pages_are_found_by_host_feed_and_failure_those_tried_last_first(store: Store):
    for number in range(5):
        failure = FailureKind.GONE if number % 2 else None
        facts = {"tried_at": NOON + timedelta(minutes=number), "feed": "f" if number > 2 else None, "failure": failure}
        store.keep_page_failure(make_page(f"https://h{number % 2}.example/{number}", host=f"h{number % 2}.example", **facts))

    def found(**asked) -> list[str]:
        return [page.url[-1] for page in store.find_pages(**asked).rows]

    assert found() == ["4", "3", "2", "1", "0"]
    assert found(failed=True) == found(failure=FailureKind.GONE) == ["3", "1"]
    assert found(failure=FailureKind.PAYWALL) == []
    assert found(host="h0.example") == ["4", "2", "0"]
    assert found(feed="f", failed=True) == ["3"]
    assert found(host="a\0b") == []


def test_answers_in_parts_hold_every_page_once(store: Store):
    for number in range(7):
        store.keep_page(make_page(f"https://news.example/{number}", tried_at=NOON + timedelta(minutes=number // 3)), b"x")
    ids, after = [], None
    while True:
        part = store.find_pages(limit=2, after=after)
        ids += [page.id for page in part.rows]
        if not (after := part.after):
            break
    assert len(ids) == len(set(ids)) == 7
    with pytest.raises(QueryInvalid):
        store.find_pages(after="nonsense")


def test_old_pages_are_forgotten(store: Store):
    for hours in (0, 2):
        store.keep_page(make_page(f"https://news.example/{hours}", tried_at=NOON + timedelta(hours=hours)), b"x")
    assert store.expire_pages(before=NOON + timedelta(hours=1)) == 1
    assert [page.url[-1] for page in store.find_pages().rows] == ["2"]


def test_which_job_reads_a_page_is_noted(store: Store):
    store.keep_page(make_page(), b"x")
    store.note_page_read(page_id("https://news.example/a"), job="r1")
    assert store.page("https://news.example/a").page.read == "r1"
