"""What a feed says: RSS 0.9x, 1.0 and 2.0, Atom, and JSON Feed."""

from __future__ import annotations

import io
import re
from calendar import timegm
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from detente.feeds.entries import ParsedEntry, ParsedFeed, RawEntry, entries_of, language_of, link_of, site_of, words_of
from detente.feeds.jsons import parse_json_feed
from detente.feeds.texts import xml_text
from detente.fetching.failures import FailureKind, FetchFailed
from detente.fetching.pages import Page

__all__ = ["ParsedEntry", "ParsedFeed", "parse_feed"]

#: What is asked of hosts that have a feed and a page at one URL.
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, application/xml;q=0.9, "
    "text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
_PERIODS_S = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: feedparser keeps the last hour alone.
_SKIPPED = re.compile(r"<skip(Hours|Days)\s*>(.{0,2000}?)</skip", re.IGNORECASE | re.DOTALL)
_SKIP = re.compile(r"<(?:hour|day)\s*>\s*(\w{1,10})\s*<", re.IGNORECASE)


def parse_feed(page: Page, *, now: datetime) -> ParsedFeed:
    """The feed that a page is. Raises FetchFailed (not_a_feed, bad_charset)."""
    body = page.body or b""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return parse_json_feed(body, page.url, now=now)
    return _parse_xml(xml_text(body, declared=page.charset), page.url, now=now)


def _parse_xml(text: str, url: str, *, now: datetime) -> ParsedFeed:
    found = _parsed(text)
    facts, flaw = found["feed"], f"not well-formed: {found['bozo_exception']}"[:300] if found.get("bozo") else None
    if not found.get("version") or (flaw and not found["entries"]):
        raise FetchFailed(FailureKind.NOT_A_FEED, flaw or "it is no feed of a format that is known")
    entries, left_out = entries_of(_raw(found["entries"], url), now=now)
    skipped = {name.lower(): _SKIP.findall(words) for name, words in _SKIPPED.findall(text[:100_000])}
    return ParsedFeed(
        title=words_of(facts.get("title")), site=site_of(facts.get("link"), url), language=language_of(facts.get("language")),
        entries=entries, left_out=left_out, asked_s=_asked_s(facts),
        skip_hours=tuple(sorted({int(hour) % 24 for hour in skipped.get("hours", ()) if hour.isdecimal()})),
        skip_days=tuple(sorted({_DAYS.index(day.lower()) for day in skipped.get("days", ()) if day.lower() in _DAYS})),
        flaw=flaw,
    )  # fmt: skip


def _parsed(text: str) -> Any:
    # It takes 0.1 s to load.
    import feedparser

    # It is not told where the feed is, since that would be part of relative guids, which must stay when a feed moves.
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        # A stream: bytes and texts are taken for URLs and names of files first. No HTML of a feed is ever shown.
        stream = io.BytesIO(text.encode("utf-8", "replace"))
        return feedparser.parse(stream, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:
        raise FetchFailed(FailureKind.NOT_A_FEED, f"it cannot be parsed: {type(error).__name__}") from error


def _raw(entries: list[Any], url: str) -> Iterator[RawEntry]:
    for entry in entries:
        # It warns who asks for one and gets the other.
        at = entry["published_parsed"] if "published_parsed" in entry else dict.get(entry, "updated_parsed")
        yield RawEntry(
            guid=_text(entry.get("id")), link=link_of(entry.get("link"), url), title=words_of(entry.get("title")),
            published_at=_moment(at), language=language_of(entry.get("language")), words=_text(entry.get("summary")) or "",
        )  # fmt: skip


def _asked_s(facts: Any) -> float | None:
    """How rarely the feed asks to be polled, from `ttl` or from its syndication module."""
    asked = [_number(facts.get("ttl"), 60)]
    if period := _PERIODS_S.get(str(facts.get("sy_updateperiod") or "").strip().lower()):
        asked.append(period / (_number(facts.get("sy_updatefrequency"), 1) or 1))
    return max((one for one in asked if one), default=None)


def _number(text: Any, times: float) -> float | None:
    words = str(text or "").strip()[:9]
    return float(words) * times if words.isascii() and words.isdigit() and int(words) else None


def _moment(parsed: Any) -> datetime | None:
    """feedparser gives times in UTC."""
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=timegm(parsed)) if parsed else None
    except (ValueError, OverflowError, TypeError):
        return None


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
