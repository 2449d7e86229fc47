"""What hosts answer is not always what the standards say."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from detente.fetching.articles import body_of
from detente.fetching.failures import FailureKind, FetchFailed
from detente.fetching.headers import MAX_RETRY_AFTER_S
from detente.fetching.pages import checked, fetch
from tests.webs import HERE, Answer, Web, serving


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as web:
        yield web


def failure(web: Web, answer: Answer) -> FetchFailed:
    web.paths["/a"] = answer
    with pytest.raises(FetchFailed) as failed:
        fetch(f"{web.url}/a", HERE)
    return failed.value


@pytest.mark.parametrize("kind", ["", "application/octet-stream"])
def test_html_is_known_by_how_it_begins_where_its_host_does_not_say(web: Web, kind: str) -> None:
    web.paths["/a"] = Answer("\ufeff\n<!-- made by hand -->\n<!DOCTYPE html>\n<p>Oslo", kind=kind)
    assert "html" in body_of(fetch(f"{web.url}/a", HERE))


@pytest.mark.parametrize("body", [b"\x7fELF\x00", b"<?xml version='1.0'?><rss/>", b"Oslo", b"<!--" * 50_000, b"<!---->" * 9000])
def test_what_is_of_no_known_type_is_no_article(web: Web, body: bytes) -> None:
    web.paths["/a"] = Answer(body, kind="")
    with pytest.raises(FetchFailed) as failed:
        body_of(fetch(f"{web.url}/a", HERE))
    assert failed.value.kind is FailureKind.NOT_AN_ARTICLE


def test_a_redirect_written_in_plain_utf8_is_followed(web: Web) -> None:
    web.paths["/to"] = Answer(status=301, headers={"Location": "/münchen".encode().decode("latin-1")})
    web.paths["/m%C3%BCnchen"] = Answer("here")
    assert fetch(f"{web.url}/to", HERE).text() == "here"


def test_a_host_may_name_the_time_when_to_come_back(web: Web) -> None:
    in_an_hour = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    retry_after_s = failure(web, Answer(status=503, headers={"Retry-After": in_an_hour})).retry_after_s
    assert retry_after_s is not None
    assert 3500 <= retry_after_s <= 3600


@pytest.mark.parametrize(
    ("asked", "expected_s"),
    [("Thu, 01 Jan 2015 00:00:00 GMT", 0), ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_RETRY_AFTER_S), ("9" * 400, MAX_RETRY_AFTER_S)],
)
def test_a_time_that_is_over_or_absurd_is_bounded(web: Web, asked: str, expected_s: float) -> None:
    assert failure(web, Answer(status=503, headers={"Retry-After": asked})).retry_after_s == expected_s


@pytest.mark.parametrize("asked", ["soon", "-5", "Thu, 01 Jan", "²", "Thu, 99 Jan 2015 00:00:00 GMT"])
def test_a_time_that_is_none_is_not_heeded(web: Web, asked: str) -> None:
    assert failure(web, Answer(status=429, headers={"Retry-After": asked.encode().decode("latin-1")})).retry_after_s is None


@pytest.mark.parametrize("status", [408, 425, 429, 500, 520])
def test_some_answers_may_be_others_later(web: Web, status: int) -> None:
    assert failure(web, Answer(status=status)).kind.may_pass


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 410, 451])
def test_other_answers_stay(web: Web, status: int) -> None:
    assert not failure(web, Answer(status=status)).kind.may_pass


def test_marks_too_long_to_be_sent_back_are_not_kept(web: Web) -> None:
    web.paths["/a"] = Answer("x", headers={"ETag": "e" * 501, "Last-Modified": "m" * 500})
    page = fetch(f"{web.url}/a", HERE)
    assert (page.etag, page.last_modified) == (None, "m" * 500)


@pytest.mark.parametrize(
    ("said", "age_s"),
    [
        ("public, max-age=3600", 3600),
        ('MAX-AGE = "60"', 60),
        ("s-maxage=5", None),
        ("no-store", None),
        ("max-age=-1", None),
        ("", None),
    ],
)
def test_hosts_say_how_long_nothing_changes(web: Web, said: str, age_s: float | None) -> None:
    web.paths["/a"] = Answer("x", headers={"Cache-Control": said})
    assert fetch(f"{web.url}/a", HERE).max_age_s == age_s


def test_a_url_that_grows_too_long_once_it_is_sendable_is_refused() -> None:
    checked("http://news.example/" + "a" * 1900)
    with pytest.raises(FetchFailed, match="sendable"):
        checked("http://news.example/" + "ä" * 1900)


def chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n", **headers: str) -> Answer:
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + end
    return Answer(body, headers={"Transfer-Encoding": "chunked", **headers})


def test_pages_come_in_chunks_packed_or_not(web: Web) -> None:
    packed = gzip.compress(b"Oslo recalled its ambassador")
    web.paths["/a"] = chunked(b"Oslo ", b"recalled")
    web.paths["/b"] = chunked(packed[:9], packed[9:], **{"Content-Encoding": "GZip"})
    assert [fetch(web.url + path, HERE).body for path in ("/a", "/b")] == [b"Oslo recalled", b"Oslo recalled its ambassador"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (chunked(b"Oslo", end=b""), FailureKind.BAD_ANSWER),
        (chunked(b"Oslo", end=b"9\r\nrec"), FailureKind.BAD_ANSWER),
        (chunked(end=b"nonsense\r\n"), FailureKind.BAD_ANSWER),
        (chunked(end=b"-5\r\nOslo"), FailureKind.BAD_ANSWER),
        (chunked(b"x" * 300_001), FailureKind.TOO_LARGE),
        (chunked(end=b"ffffffffffff\r\n" + b"x" * 400_000), FailureKind.TOO_LARGE),
        (chunked(*[gzip.compress(bytes(50_000_000))], **{"Content-Encoding": "gzip"}), FailureKind.TOO_LARGE),
        (chunked(gzip.compress(b"Oslo")[:-9], **{"Content-Encoding": "gzip"}), FailureKind.BAD_ANSWER),
        (chunked(b"Oslo", **{"Content-Encoding": "gzip"}), FailureKind.BAD_ANSWER),
        (chunked(b"Oslo", **{"Content-Encoding": "br"}), FailureKind.BAD_ANSWER),
        (chunked(), FailureKind.EMPTY),
        (Answer("x", headers={f"X-{number}": "y" for number in range(200)}), FailureKind.BAD_ANSWER),
        (Answer("x", headers={"X": "y" * 70_000}), FailureKind.BAD_ANSWER),
        (Answer("x", headers={"Content-Length": "9" * 30}), FailureKind.BAD_ANSWER),
    ],
    ids=range(14),
)
def test_broken_and_hostile_bodies_have_their_kind(web: Web, answer: Answer, kind: FailureKind) -> None:
    assert failure(web, answer).kind is kind
