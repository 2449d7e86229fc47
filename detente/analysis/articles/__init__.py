"""Clean text out of what was submitted: residue removed, mojibake repaired, headline apart from body."""

from __future__ import annotations

import hashlib
import re

from detente.analysis.articles.blocks import join_blocks, split_blocks
from detente.analysis.articles.headlines import take_headline
from detente.analysis.articles.pages import Page, is_page, read_page
from detente.analysis.articles.repairs import repair_line, repair_text
from detente.analysis.articles.residues import drop_residue
from detente.contracts import MAX_TEXT_CHARS, Article, ReadArticle
from detente.contracts.articles import MAX_TITLE_CHARS
from detente.errors import ArticleRejected

_LETTER = re.compile(r"[^\W\d_]")
#: Digits of the digest that name an article without a name: 128 bits, so that two texts never share one.
_ID_DIGITS = 32


def clean_article(job: ReadArticle) -> Article:
    """The article of a job. Raises ArticleRejected where no text is left to read.

    What the job says of the article wins over what its page says. A text in another language or script is no error: it gives
    an article in which little is found.
    """
    page = _page(job)
    blocks = split_blocks(repair_text(page.text if page else job.text or ""))
    if not any(_LETTER.search(block) for block in blocks):
        raise ArticleRejected("the article has no words")
    title = repair_line(job.title or "") or (page.title if page else None)
    if not (title or page):
        title, blocks = take_headline(blocks)
    cleaned = drop_residue(blocks, title)
    return _article(job, page, title, join_blocks(cleaned.blocks), cleaned.removed)


def _page(job: ReadArticle) -> Page | None:
    if job.html is not None:
        return read_page(job.html, url=job.url)
    return read_page(job.text, url=job.url) if job.text and is_page(job.text) else None


def _article(job: ReadArticle, page: Page | None, title: str | None, text: str, removed: list[str]) -> Article:
    if len(text) > MAX_TEXT_CHARS:
        raise ArticleRejected(f"the article has {len(text):,} characters; at most {MAX_TEXT_CHARS:,} are read")
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Article(
        id=job.id or digest[:_ID_DIGITS],
        title=title[:MAX_TITLE_CHARS] if title else None,
        text=text,
        text_sha256=digest,
        outlet=job.outlet or (page.outlet if page else None),
        authors=job.authors or (page.authors if page else ()),
        published_at=job.published_at or (page.published_at if page else None),
        url=job.url or (page.url if page else None),
        language=job.language or (page.language if page else None) or "en",
        removed=tuple(removed),
    )
