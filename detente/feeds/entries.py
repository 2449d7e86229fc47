"""Entries of a feed: what names each, where its page is, and when it was published."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html import unescape
from itertools import islice
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from detente.contracts.articles import MAX_TITLE_CHARS
from detente.contracts.fetching import MAX_URL_CHARS
from detente.fetching.failures import FetchFailed
from detente.fetching.pages import checked

#: Of one look at a feed. Feeds have ten to a hundred; one that has more is cut, and the poll says so.
MAX_ENTRIES = 1_000
#: Names of entries are URLs or shorter; longer ones are hashed.
MAX_KEY_CHARS = 500
#: Clocks of publishers go wrong by minutes, and zones by hours. What is to appear later than this is a mistake.
MAX_AHEAD = timedelta(hours=24)
#: Nothing was published on the web before it.
WEB_BEGAN_AT = datetime(1991, 8, 6, tzinfo=UTC)
#: Parameters that tell a publisher where a reader came from. Without them, one page has one URL in all feeds.
_TRACKING = re.compile(
    r"(?:utm_\w{1,30}|fbclid|gclid|mc_[ce]id|at_(?:medium|campaign)|ns_(?:mchannel|source|campaign))(?:=|\Z)", re.I
)
_MARKUP = re.compile(r"<[A-Za-z/!][^<>]*>")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_]|\Z)")


@dataclass(frozen=True, kw_only=True)
class RawEntry:
    """An entry as its feed has it, whatever its format."""

    guid: str | None
    link: str | None
    title: str | None
    published_at: datetime | None
    language: str | None
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class ParsedEntry:
    """An entry, and where its page is; or the `reason` why it has none. `key` is its name within its feed."""

    key: str
    url: str | None
    title: str | None
    published_at: datetime | None
    language: str | None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class ParsedFeed:
    """A feed. `left_out` are entries past the limit; `flaw` says what was odd about it."""

    title: str | None
    site: str | None
    language: str | None
    entries: tuple[ParsedEntry, ...]
    left_out: int = 0
    asked_s: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    flaw: str | None = None


def entries_of(raws: Iterable[RawEntry], *, now: datetime) -> tuple[tuple[ParsedEntry, ...], int]:
    """The entries, each once, and how many were left out. Of two with one name, the first counts."""
    every = iter(raws)
    kept = list(islice(every, MAX_ENTRIES))
    left_out = sum(1 for _ in every)
    guids = Counter(raw.guid for raw in kept)
    # A feed that gives all its entries one guid names none of them.
    named = [replace(raw, guid=None) if guids[raw.guid] > 1 and raw.link else raw for raw in kept]
    found: dict[str, ParsedEntry] = {}
    for raw in named:
        entry = _entry(raw, now=now)
        found.setdefault(entry.key, entry)
    return tuple(found.values()), left_out


def _entry(raw: RawEntry, *, now: datetime) -> ParsedEntry:
    url, reason = _page(raw.link)
    return ParsedEntry(
        key=_key(raw, url), url=url, title=raw.title, published_at=_plausible(raw.published_at, now=now), language=raw.language,
        reason=reason,
    )  # fmt: skip


def _key(raw: RawEntry, url: str | None) -> str:
    name = raw.guid or url or raw.link or f"{raw.title}\n{raw.words}"
    if (not raw.guid and not url and not raw.link) or len(name) > MAX_KEY_CHARS:
        return sha256(name.encode("utf-8", "replace")).hexdigest()
    return name


def _page(link: str | None) -> tuple[str | None, str | None]:
    """The URL of a page, or the reason why there is none."""
    if not link:
        return None, "it has no link"
    try:
        return without_tracking(checked(link).geturl()), None
    except FetchFailed as failed:
        return None, f"its link cannot be fetched: {failed}"


def without_tracking(url: str) -> str:
    """The URL without parameters that only say where a reader came from, and without its fragment."""
    parts = urlsplit(url)
    kept = "&".join(part for part in parts.query.split("&") if not _TRACKING.match(part))
    return urlunsplit((*parts[:3], kept, ""))


def _plausible(at: datetime | None, *, now: datetime) -> datetime | None:
    """The time, if an entry can have it. One that is ahead by a wrong zone counts as now."""
    if at is None or at < WEB_BEGAN_AT or at > now + MAX_AHEAD:
        return None
    return min(at, now)


def words_of(text: Any) -> str | None:
    """A title as people read it: without markup, on one line."""
    if not isinstance(text, str):
        return None
    words = unescape(_MARKUP.sub("", text[: 4 * MAX_TITLE_CHARS]))
    return " ".join(words.split())[:MAX_TITLE_CHARS] or None


def link_of(value: Any, base: str) -> str | None:
    """A link as it is seen from the feed; as it is written where it is none."""
    link = value.strip() if isinstance(value, str) else ""
    try:
        return urljoin(base, link) if link else None
    except ValueError:
        return link


def site_of(value: Any, base: str) -> str | None:
    """The page that a feed belongs to, if its link can be one."""
    link = link_of(value, base) or ""
    return link if link.startswith(("http://", "https://")) and len(link) <= MAX_URL_CHARS else None


def language_of(tag: Any) -> str | None:
    """`en` of `en-GB`."""
    found = _LANGUAGE.match(tag) if isinstance(tag, str) else None
    return found[1].lower() if found else None
