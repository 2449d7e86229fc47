"""What is in a sitemap (sitemaps.org) or an index of them, and in the news sitemaps of search engines.

Read by expat as it comes, without a tree. What no sitemap needs is refused before it costs anything: a document type, and so
every entity but the five of XML; elements deeper than a sitemap's; tags and names without end.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from xml.parsers.expat import ExpatError, ParserCreate

from detente.fetching.failures import FailureKind, FetchFailed

#: The protocol allows 50,000 URLs and 52,428,800 bytes; what is kept of a page has 50,000,000 at most.
MAX_ENTRIES, MAX_BYTES = 50_000, 50_000_000
#: A sitemap has five levels, those with images or other languages as many.
MAX_LEVELS = 8
#: Between two tags is a URL, a headline or a caption; in a tag, a URL of another language.
MAX_RUN_BYTES = 65_536
#: The protocol with all its extensions has some 60 names of elements and attributes.
MAX_NAMES = 500
#: Forty for each page, pictures and other languages among them. More would keep a worker busy for minutes.
MAX_ELEMENTS = 2_000_000
#: Characters of one value that are kept. A URL that was cut here is still too long to be fetched.
MAX_VALUE_CHARS = 2_100

_GZIP = b"\x1f\x8b"
_RUN = re.compile(rb"<[^<]{%d}" % MAX_RUN_BYTES)
#: The values that are read, by the names of their elements. Namespaces differ (0.84, 0.9, http or https) and mean the same.
_VALUES = {
    "loc": "url", "lastmod": "changed", "publication_date": "published", "title": "title", "name": "outlet",
    "language": "language",
}  # fmt: skip
_NEWS = frozenset({"publication_date", "title", "name", "language"})
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_]|$)")
_MONTH = re.compile(r"(\d{4})(?:-(\d{2}))?")


@dataclass
class Entry:
    """A page, or a sitemap of an index, as it is written there."""

    url: str = ""
    changed: str = ""
    published: str = ""
    title: str = ""
    outlet: str = ""
    language: str = ""

    @property
    def iso_language(self) -> str | None:
        """Its language as an ISO 639 code, without the country."""
        found = _LANGUAGE.match(self.language.lower())
        return found[1] if found else None

    @property
    def changed_until(self) -> datetime | None:
        """The last moment at which it may have been changed; None where it is not said."""
        found = _span(self.changed) or _span(self.published)
        return found[1] if found else None

    @property
    def published_at(self) -> datetime | None:
        """When its article was published; None where that is not said to the day."""
        found = _span(self.published)
        return found[0] if found and found[1] - found[0] <= timedelta(days=1) else None


@dataclass
class Sitemap:
    """The entries of a sitemap, or (`is_index`) of an index."""

    is_index: bool = False
    entries: list[Entry] = field(default_factory=list)
    #: Entries beyond those that a sitemap may have.
    left_out: int = 0


def read_sitemap(body: bytes) -> Sitemap:
    """The sitemap in a body, packed or not. Raises FetchFailed (bad_xml, not_a_sitemap, too_large)."""
    body = _unpacked(body)
    if _RUN.search(body):
        raise FetchFailed(FailureKind.BAD_XML, f"more than {MAX_RUN_BYTES:,} bytes without a tag")
    reader = _Reader()
    try:
        reader.feed(body)
    except ExpatError as error:
        raise FetchFailed(FailureKind.BAD_XML, f"this is no XML: {error}") from None
    except (LookupError, UnicodeError):
        raise FetchFailed(FailureKind.BAD_XML, "it is in no charset that is known") from None
    return reader.sitemap


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(_GZIP):
        return body
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        found = unpack.decompress(body, MAX_BYTES + 1)
    except zlib.error as error:
        raise FetchFailed(FailureKind.BAD_ANSWER, f"the sitemap cannot be unpacked: {error}") from None
    if len(found) > MAX_BYTES:
        raise FetchFailed(FailureKind.TOO_LARGE, f"the sitemap unpacks to more than {MAX_BYTES:,} bytes")
    if not unpack.eof:
        raise FetchFailed(FailureKind.BAD_ANSWER, "the packed sitemap ends too early")
    return found


class _Reader:
    """Takes entries out of a document."""

    def __init__(self) -> None:
        # Names are not kept by the parser's wrapper, since a hostile document has millions of them.
        self._parser = ParserCreate(None, "}", None)
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._start, self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.ordered_attributes = True
        self._path: list[str] = []
        self._names: set[str] = set()
        self._value: list[str] | None = None
        self._size = self._elements = 0
        self._entry = Entry()
        self.sitemap = Sitemap()

    def feed(self, body: bytes) -> None:
        self._parser.Parse(body, True)

    def _doctype(self, *_: object) -> None:
        raise FetchFailed(FailureKind.BAD_XML, "it has a document type, which no sitemap needs and entity bombs do")

    def _start(self, name: str, attributes: list[str]) -> None:
        local = name.rpartition("}")[2]
        self._names.update((name, *attributes[::2]))
        if len(self._names) > MAX_NAMES:
            raise FetchFailed(FailureKind.NOT_A_SITEMAP, f"it has more than {MAX_NAMES} names of elements and attributes")
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise FetchFailed(FailureKind.TOO_LARGE, f"it has more than {MAX_ELEMENTS:,} elements")
        self._path.append(local)
        if len(self._path) > MAX_LEVELS:
            raise FetchFailed(FailureKind.BAD_XML, f"its elements are nested in more than {MAX_LEVELS} levels")
        if len(self._path) == 1:
            self._begin(local)
        elif len(self._path) == 2:
            self._entry = Entry()
        self._value, self._size = ([], 0) if self._field() else (None, 0)

    def _begin(self, name: str) -> None:
        if name not in ("urlset", "sitemapindex"):
            raise FetchFailed(FailureKind.NOT_A_SITEMAP, f"its outermost element is {name[:60]!r}, not urlset or sitemapindex")
        self.sitemap.is_index = name == "sitemapindex"

    def _characters(self, text: str) -> None:
        if self._value is not None and self._size < MAX_VALUE_CHARS:
            self._value.append(text[: MAX_VALUE_CHARS - self._size])
            self._size += len(text)

    def _end(self, _: str) -> None:
        if self._value is not None and (name := self._field()):
            setattr(self._entry, name, "".join(self._value).strip())
        self._value = None
        self._path.pop()
        if len(self._path) == 1 and self._entry.url:
            self._keep(self._entry)

    def _keep(self, entry: Entry) -> None:
        if len(self.sitemap.entries) < MAX_ENTRIES:
            self.sitemap.entries.append(entry)
        else:
            self.sitemap.left_out += 1

    def _field(self) -> str | None:
        """The value that the open element holds: a page's own, or that of its news; not those of images and videos."""
        _, *inner = self._path
        if len(inner) == 2 and inner[1] in ("loc", "lastmod"):
            return _VALUES[inner[1]]
        return _VALUES[inner[-1]] if len(inner) > 2 and inner[1] == "news" and inner[-1] in _NEWS else None


def _span(text: str) -> tuple[datetime, datetime] | None:
    """From when to when a W3C date may be: a moment, a day, a month or a year."""
    try:
        if short := _MONTH.fullmatch(text):
            year, month = int(short[1]), int(short[2] or 1)
            first = datetime(year, month, 1, tzinfo=UTC)
            return first, first + timedelta(days=31 if short[2] else 366)
        at = datetime.fromisoformat(text)
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        return at, at + timedelta(days=1 if len(text) <= len("2024-01-31") else 0)
    except (ValueError, OverflowError):
        return None
