"""The article that a reading is of: its clean text, and what is known of where it came from."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from detente.contracts.spans import Frozen

#: A long feature has 60,000 characters; 200,000 is a book chapter. Past it, reading time and memory per job would no
#: longer be bounded by the queue's time limits.
MAX_TEXT_CHARS = 200_000
#: News pages carry up to 1 MB of markup and scripts around a few thousand characters of text.
MAX_HTML_CHARS = 2_000_000
MAX_TITLE_CHARS = 1_000
MAX_LABEL_CHARS = 2_000


class Article(Frozen):
    """Clean text, and where it came from. Every offset of a reading points into `text` (or `title`).

    Headline and body are apart; paragraphs are separated by blank lines; quotation marks are as printed. `removed` lists
    what was taken out as residue of scraping.
    """

    id: str
    title: str | None = None
    text: str
    text_sha256: str = Field(description="SHA-256, in hexadecimal, of `text` in UTF-8")
    outlet: str | None = None
    authors: tuple[str, ...] = ()
    published_at: AwareDatetime | None = None
    url: str | None = None
    language: str = "en"
    removed: tuple[str, ...] = ()
