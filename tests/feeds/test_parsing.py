"""What feeds say, in all their formats, and what becomes of those that are broken or hostile."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from benchmarks.sources.formats import FORMATS, Item, render
from detente.feeds.entries import MAX_ENTRIES, ParsedFeed
from detente.feeds.parsing import parse_feed
from detente.fetching.failures import FailureKind, FetchFailed
from detente.fetching.pages import Page
from tests.systems import ROOT

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
URL = "https://news.example/feeds/world.xml"


def parse(body: bytes | str, *, charset: str | None = None) -> ParsedFeed:
    sent = body.encode() if isinstance(body, str) else body
    page = Page(
        url=URL, status=200, body=sent, content_type="text/xml", charset=charset, etag=None, last_modified=None, moved=False
    )
    return parse_feed(page, now=NOW)


def rss(items: str, head: str = "") -> str:
    return f"<rss version='2.0'><channel><title>The Daily Test</title>{head}{items}</channel></rss>"


TURTLE = rss("<item><title>Żółw</title><link>/a</link></item>")


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_says_the_same(form: str) -> None:
    at = NOW - timedelta(hours=3)
    items = [Item("g1", "Oslo & Minsk", "/a/1?x=1&y=2", at), Item("g2", "Riga – Łódź", "https://other.example/2", at)]
    feed = parse(render(form, "The Daily Test", items))
    assert feed.title == "The Daily Test"
    assert [entry.url for entry in feed.entries] == ["https://news.example/a/1?x=1&y=2", "https://other.example/2"]
    assert [entry.title for entry in feed.entries] == ["Oslo & Minsk", "Riga – Łódź"]
    assert {entry.published_at for entry in feed.entries} == {None if form == "rss09" else at}
    assert len({entry.key for entry in feed.entries}) == 2
    assert feed.flaw is None


def test_json_feeds_of_both_versions_are_read_and_one_wrong_item_spoils_no_other() -> None:
    for version in ("https://jsonfeed.org/version/1", "https://jsonfeed.org/version/1.1"):
        items = [{"id": 7, "url": "/a", "date_published": "2026-06-15T10:00:00+02:00"}, "none", {"id": "x", "external_url": "/b"}]
        feed = parse(json.dumps({"version": version, "title": "T", "items": items}))
        assert [(entry.key, entry.url) for entry in feed.entries] == [
            ("7", "https://news.example/a"),
            ("x", "https://news.example/b"),
        ]
        assert feed.entries[0].published_at == datetime(2026, 6, 15, 8, tzinfo=UTC)
        assert feed.flaw


@pytest.mark.parametrize(
    ("item", "key"),
    [
        ("<guid isPermaLink='false'> g1 </guid><link>/a</link>", "g1"),
        ("<guid>/a</guid>", "/a"),
        ("<link>/a#top</link>", "https://news.example/a"),
        (f"<guid isPermaLink='false'>{'g' * 600}</guid>", None),
        ("<title>Nothing else</title>", None),
    ],
)
def test_an_entry_is_named_by_its_guid_or_its_link_or_its_words(item: str, key: str | None) -> None:
    [entry] = parse(rss(f"<item>{item}</item>")).entries
    assert entry.key == (key or parse(rss(f"<item>{item}</item>")).entries[0].key)
    assert len(entry.key) <= 64 or entry.key == key


def test_a_feed_that_gives_all_entries_one_guid_loses_none() -> None:
    items = "".join(f"<item><guid isPermaLink='false'>same</guid><link>/{number}</link></item>" for number in range(3))
    assert len(parse(rss(items)).entries) == 3


def test_links_are_seen_from_where_they_stand_and_without_what_tracks_readers() -> None:
    items = "".join(f"<item><link>{link}</link></item>" for link in ("a?utm_source=x&amp;id=1&amp;fbclid=2#c", "//cdn.example/b"))
    assert [entry.url for entry in parse(rss(items)).entries] == ["https://news.example/feeds/a?id=1", "https://cdn.example/b"]
    base = "xmlns='http://www.w3.org/2005/Atom' xml:base='https://base.example/x/'"
    based = f"<feed {base}><entry><id>1</id><link href='y'/></entry></feed>"
    assert parse(based).entries[0].url == "https://base.example/x/y"


@pytest.mark.parametrize(
    "link", ["", "javascript:alert(1)", "mailto:a@b.example", "http://u:p@x.example/", "http://[", "file:///etc/passwd"]
)
def test_an_entry_without_a_usable_link_has_its_reason(link: str) -> None:
    [entry] = parse(rss(f"<item><title>t</title><link>{link}</link></item>")).entries
    assert (entry.url, bool(entry.reason)) == (None, True)


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("Mon, 15 Jun 2026 10:00:00 +0200", datetime(2026, 6, 15, 8, tzinfo=UTC)),
        ("2026-06-15T10:00:00", datetime(2026, 6, 15, 10, tzinfo=UTC)),
        ("Mon, 15 Jun 2026 14:00:00 GMT", NOW),
        ("Mon, 15 Jun 2099 10:00:00 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("yesterday", None),
        ("Mon, 99 Foo 99999999999 10:00:00 GMT", None),
    ],
)
def test_times_are_utc_and_those_that_cannot_be_are_none(date: str, at: datetime | None) -> None:
    assert parse(rss(f"<item><link>/a</link><pubDate>{date}</pubDate></item>")).entries[0].published_at == at


def test_the_page_of_a_feed_is_one_that_can_be() -> None:
    assert parse(rss("", "<link>/</link>")).site == "https://news.example/"
    for odd in ("javascript:alert(1)", "https://news.example/" + "x" * 3000):
        assert parse(rss("", f"<link>{odd}</link>")).site is None


def test_titles_are_plain_words() -> None:
    title = "&lt;b&gt;Oslo&lt;/b&gt; &amp;amp;\n  Minsk"
    assert parse(rss(f"<item><link>/a</link><title>{title}</title></item>")).entries[0].title == "Oslo & Minsk"


def test_a_feed_says_how_rarely_and_when_it_wants_to_be_polled() -> None:
    hours = "".join(f"<hour>{hour}</hour>" for hour in (0, 24, 13))
    feed = parse(rss("", f"<ttl>90</ttl><skipHours>{hours}</skipHours><skipDays><day>Sunday</day></skipDays>"))
    assert (feed.asked_s, feed.skip_hours, feed.skip_days) == (5400, (0, 13), (6,))
    often = "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>"
    rdf = rss("", often).replace("<rss ", "<rss xmlns:sy='http://purl.org/rss/1.0/modules/syndication/' ")
    assert parse(rdf).asked_s == 6 * 3600
    for odd in ("<ttl>-5</ttl>", "<ttl>soon</ttl>", "<ttl>0</ttl>", "<skipHours><hour>noon</hour></skipHours>"):
        assert (parse(rss("", odd)).asked_s, parse(rss("", odd)).skip_hours) == (None, ())


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (TURTLE.encode("utf-16"), None),
        (b"<?xml version='1.0' encoding='iso-8859-2'?>" + TURTLE.encode("iso-8859-2"), None),
        (TURTLE.encode("cp1250"), "windows-1250"),
        (b"<?xml version='1.0' encoding='latin-1'?>" + TURTLE.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + TURTLE.encode(), "nonsense"),
    ],
)
def test_charsets_are_those_of_mark_header_or_declaration(body: bytes, charset: str | None) -> None:
    assert parse(body, charset=charset).entries[0].title == "Żółw"


@pytest.mark.parametrize(
    "body",
    [
        "<!doctype html><html><head><title>News</title></head><body><p>Welcome</p></body></html>",
        "Not found", "\0" * 100, "<opml version='2.0'><body/></opml>", "<rss><channel>", "{", '{"version": 1, "items": []}',
        '{"version": "2.0", "items": []}', '{"version":' + "[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_feed_is_told(body: str) -> None:
    with pytest.raises(FetchFailed) as failed:
        parse(body)
    assert failed.value.kind is FailureKind.NOT_A_FEED


def test_a_feed_that_is_not_well_formed_is_read_as_far_as_it_goes_and_says_so() -> None:
    feed = parse(rss("<item><link>/a</link><title>5 < 6 & more</title></item><item><link>/b</link></item>")[:-20])
    assert [entry.url for entry in feed.entries] == ["https://news.example/a", "https://news.example/b"]
    assert "not well-formed" in (feed.flaw or "")


def test_the_entities_of_html_are_known_and_those_of_a_feed_are_not_resolved() -> None:
    file = "<!ENTITY file SYSTEM 'file:///etc/passwd'>"
    more = "<!ENTITY % more PUBLIC '-//W3C//' 'http://127.0.0.1/'> %more;"
    feed = parse(f"<!DOCTYPE rss [{file}{more}]>" + rss("<item><link>/a</link><title>caf&eacute; &file;</title></item>"))
    assert feed.entries[0].title in ("café &file;", "café")


def test_of_a_feed_without_end_the_first_entries_are_taken() -> None:
    feed = parse(rss("".join(f"<item><link>/{number}</link></item>" for number in range(MAX_ENTRIES + 5))))
    assert (len(feed.entries), feed.left_out) == (MAX_ENTRIES, 5)


LAUGHS = "".join(f'<!ENTITY a{level} "{f"&a{level - 1};" * 20}">' for level in range(1, 12))
BOMBS: dict[str, Any] = {
    "laughs": f"<!DOCTYPE rss [<!ENTITY a0 'x'>{LAUGHS}]>" + rss("<item><title>&a11;</title><link>/a</link></item>"),
    "one long entity": f"<!DOCTYPE rss [<!ENTITY a '{'x' * 100_000}'>]>" + rss(f"<item><title>{'&a;' * 100_000}</title></item>"),
    "depth": "<rss><channel>" + "<a>" * 900_000,
    "depth after ends of nothing": "<rss>" + "</a>" * 45_000 + "<a>" * 50_000,
    "tags": "<rss a='" + "x=<" * 1_600_000,
    "opening signs": "<rss>" + "<" * 4_000_000,
    "spaces": "<rss " + " " * 1_000_000,
    "comments": "<rss>" + "<!--" * 500_000,
    "quotations": "<rss>" + "<![CDATA[" * 300_000,
    "declarations": "<!DOCTYPE x [" + "<!ENTITY a 'b'" * 200_000,
    "one title": rss("<item><link>/a</link><title>" + "x" * 4_000_000 + "</title></item>"),
    "attributes": "<rss " + " ".join(f"a{number}=''" for number in range(200_000)) + ">",
    "attributes of many tags": "<rss>" + ("<a " + " ".join(f"a{number}=''" for number in range(95)) + "/>") * 6_000,
    "namespaces": "<rss>" + "".join(f"<a xmlns:n{number}='u{number}'/>" for number in range(90_000)),
    "some namespaces": "<rss " + " ".join(f"xmlns:n{number}='u{number}'" for number in range(60)) + ">" + "<n1:a/>" * 95_000,
    "hours": rss("", "<skipHours>" * 50_000),
}


#: Parses what comes in and tells the time and the memory that it took.
MEASURES = """
import json, resource, sys, time
from tests.feeds.test_parsing import BOMBS, parse, rss
from detente.fetching.failures import FetchFailed
for name, bomb in {"nothing": rss(""), **BOMBS}.items():
    began = time.process_time()
    try:
        parse(bomb)
    except FetchFailed:
        pass
    print(json.dumps([name, time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def test_no_feed_takes_much_time_or_memory() -> None:
    run = subprocess.run([sys.executable, "-c", MEASURES], capture_output=True, cwd=ROOT, check=True)
    (_, _, at_first), *measured = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(measured) == len(BOMBS)
    assert {name: time_s for name, time_s, _ in measured if time_s > 10} == {}
    assert measured[-1][2] - at_first < 300, measured
