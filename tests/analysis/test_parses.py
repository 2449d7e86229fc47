"""Parsing keeps every character in its place, whatever the text."""

from __future__ import annotations

import time
import timeit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language

from detente.analysis.parses import MAX_RUN_CHARS, make_doc, parse_articles
from detente.contracts import Article

RUNS = st.text(st.sampled_from('a“”"’.,-Ω '), max_size=3 * MAX_RUN_CHARS)


@given(st.one_of(st.text(max_size=400), RUNS, st.lists(RUNS, max_size=3).map("x".join)))
@settings(deadline=None)
def test_tokens_lie_where_their_words_are(nlp: Language, text: str) -> None:
    doc = make_doc(text, nlp)
    assert doc.text == text
    assert all(text[token.idx : token.idx + len(token)] == token.text for token in doc)


@pytest.mark.parametrize("run", ["“", "a", '"a', "…-"])
def test_time_grows_no_faster_than_the_length_of_a_run_without_spaces(nlp: Language, run: str) -> None:
    def took(length: int) -> float:
        """The best of three: what else the machine does only adds to it."""
        text = (run * length)[:length]
        return min(timeit.repeat(lambda: make_doc(text, nlp), timer=time.process_time, number=1, repeat=3))

    assert took(80_000) < 40 * max(took(8_000), 0.01)


def test_texts_and_titles_are_parsed_in_order(nlp: Language) -> None:
    articles = [Article(id=str(n), title=f"Title {n}", text=f"Text {n}.", text_sha256="0" * 64) for n in range(40)]
    for article, parse in zip(articles, parse_articles(articles, nlp), strict=True):
        assert (parse.doc.text, parse.title.text) == (article.text, article.title)
        assert parse.span(parse.title[0]).field == "title"
        assert parse.span(parse.doc[1]).text == parse.doc[1].text
