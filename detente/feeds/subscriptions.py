"""Adding feeds: checked one by one, each URL once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from pydantic import ValidationError

from detente.client.ids import new_id
from detente.contracts import DEFAULT_TENANT, reasons
from detente.contracts.feeds import AddVerdict, Feed, FeedAdded, FeedGiven
from detente.errors import FeedInvalid
from detente.fetching.failures import FetchFailed
from detente.fetching.pages import checked
from detente.storage import Store

#: Feeds that are written in one transaction.
CHUNK = 500
#: Of a URL that is none so much is repeated.
SHOWN_CHARS = 300


def new_feed(given: FeedGiven, *, tenant: str = DEFAULT_TENANT, now: datetime | None = None) -> Feed:
    """A feed that is due at once. Raises FeedInvalid."""
    now = now or datetime.now(UTC)
    try:
        url = checked(given.url).geturl()
    except FetchFailed as failed:
        raise FeedInvalid(str(failed)) from None
    facts = given.model_dump(exclude={"url"})
    return Feed(id=new_id(), url=url, tenant=tenant, added_at=now, next_poll_at=now.replace(microsecond=0), **facts)


def subscribe(
    store: Store, rows: Iterable[Mapping[str, Any]], *, tenant: str = DEFAULT_TENANT, now: datetime | None = None
) -> list[FeedAdded]:
    """Add feeds, given as the fields of `FeedGiven`. Says of each, in order, what became of it; a wrong one stops no other."""
    told: list[FeedAdded] = []
    every = iter(rows)
    while chunk := list(islice(every, CHUNK)):
        made = [_made(row, tenant=tenant, now=now) for row in chunk]
        kept = store.add_feeds([feed for feed in made if isinstance(feed, Feed)])
        told += [_told(one, kept) for one in made]
    return told


def _made(row: Mapping[str, Any], *, tenant: str, now: datetime | None) -> Feed | FeedAdded:
    try:
        return new_feed(FeedGiven.model_validate(row), tenant=tenant, now=now)
    except ValidationError as error:
        reason = reasons(error)
    except FeedInvalid as error:
        reason = str(error)
    return FeedAdded(url=str(row.get("url"))[:SHOWN_CHARS], verdict=AddVerdict.WRONG, reason=reason)


def _told(made: Feed | FeedAdded, kept: Mapping[str, Feed]) -> FeedAdded:
    if isinstance(made, FeedAdded):
        return made
    feed = kept[made.url]
    return FeedAdded(url=feed.url, verdict=AddVerdict.ADDED if feed.id == made.id else AddVerdict.KNOWN, feed=feed.id)
