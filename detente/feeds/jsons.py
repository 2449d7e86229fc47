"""JSON Feed, versions 1.0 and 1.1 (jsonfeed.org)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

from detente.contracts import reasons
from detente.feeds.entries import ParsedFeed, RawEntry, entries_of, language_of, link_of, site_of, words_of
from detente.fetching.charsets import decode
from detente.fetching.failures import FailureKind, FetchFailed

VERSIONS = "https://jsonfeed.org/version/1"
_TIME: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


class JsonFeed(BaseModel):
    """What of a JSON Feed is needed to find its entries. These are looked at one by one: one that is wrong spoils no other."""

    version: str
    items: list[Any]
    title: Any = None
    home_page_url: Any = None
    language: Any = None


def parse_json_feed(body: bytes, url: str, *, now: datetime) -> ParsedFeed:
    """Raises FetchFailed (not_a_feed, bad_charset)."""
    feed = _feed(body)
    items = [item for item in feed.items if isinstance(item, dict)]
    entries, left_out = entries_of(_raw(items, url), now=now)
    wrong = len(feed.items) - len(items)
    return ParsedFeed(
        title=words_of(feed.title), site=site_of(feed.home_page_url, url), language=language_of(feed.language), entries=entries,
        left_out=left_out, flaw=f"{wrong} of its items are no objects" if wrong else None,
    )  # fmt: skip


def _feed(body: bytes) -> JsonFeed:
    try:
        feed = JsonFeed.model_validate(json.loads(decode(body, declared="utf-8")[0]))
    except ValidationError as error:
        raise FetchFailed(FailureKind.NOT_A_FEED, f"it is no JSON Feed: {reasons(error)}") from None
    except (ValueError, RecursionError) as error:
        raise FetchFailed(FailureKind.NOT_A_FEED, f"it is no JSON: {error}"[:300]) from None
    if not feed.version.removeprefix("http://").removeprefix("https://").startswith(VERSIONS.removeprefix("https://")):
        raise FetchFailed(FailureKind.NOT_A_FEED, "it is no JSON Feed of version 1")
    return feed


def _raw(items: list[dict[str, Any]], url: str) -> Iterator[RawEntry]:
    for item in items:
        id, content = item.get("id"), item.get("content_text") or item.get("content_html")
        yield RawEntry(
            # Version 1.0 asks readers to take numbers as texts.
            guid=str(id).strip() or None if isinstance(id, str | int | float) else None,
            link=link_of(item.get("url") or item.get("external_url"), url), title=words_of(item.get("title")),
            published_at=_moment(item.get("date_published") or item.get("date_modified")),
            language=language_of(item.get("language")), words=content if isinstance(content, str) else "",
        )  # fmt: skip


def _moment(value: Any) -> datetime | None:
    try:
        return _TIME.validate_python(value) if isinstance(value, str) else None
    except ValidationError:
        return None
