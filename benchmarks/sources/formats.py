"""Feeds as publishers write them, in five formats."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Item:
    """An entry as its feed lists it. Without a link it has no page."""

    guid: str
    title: str
    link: str | None
    at: datetime


FORMATS = ("rss2", "atom", "rdf", "json", "rss09")
#: The media type of each format.
TYPES = {
    "rss2": "application/rss+xml", "rss09": "text/xml", "rdf": "application/rdf+xml",
    "atom": "application/atom+xml; charset=utf-8", "json": "application/feed+json",
}  # fmt: skip


def render(form: str, title: str, items: Sequence[Item], *, head: str = "") -> bytes:
    """A feed in a format. `head` is more of its channel, in RSS."""
    if form == "json":
        return _json(title, items)
    if form == "atom":
        return _atom(title, items)
    if form == "rdf":
        return _rdf(title, items, head)
    dated = form == "rss2"
    lines = "".join(_rss_item(item, dated=dated) for item in items)
    version = "2.0" if dated else "0.92"
    text = f'<?xml version="1.0" encoding="ISO-8859-1"?><rss version="{version}"><channel><title>{title}</title>{head}{lines}'
    return (text + "</channel></rss>").encode("iso-8859-1", "xmlcharrefreplace")


def _rss_item(item: Item, *, dated: bool) -> str:
    link = f"<link>{escape(item.link)}</link>" if item.link else ""
    date = f"<pubDate>{format_datetime(item.at)}</pubDate>" if dated else ""
    guid = f'<guid isPermaLink="false">{item.guid}</guid>' if dated else ""
    words = "<description>&lt;p&gt;Read on.&lt;/p&gt;</description>"
    return f"<item><title>{escape(item.title)}</title>{link}{guid}{date}{words}</item>"


def _rdf(title: str, items: Sequence[Item], head: str) -> bytes:
    lines = "".join(
        f'<item rdf:about="{item.guid}"><title>{escape(item.title)}</title>'
        + (f"<link>{escape(item.link)}</link>" if item.link else "")
        + f"<dc:date>{item.at.isoformat()}</dc:date></item>"
        for item in items
    )
    spaces = (
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    )
    channel = f'<channel rdf:about="/"><title>{title}</title><link>/</link>{head}</channel>'
    return f"<?xml version='1.0' encoding='utf-16'?><rdf:RDF {spaces}>{channel}{lines}</rdf:RDF>".encode("utf-16")


def _atom(title: str, items: Sequence[Item]) -> bytes:
    lines = "".join(
        f"<entry><id>urn:{item.guid}</id><title>{escape(item.title)}</title>"
        + (f'<link rel="alternate" href="{escape(item.link)}"/>' if item.link else "")
        + f"<updated>{item.at.isoformat()}</updated></entry>"
        for item in items
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>{title}</title>{lines}</feed>'.encode()


def _json(title: str, items: Sequence[Item]) -> bytes:
    rows = [
        {"id": item.guid, "title": item.title, "date_published": item.at.isoformat(), "content_text": "Read on."}
        | ({"url": item.link} if item.link else {})
        for item in items
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": title, "language": "en", "items": rows}).encode()
