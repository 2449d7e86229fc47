"""The article of an HTML page, without rules for any site."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from lxml.etree import LxmlError  # type: ignore[import-untyped]
from trafilatura import bare_extraction
from trafilatura.settings import Document

from detente.analysis.articles.repairs import repair_line, repair_surrogates
from detente.errors import ArticleRejected

#: News pages have up to 40,000 angle brackets. 100,000 are read in some ten seconds; reading time grows faster than they do.
MAX_BRACKETS = 100_000
#: The parser compares every attribute of a tag with all others. Longer tags, which hold whole pictures, lose their attributes.
MAX_TAG_CHARS = 10_000

_LONG_TAG = re.compile(rf"<([A-Za-z][\w:-]{{0,30}})(?=[\s/])[^<>]{{{MAX_TAG_CHARS},}}>?")
_PAGE_START = re.compile(r"\s*(?:<\?xml[^>]{0,200}>\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_ROOT = re.compile(r"<(?:html|body)\b", re.IGNORECASE)
_BLOCK_TAG = re.compile(r"<(?:p|div|article|section|h[1-6]|ul|table|main|span)\b[^<>]{0,500}>", re.IGNORECASE)
#: A text that starts with a tag and has this many of them is a piece of a page.
_MIN_BLOCK_TAGS = 3
_LANGUAGE = re.compile(r"""<html\b[^<>]{0,1000}?\blang\s*=\s*["']?([A-Za-z]{2,3})\b""", re.IGNORECASE)
_AUTHOR_MARKS = re.compile(r"\s*;\s*")
#: The parameters keep the clock out of the search for a date, and guesses from anywhere in the page out of the answer.
_DATE_SEARCH = {"original_date": True, "extensive_search": False, "max_date": "2100-01-01"}


@dataclass(frozen=True)
class Page:
    """What a page holds and says of its article. `text` has a paragraph a line."""

    text: str
    title: str | None
    outlet: str | None
    authors: tuple[str, ...]
    published_at: datetime | None
    url: str | None
    language: str | None


def is_page(text: str) -> bool:
    """Whether a text is markup to be read as a page."""
    if _PAGE_START.match(text):
        return True
    return text.lstrip().startswith("<") and len(list(islice(_BLOCK_TAG.finditer(text), _MIN_BLOCK_TAGS))) == _MIN_BLOCK_TAGS


def read_page(html: str, *, url: str | None = None) -> Page:
    """The article of a page. Raises ArticleRejected where none is found."""
    html = repair_surrogates(html).replace("\0", "")
    if (brackets := html.count("<")) > MAX_BRACKETS:
        raise ArticleRejected(f"the page has {brackets:,} angle brackets; at most {MAX_BRACKETS:,} are read")
    document = _extract(_LONG_TAG.sub(r"<\1>", html), url)
    if document is None or not document.text:
        raise ArticleRejected("no article is found in the page")
    language = _LANGUAGE.search(html, 0, 20_000)
    return Page(
        text=document.text,
        title=_label(document.title),
        outlet=_label(document.sitename),
        authors=tuple(name for name in _AUTHOR_MARKS.split(_label(document.author) or "") if name),
        published_at=datetime.fromisoformat(document.date).replace(tzinfo=UTC) if document.date else None,
        url=_label(document.url),
        language=language[1].lower() if language else None,
    )


def _extract(html: str, url: str | None) -> Document | None:
    html = html if _ROOT.search(html, 0, 50_000) else f"<html><body>{html}</body></html>"
    try:
        document = bare_extraction(
            html,
            url=url,
            with_metadata=True,
            fast=True,
            include_comments=False,
            include_tables=False,
            date_extraction_params=dict(_DATE_SEARCH),
        )
    except (LxmlError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ArticleRejected("the page cannot be parsed") from error
    return document if isinstance(document, Document) else None


def _label(text: str | None) -> str | None:
    return repair_line(text) or None if text else None
