"""Hostile and broken articles: each gets a clear answer, and the worker lives."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from detente.contracts import MAX_TEXT_CHARS, ReadArticle
from detente.errors import JobFailed
from tests.systems import System

UNREADABLE = {
    "empty": "",
    "blank": " \n\t ",
    "only quotation marks": "“”\"'‘’«»" * 500,
    "only NULs": "\0" * 50,
    "only signs": "!?… — * * *",
}
READABLE = {
    "NULs inside": "Oslo\0 protested to\0 Minsk.",
    "right to left": "قال الرئيس إن بلاده سترد على العقوبات.",
    "HTML given as text": "<html><body><article><p>"
    + "Oslo protested to Minsk on Monday. " * 20
    + "</p></article></body></html>",
    "lone surrogates as JSON has them": "Oslo \ufffd protested.",
    "no spaces": "Oslo" * 2000,
    "unbalanced marks": '“Oslo protested, ‘he said. " It «did. ' * 200,
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_has_no_words_is_refused_with_a_reason(system: System, name: str) -> None:
    with pytest.raises(JobFailed) as raised:
        system.client.submit(ReadArticle(text=UNREADABLE[name])).result(timeout_s=30)
    assert raised.value.kind == "ArticleRejected"
    assert str(raised.value)


@pytest.mark.parametrize("name", READABLE)
def test_what_has_words_is_read(system: System, name: str) -> None:
    stored = system.client.submit(ReadArticle(text=READABLE[name])).result(timeout_s=60)
    article = system.store.reading(stored.reading_id).article
    assert article.text
    assert "\0" not in article.text
    assert "<p>" not in article.text


def test_too_long_an_article_is_refused_before_it_is_submitted() -> None:
    with pytest.raises(ValidationError, match="at most 200000 characters"):
        ReadArticle(text="a" * (MAX_TEXT_CHARS + 1))
