"""Messages: what is asked is checked, what comes back may grow."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from detente.contracts import (
    JOBS,
    MAX_HTML_CHARS,
    MAX_TEXT_CHARS,
    Article,
    EventDate,
    Plover,
    ReadArticle,
    ReadArticles,
    Reader,
    Reading,
    Span,
    reasons,
)
from detente.contracts.readings import MAX_BATCH_ARTICLES


def test_an_article_is_text_or_html_and_not_both() -> None:
    for fields in ({}, {"text": "a", "html": "<p>b"}):
        with pytest.raises(ValidationError, match="either text or html"):
            ReadArticle(**fields)


@pytest.mark.parametrize(("field", "limit"), [("text", MAX_TEXT_CHARS), ("html", MAX_HTML_CHARS)])
def test_limits_are_part_of_the_contract(field: str, limit: int) -> None:
    assert ReadArticle(**{field: "a" * limit}).size == limit
    with pytest.raises(ValidationError, match=f"at most {limit}"):
        ReadArticle(**{field: "a" * (limit + 1)})


def test_a_batch_is_bounded_by_articles_and_by_characters() -> None:
    one = ReadArticle(text="a" * 1000)
    assert ReadArticles(articles=(one,) * MAX_BATCH_ARTICLES)
    with pytest.raises(ValidationError, match=f"at most {MAX_BATCH_ARTICLES}"):
        ReadArticles(articles=(one,) * (MAX_BATCH_ARTICLES + 1))
    with pytest.raises(ValidationError, match="go into one batch"):
        ReadArticles(articles=(ReadArticle(text="a" * MAX_TEXT_CHARS),) * 11)


def test_a_misspelt_option_of_a_job_is_an_error_but_a_result_may_grow() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        ReadArticle(text="a", titel="b")
    assert Reader.model_validate({"name": "a", "version": "1", "newer": True}) == Reader(name="a", version="1")


def test_times_are_aware() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        ReadArticle(text="a", published_at=datetime(2012, 10, 8))  # noqa: DTZ001
    assert ReadArticle(text="a", published_at=datetime(2012, 10, 8, tzinfo=UTC)).published_at


def test_jobs_are_frozen_and_told_apart_by_short_facts_without_their_text() -> None:
    job = ReadArticle(id="a-1", text="secret words", title="t" * 500)
    with pytest.raises(ValidationError, match="frozen"):
        job.text = "b"
    assert job.label() == {"article": "a-1", "title": "t" * 60, "size": 12}


def test_every_kind_is_a_stable_name_with_a_result() -> None:
    assert all(kind.startswith("detente.") and kind == job.kind for kind, job in JOBS.items())
    assert {"detente.article.read", "detente.articles.read", "detente.heartbeat.beat", "detente.jobs.expire"} <= set(JOBS)
    assert all(job.result.model_fields for job in JOBS.values())


def test_a_span_is_as_long_as_its_words() -> None:
    with pytest.raises(ValidationError, match="not as long"):
        Span(start=0, end=3, text="four")


def test_the_public_names_of_a_reading_are_those_of_its_page() -> None:
    when = EventDate.model_validate({"from": "2012-10-01", "to": "2012-10-07", "text": "last week"})
    assert set(when.model_dump(by_alias=True)) == {"from", "to", "text"}
    assert len(Plover) == 16


def test_reasons_name_the_place_and_never_the_value() -> None:
    with pytest.raises(ValidationError) as raised:
        ReadArticles.model_validate({"articles": [{"text": 7, "title": "hidden"}]})
    assert reasons(raised.value).startswith("articles.0.text: Input should be a valid string")
    assert "hidden" not in reasons(raised.value)


@given(st.text(max_size=200))
def test_a_reading_survives_the_wire(text: str) -> None:
    article = Article(id="a", text=text, text_sha256="0" * 64)
    reading = Reading(article=article, reader=Reader(name="r", version="1"))
    assert Reading.model_validate_json(reading.model_dump_json(by_alias=True)) == reading
