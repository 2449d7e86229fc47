"""Lists of feeds as readers exchange them: OPML 1.0 and 2.0."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from detente.contracts.articles import MAX_TITLE_CHARS
from detente.contracts.feeds import Feed
from detente.errors import FeedInvalid
from detente.feeds.texts import xml_text
from detente.fetching.failures import FetchFailed

#: Feeds of one file. The largest lists that people share have a tenth of them.
MAX_OUTLINES = 10_000
MEDIA_TYPE = "text/x-opml"
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def read_opml(body: bytes) -> list[dict[str, Any]]:
    """The feeds of a list, in its order and whatever folders they are in, as the fields of `FeedGiven`. Raises FeedInvalid.

    An outline that says that it is a feed, but not where, has an empty URL.
    """
    found = _Outlines()
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = found.start
    try:
        parser.Parse(xml_text(body, default="utf-8").encode("utf-8", "replace"), True)
    except FetchFailed as failed:
        raise FeedInvalid(f"this is no OPML: {failed}") from None
    except expat.ExpatError as error:
        raise FeedInvalid(f"this is no OPML: {expat.ErrorString(error.code)}, in line {error.lineno}") from None
    return found.rows


def write_opml(feeds: Iterable[Feed]) -> Iterator[str]:
    """A list of feeds, in pieces."""
    now = format_datetime(datetime.now(UTC))
    yield '<?xml version="1.0" encoding="utf-8"?>\n<opml version="2.0">\n'
    yield f"<head><title>detente</title><dateCreated>{now}</dateCreated></head>\n<body>\n"
    for feed in feeds:
        facts = {"text": feed.title or feed.url, "title": feed.title, "xmlUrl": feed.url, "htmlUrl": feed.site}
        facts |= {"language": feed.language, "detenteOutlet": feed.outlet}
        written = " ".join(f"{name}={quoteattr(_FORBIDDEN.sub(chr(0xFFFD), value))}" for name, value in facts.items() if value)
        yield f'<outline type="rss" {written}/>\n'
    yield "</body>\n</opml>\n"


class _Outlines:
    """Gathers outlines as the parser meets them."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self._is_opml = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._is_opml:
            if name.lower() != "opml":
                raise FeedInvalid(f"this is no OPML: its first element is {name[:50]!r}")
            self._is_opml = True
        elif name.lower() == "outline":
            self._outline({key.lower(): value.strip() for key, value in attributes.items()})

    def _outline(self, said: dict[str, str]) -> None:
        url = said.get("xmlurl", "")
        if not url and said.get("type", "").lower() not in ("rss", "atom"):
            return  # A folder, a link, a remark.
        if len(self.rows) == MAX_OUTLINES:
            raise FeedInvalid(f"a list has at most {MAX_OUTLINES:,} feeds: part this one")
        title = (said.get("title") or said.get("text", ""))[:MAX_TITLE_CHARS]
        facts = {"title": title if title != url else "", "outlet": said.get("detenteoutlet", "")}
        self.rows.append({"url": url, **{key: value for key, value in facts.items() if value}})
