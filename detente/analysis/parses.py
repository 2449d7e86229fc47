"""An article with its grammar: what every finder reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Literal

from detente.contracts import Article, Span

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Token
    from spacy.tokens import Span as DocSpan


@dataclass(frozen=True)
class Parse:
    """An article's text and title, parsed. Character offsets of `doc` are those of the text, of `title` those of the title."""

    article: Article
    doc: Doc
    title: Doc

    def span(self, of: DocSpan | Token) -> Span:
        """The evidence that a stretch of either document stands for."""
        start = of.start_char if hasattr(of, "start_char") else of.idx
        return self.cut(start, start + len(of.text), "title" if of.doc is self.title else "text")

    def cut(self, start: int, end: int, field: Literal["text", "title"] = "text") -> Span:
        """The evidence between two character offsets."""
        whole = self.article.text if field == "text" else self.article.title or ""
        return Span(start=start, end=end, text=whole[start:end], field=field)


#: Texts and titles that the model takes at once: eight articles fill its matrices, and a batch shows progress as it goes.
BATCH_DOCS = 16


#: No word is so long; what has more characters without a space is markup, a data dump, or an attack.
MAX_RUN_CHARS = 200
_LONG_RUN = re.compile(rf"\S{{{MAX_RUN_CHARS}}}(?=\S)")


def make_doc(text: str, nlp: Language) -> Doc:
    """The tokens of a text. Runs without spaces are cut first: the tokenizer's time grows with the square of their length."""
    from spacy.tokens import Doc  # Here, so that beat and Flower, which import the handlers, do without spaCy.

    cuts = [found.end() for found in _LONG_RUN.finditer(text)]
    if not cuts:
        return nlp.make_doc(text)
    pieces = [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]
    return Doc.from_docs([nlp.make_doc(piece) for piece in pieces], ensure_whitespace=False)


def parse_articles(articles: Iterable[Article], nlp: Language) -> Iterator[Parse]:
    """Parse texts and titles together, in the model's batches, in order."""
    kept = list(articles)
    texts = chain.from_iterable((article.text, article.title or "") for article in kept)
    docs = nlp.pipe((make_doc(text, nlp) for text in texts), batch_size=BATCH_DOCS)
    for article, doc, title in zip(kept, docs, docs, strict=True):
        yield Parse(article, doc, title)
