"""Lists of feeds, as other readers write them and as nobody should."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from detente.contracts.feeds import AddVerdict, Feed
from detente.errors import FeedInvalid
from detente.feeds.opml import MAX_OUTLINES, read_opml, write_opml
from detente.feeds.subscriptions import subscribe
from detente.storage import Store
from tests.stores import postgresql_server, postgresql_url, store, store_url  # noqa: F401

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
LIST = """<?xml version="1.0" encoding="windows-1252"?>
<opml version="1.0"><head><title>Caf\xe9</title></head><body>
  <outline text="Europe"><outline title="Caf\xe9" text="x" type="rss" xmlUrl="https://a.example/feed"/>
    <outline text="Deep"><OUTLINE xmlURL=" https://b.example/feed " text="https://b.example/feed"/></outline></outline>
  <outline text="no feed" type="link" url="https://c.example/"/>
  <outline text="lacks it" type="rss"/>
</body></opml>""".encode("cp1252")


def test_a_list_is_read_whatever_its_folders_and_charset() -> None:
    first, second, third = read_opml(LIST)
    assert first == {"url": "https://a.example/feed", "title": "Café"}
    assert second == {"url": "https://b.example/feed"}
    assert third == {"url": "", "title": "lacks it"}


def test_what_is_written_is_read_back() -> None:
    plain = Feed(id="2", url="https://b.example/", added_at=NOON, next_poll_at=NOON)
    facts = {"id": "1", "url": "https://a.example/?a=1&b=2", "title": '"Oslo" & <Minsk> \x01', "outlet": "The Daily Test"}
    feeds = [plain.model_copy(update=facts), plain]
    rows = read_opml("".join(write_opml(feeds)).encode())
    assert rows == [
        {"url": feeds[0].url, "title": '"Oslo" & <Minsk> \ufffd', "outlet": "The Daily Test"}, {"url": feeds[1].url},
    ]  # fmt: skip


def test_of_each_feed_it_is_said_what_became_of_it(store: Store) -> None:  # noqa: F811
    others = [{"url": url} for url in ("https://A.example/feed", "ftp://x.example/", "http://u:p@x.example/")]
    told = subscribe(store, [*read_opml(LIST), *others])
    assert [one.verdict for one in told] == ["added", "added", "wrong", "known", "wrong", "wrong"]
    assert told[3].feed == told[0].feed
    assert all(one.reason for one in told if one.verdict is AddVerdict.WRONG)
    assert [one.verdict for one in subscribe(store, read_opml(LIST))][:2] == [AddVerdict.KNOWN] * 2
    assert len(store.find_feeds(now=NOON).rows) == 2


LAUGHS = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
OUTLINE = '<opml><body><outline text="&{};" xmlUrl="https://a.example/"/></body></opml>'
HOSTILE = {
    "entities": f'<!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa">{LAUGHS}]>' + OUTLINE.format("j"),
    "outlines": "<opml><body>" + '<outline xmlUrl="https://a.example/feed"/>' * 100_000 + "</body></opml>",
    "depth": "<opml><body>" + "<outline text='x'>" * 100_000,
    "file": '<!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + OUTLINE.format("a"),
    "cut": "<opml><body><outline",
    "another": "<html><body/></html>",
    "nothing": "",
    "noise": "\x00\xff" * 1000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_list_is_told_in_a_moment(name: str) -> None:
    began = time.process_time()
    with pytest.raises(FeedInvalid):
        read_opml(HOSTILE[name].encode())
    assert time.process_time() - began < 5


def test_a_list_may_be_long() -> None:
    outlines = "".join(f'<outline xmlUrl="https://{number}.example/"/>' for number in range(MAX_OUTLINES))
    assert len(read_opml(f"<opml><body>{outlines}</body></opml>".encode())) == MAX_OUTLINES
