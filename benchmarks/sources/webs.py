"""The made web, served: a host for each feed, and one that nobody may reach."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from benchmarks.sources.formats import TYPES, Item, render
from benchmarks.sources.worlds import Course, Fate, MadeArticle, MadeFeed, World
from tests.webs import Answer, Web, article_page, serving

#: What a feed lists, the newest first.
LISTED = 15
#: Where nothing may be fetched from, and a server counts who tries.
FORBIDDEN = "127.0.2.1"
BOMB = gzip.compress(bytes(50_000_000))
ENTITY_BOMB = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a0 "bomb">'
    + "".join(f'<!ENTITY a{level} "{f"&a{level - 1};" * 20}">' for level in range(1, 12))
    + ']><rss version="2.0"><channel><title>&a11;</title></channel></rss>'
)
SLOW_S = 0.3
#: How rarely a feed asks to be polled that does, in minutes.
TTL_MIN = 240


@dataclass
class MadeWeb:
    """The hosts of a world. `now` is its time."""

    world: World
    now: datetime
    hosts: list[Web] = field(default_factory=list)
    forbidden: Web = field(default_factory=Web)

    def feed_url(self, feed: MadeFeed) -> str:
        return f"{self.hosts[feed.number].url}/feed"

    def url(self, article: MadeArticle) -> str:
        """Where an article is in the end."""
        host = self.hosts[article.number % len(self.hosts)].url
        return f"{host}/final/{article.number}" if article.fate is Fate.REDIRECTED else host + article.path

    def link(self, article: MadeArticle, *, by: MadeFeed) -> str | None:
        """How a feed links to an article."""
        if article.fate is Fate.NO_LINK:
            return None
        if article.fate is Fate.PRIVATE:
            return f"{self.forbidden.url}/{article.number}"
        owner = article.number % len(self.hosts)
        # Others name it with where their readers come from, and its own feed without its host.
        return article.path if by.number == owner else f"{self.hosts[owner].url}{article.path}?utm_source={by.number}#top"


@contextmanager
def opened(world: World) -> Iterator[MadeWeb]:
    """Serve a world until the end of the block."""
    made = MadeWeb(world, world.start)
    with ExitStack() as stack:
        made.forbidden = stack.enter_context(serving(FORBIDDEN))
        made.hosts = [stack.enter_context(serving(f"127.0.1.{feed.number + 1}")) for feed in world.feeds]
        for feed, host in zip(world.feeds, made.hosts, strict=True):
            host.paths["/robots.txt"] = Answer("User-agent: *\nDisallow: /blocked/\n", kind="text/plain")
            host.paths["/feed"] = lambda headers, feed=feed: _course(made, feed, headers)
            host.paths["/moved"] = lambda headers, feed=feed: _listed(made, feed, headers)
            for article in feed.articles:
                _publish(made, host, article)
        yield made


def _course(web: MadeWeb, feed: MadeFeed, headers: dict[str, str]) -> Answer:
    """What a feed's URL answers now."""
    since, until = web.world.wrong
    after, during = web.now >= since, since <= web.now < until
    match feed.course:
        case Course.MOVES if after:
            return Answer(status=301, headers={"Location": "/moved"})
        case Course.MERGES if after:
            return Answer(status=308, headers={"Location": web.feed_url(web.world.feeds[0])})
        case Course.LOST if after:
            return Answer(status=404)
        case Course.GONE if after:
            return Answer(status=410)
        case Course.FAILS if during:
            return Answer(status=500)
        case Course.ENTITY_BOMB if during:
            return Answer(ENTITY_BOMB, kind="text/xml")
        case Course.GZIP_BOMB if during:
            return Answer(BOMB, headers={"Content-Encoding": "gzip"}, kind="text/xml")
        case Course.PAGE if during:
            return Answer("<!doctype html><html><body><p>We are working on it.</p></body></html>")
    return _listed(web, feed, headers)


def _listed(web: MadeWeb, feed: MadeFeed, headers: dict[str, str]) -> Answer:
    """What a feed lists now."""
    published = [one for one in (*feed.articles, *feed.also) if one.at <= web.now]
    out = sorted(published, key=lambda one: one.at, reverse=True)[:LISTED]
    one_guid = feed.course is Course.ONE_GUID
    items = [Item("same" if one_guid else f"g{one.number}", one.title, web.link(one, by=feed), one.at) for one in out]
    head = f"<ttl>{TTL_MIN}</ttl>" if feed.course is Course.ASKS else ""
    body = render(feed.form, f"Paper {feed.number}", items, head=head)
    if feed.course is Course.BROKEN_XML:
        body = body.replace(b"</channel>", b"<p>5 < 6 & so on</channel>")
    marks = {"ETag": f'"{len(out)}-{out[0].number if out else 0}"'} if feed.course is Course.CONDITIONAL else {}
    if marks and headers.get("if-none-match") == marks["ETag"]:
        return Answer(status=304, headers=marks)
    return Answer(body, kind=TYPES[feed.form], headers=marks, after_s=SLOW_S if feed.course is Course.SLOW else 0.0)


def _publish(web: MadeWeb, host: Web, article: MadeArticle) -> None:
    page = Answer(article_page(article.words, title=article.title))
    answers = {
        Fate.SLOW: Answer(page.body, after_s=SLOW_S), Fate.NOT_FOUND: Answer(status=404), Fate.GONE: Answer(status=410),
        Fate.REDIRECTED: Answer(status=302, headers={"Location": f"/final/{article.number}"}),
        Fate.UTF16: Answer(page.bytes.decode().encode("utf-16"), kind="text/html; charset=utf-16"),
        Fate.BOMB: Answer(BOMB, headers={"Content-Encoding": "gzip"}), Fate.PAYWALL: Answer(status=402),
        Fate.BAD_CHARSET: Answer(b"\xff\xfe" + b"\x00\xd8" * 50),
        Fate.NOT_AN_ARTICLE: Answer(b"%PDF-1.7", kind="application/pdf"),
        Fate.TO_PRIVATE: Answer(status=302, headers={"Location": f"{web.forbidden.url}/{article.number}"}),
    }  # fmt: skip
    host.paths[article.path] = answers.get(article.fate, page)
    if article.fate is Fate.REDIRECTED:
        host.paths[f"/final/{article.number}"] = page
    if article.fate is Fate.BUSY_AT_FIRST:
        busy = iter([Answer(status=503, headers={"Retry-After": "1"})])
        host.paths[article.path] = lambda _: next(busy, page)
