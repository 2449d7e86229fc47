"""Handlers are plain functions of a job and services, tested by calling them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language

from detente.client import Client
from detente.contracts import ArticleFailed, Beat, ExpireJobs, Job, Progress, ReadArticle, ReadArticles, Terms
from detente.errors import ArticleRejected, JobCancelled, JobRejected, StoreUnreachable
from detente.storage import Store
from tasks.base import BACKOFF_CAP_S, backoff_s, validate
from tasks.readings import read_batch, read_one
from tasks.services import Services
from tasks.upkeep import beat, expire_jobs


@pytest.fixture
def services(nlp: Language, tmp_path: Path) -> Services:
    store = Store(f"sqlite:///{tmp_path / 'test.db'}")
    store.upgrade()
    return Services(job_id="job-1", store=store, nlp=nlp, progress=lambda made: None, submit=_no_submit, ledger=Client().ledger)


def _no_submit(job: Job[Any], *, id: str | None = None, terms: Terms | None = None) -> str:
    raise AssertionError("readers submit nothing")


def test_a_reading_is_kept_under_its_jobs_id(services: Services) -> None:
    stored = read_one(ReadArticle(id="a", text="France expelled two Russian diplomats on Friday."), services)
    assert stored.reading_id == "job-1"
    assert services.store.reading("job-1").article.id == "a"


def test_nothing_to_read_is_rejected_and_nothing_is_kept(services: Services) -> None:
    with pytest.raises(ArticleRejected):
        read_one(ReadArticle(text=" \n "), services)


def test_a_batch_numbers_its_readings_and_tells_its_progress(services: Services) -> None:
    seen: list[Progress] = []
    watching = replace(services, job_id="job-2", progress=seen.append)
    texts = ("Chile thanked Peru.", "…", "Peru thanked Chile.")
    outcome = read_batch(ReadArticles(articles=tuple(ReadArticle(text=text) for text in texts)), watching)
    assert isinstance(outcome.readings[1], ArticleFailed)
    assert [one.reading_id for one in outcome.readings if not isinstance(one, ArticleFailed)] == ["job-2.0", "job-2.2"]
    assert [made.done for made in seen] == [1, 2, 3]


def test_a_cancelled_batch_keeps_nothing(services: Services) -> None:
    def cancelled(made: Progress) -> None:
        raise JobCancelled

    stopped = replace(services, job_id="job-3", progress=cancelled)
    with pytest.raises(JobCancelled):
        read_batch(ReadArticles(articles=(ReadArticle(text="Chile thanked Peru."),)), stopped)
    assert not services.store.find_events().rows


def test_upkeep_touches_the_store(services: Services, tmp_path: Path) -> None:
    assert beat(Beat(), services).at.tzinfo
    assert expire_jobs(ExpireJobs(after_days=1), services).deleted == 0
    gone = replace(services, store=Store(f"sqlite:///{tmp_path}/no/such/folder/x.db"))
    with pytest.raises(StoreUnreachable):
        beat(Beat(), gone)


def test_a_payload_that_is_no_job_is_rejected_without_its_values() -> None:
    with pytest.raises(JobRejected, match="text") as raised:
        validate(ReadArticle, {"text": ["secret"]})
    assert "secret" not in str(raised.value)


@given(st.integers(0, 50), st.none() | st.floats(0, 10_000))
def test_waits_grow_up_to_a_cap_and_are_never_shorter_than_asked(retries: int, asked: float | None) -> None:
    wait = backoff_s(retries, least_s=asked)
    assert 0 < wait <= max(BACKOFF_CAP_S, asked or 0)
    assert wait >= (asked or 0)
