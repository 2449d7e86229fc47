"""Feeds as tests write, add and poll them. A test file imports the fixtures that it needs, as from `tests.stores`."""

from __future__ import annotations

import json
from base64 import b64decode
from datetime import UTC, datetime
from typing import Any

from detente.contracts import PollFeed
from detente.contracts.feeds import Feed, FeedGiven, FeedPolled
from detente.feeds.subscriptions import new_feed
from tasks.feeds import poll_feed
from tasks.services import Services
from tests.webs import Answer, Web

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
XML = "application/xml"


def rss(*numbers: int, head: str = "", link: str = "/a/{}") -> Answer:
    items = "".join(
        f"<item><guid isPermaLink='false'>g{number}</guid><title>Report {number}</title><link>{link.format(number)}</link></item>"
        for number in numbers
    )
    return Answer(f"<rss version='2.0'><channel><title>The Daily Test</title>{head}{items}</channel></rss>", kind=XML)


def add(services: Services, web: Web, path: str = "/feed", *, tenant: str = "default", **facts: str) -> Feed:
    feed = new_feed(FeedGiven(url=web.url + path, **facts), tenant=tenant, now=NOON)
    return services.store.add_feeds([feed])[feed.url]


def poll(services: Services, feed: Feed, at: datetime = NOON, **given: Any) -> FeedPolled:
    """A poll for the time at which the feed is due."""
    kept = services.store.feed(feed.id)
    return poll_feed(PollFeed(feed=feed.id, url=feed.url, at=at, **{"due_at": kept.next_poll_at, **given}), services)


def submitted(services: Services) -> list[dict[str, Any]]:
    """The jobs that fetch pages, the oldest first."""
    messages = [json.loads(message) for message in services.ledger.redis.lrange("detente:fetch", 0, -1)]
    jobs = [json.loads(b64decode(message["body"]))[1]["job"] for message in messages if "article" in message["headers"]["task"]]
    return jobs[::-1]
