"""The article of an HTML page, without rules for any site."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from lxml.etree import LxmlError  # type: ignore[import-untyped]
from trafilatura import bare_extraction
from trafilatura.settings import Document
from trafilatura.utils import load_html

from detente.analysis.articles.blocks import SENTENCE_END
from detente.analysis.articles.repairs import repair_line, repair_surrogates
from detente.errors import ArticleRejected

#: News pages have some 1,500 angle brackets, the largest a few thousand. Any page of 60,000 is read in about ten seconds.
MAX_BRACKETS = 60_000
#: The parser compares every attribute of a tag with all others. Longer tags, which hold whole pictures, lose their attributes.
MAX_TAG_CHARS = 10_000

_LONG_TAG = re.compile(rf"<([A-Za-z][\w:-]{{0,30}})(?=[\s/])[^<>]{{{MAX_TAG_CHARS},}}>?")
#: The same in tags whose values hold angle brackets: no tag that was meant has so many attributes.
_MANY_ATTRIBUTES = re.compile(r"""(?:\s[^\s=<>"']{1,60}=(?:"[^"]{0,1000}"|'[^']{0,1000}'|[^\s"'>]{1,200})){300,}""")
_PAGE_START = re.compile(r"\s*(?:<\?xml[^>]{0,200}>\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
#: Where the loader looks for the word “html”, without which it takes pieces of pages for no pages.
_HEAD_CHARS = 50
_BLOCK_TAG = re.compile(r"<(?:p|div|article|section|h[1-6]|ul|table|main|span)\b[^<>]{0,500}>", re.IGNORECASE)
#: A text that starts with a tag and has this many of them is a piece of a page.
_MIN_BLOCK_TAGS = 3
_LANGUAGE = re.compile(r"""<html\b[^<>]{0,1000}?\blang\s*=\s*["']?([A-Za-z]{2,3})\b""", re.IGNORECASE)
#: Strict extraction loses asides and prompts, some of them in sentences; where it loses more than this, it loses the article.
_MIN_PROSE = 0.75
#: Shorter lines that end in a full stop are more often labels than sentences.
_MIN_SENTENCE_CHARS = 40
#: The mark that extraction puts before the items of a list.
_LIST_MARK = re.compile(r"^- ", re.MULTILINE)
#: Page titles end in the name of their site.
_SITE = re.compile(r" [|–—-] ([^|–—]{1,60})$")
_AUTHOR_MARKS = re.compile(r"\s*;\s*")
#: What the parser and the extraction raise on markup that no browser would take, as found by feeding them such.
_PARSER_ERRORS = (LxmlError, ValueError, TypeError, AttributeError, IndexError, AssertionError, RecursionError)
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
    document = _extract(_MANY_ATTRIBUTES.sub(" ", _LONG_TAG.sub(r"<\1>", html)), url)
    language = _LANGUAGE.search(html, 0, 20_000)
    return Page(
        text=_LIST_MARK.sub("", document.text or ""),
        title=_title(_label(document.title), _label(document.sitename)),
        outlet=_label(document.sitename),
        authors=tuple(name for name in _AUTHOR_MARKS.split(_label(document.author) or "") if name),
        published_at=datetime.fromisoformat(document.date).replace(tzinfo=UTC) if document.date else None,
        url=_label(document.url),
        language=language[1].lower() if language else None,
    )


def _extract(html: str, url: str | None) -> Document:
    """What is known of a page, with the better of two texts."""
    html = html if "html" in html[:_HEAD_CHARS].lower() else f"<html>{html}"
    try:
        if (tree := load_html(html)) is None:
            raise ArticleRejected("the page cannot be parsed")
        balanced = bare_extraction(
            tree,
            url=url,
            with_metadata=True,
            fast=True,
            include_comments=False,
            include_tables=False,
            date_extraction_params=dict(_DATE_SEARCH),
        )
        strict = bare_extraction(tree, favor_precision=True, include_comments=False)
    except _PARSER_ERRORS as error:
        raise ArticleRejected("the page cannot be parsed") from error
    if not isinstance(balanced, Document) or not (balanced.text or "").strip():
        raise ArticleRejected("no article is found in the page")
    if isinstance(strict, Document) and _is_cleaner(strict.text or "", balanced.text or ""):
        balanced.text = strict.text
    return balanced


def _is_cleaner(strict: str, balanced: str) -> bool:
    """Whether the shorter of two texts of one page lacks little but residue: it keeps most of the sentences."""
    return len(strict) <= len(balanced) and _prose_chars(strict) >= _MIN_PROSE * _prose_chars(balanced)


def _prose_chars(text: str) -> int:
    """Characters of the paragraphs that are whole sentences."""
    return sum(len(line) for line in text.split("\n") if len(line) > _MIN_SENTENCE_CHARS and SENTENCE_END.search(line))


def _title(title: str | None, outlet: str | None) -> str | None:
    """A headline without the name of the site after it."""
    if title and outlet and (found := _SITE.search(title)) and found[1].casefold() == outlet.casefold():
        return title[: found.start()]
    return title


def _label(text: str | None) -> str | None:
    return repair_line(text) or None if text else None
