"""What of a fetched page can be read as an article, and whether it hides one."""

from __future__ import annotations

import re

from detente.contracts.articles import MAX_HTML_CHARS, MAX_TEXT_CHARS
from detente.fetching.failures import FailureKind, FetchFailed
from detente.fetching.pages import Page

#: Types of pages, with the field of `ReadArticle` that each becomes, and what goes into it.
FIELDS = {
    "text/html": ("html", MAX_HTML_CHARS), "application/xhtml+xml": ("html", MAX_HTML_CHARS),
    "text/plain": ("text", MAX_TEXT_CHARS),
}  # fmt: skip
#: The shortest flash of an agency has more. What has fewer is a list of links, a notice, or the teaser before a wall.
MIN_WORDS = 15
#: With a sign of a wall, so much is still a teaser: a few sentences.
MIN_WORDS_BEHIND_WALL = 120
#: schema.org's `isAccessibleForFree`, as search engines ask of pages behind a wall, and the tiers of Open Graph's articles.
_WALL = re.compile(
    r"""["']?isAccessibleForFree["']?\s{0,10}[:=]\s{0,10}["']?(?:https?://schema\.org/)?false\b"""
    r"""|isAccessibleForFree["']\s{1,10}content\s{0,5}=\s{0,5}["'](?:https?://schema\.org/)?false\b"""
    r"""|article:content_tier["']\s{1,10}content\s{0,5}=\s{0,5}["'](?:locked|metered)""",
    re.IGNORECASE,
)

#: Signs of scripts that put no spaces between words, of which two make about one: Thai, Lao, Burmese, Khmer, Japanese, Chinese.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def body_of(page: Page) -> dict[str, str]:
    """The body as `html` or `text`. Raises FetchFailed (not_an_article, bad_charset, too_large)."""
    if page.content_type not in FIELDS:
        raise FetchFailed(FailureKind.NOT_AN_ARTICLE, f"the page is {page.content_type or 'of no type'}, neither HTML nor text")
    name, most = FIELDS[page.content_type]
    text = page.text()
    if len(text) > most:
        raise FetchFailed(FailureKind.TOO_LARGE, f"the page has {len(text):,} characters; at most {most:,} are read")
    return {name: text}


def check_words(text: str, *, html: str) -> None:
    """Whether the words of a page are an article. Raises FetchFailed (paywall, not_an_article)."""
    words = len(text.split()) + len(_UNSPACED.findall(text)) // 2
    if words < MIN_WORDS_BEHIND_WALL and _WALL.search(html):
        raise FetchFailed(FailureKind.PAYWALL, f"the page says that it is not free, and shows {words} words")
    if words < MIN_WORDS:
        raise FetchFailed(FailureKind.NOT_AN_ARTICLE, f"the page has {words} words that are no menu or notice")
