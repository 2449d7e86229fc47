"""Stored articles are read again by another version of the reader, and what that changed is kept."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from spacy.language import Language

from detente.client import Client
from detente.contracts import Job, ReadArticle, Terms
from detente.contracts.rereadings import RereadArticles
from detente.storage import Review, Store, Verdict, open_store
from tasks.readings import read_one
from tasks.rereadings import reread_articles
from tasks.services import Services
from tests.readings import READER, make_article, make_event, make_reading

TEXT = "France expelled two Russian diplomats on Friday."


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'test.db'}")
    yield store
    store.close()


@pytest.fixture
def submitted() -> list[tuple[Job[Any], str | None]]:
    return []


@pytest.fixture
def services(nlp: Language, store: Store, submitted: list[tuple[Job[Any], str | None]]) -> Services:
    def submit(job: Job[Any], *, id: str | None = None, terms: Terms | None = None) -> str:
        submitted.append((job, id))
        return id or "?"

    return Services(job_id="j", store=store, nlp=nlp, progress=lambda made: None, submit=submit, ledger=Client().ledger)


def _by_hand(store: Store, *names: str) -> None:
    for name in names:
        article = make_article(name, text=TEXT, outlet="Wire", removed=("Share",))
        found = make_reading(article, events=(make_event(source="FRA", target="RUS", status="planned"),))
        store.keep_reading(found, reading_id=f"old-{name}", job_id="old")


def test_articles_of_another_reader_are_read_again_and_the_changes_kept(store: Store, services: Services) -> None:
    _by_hand(store, "a")
    done = reread_articles(RereadArticles(), services)
    assert (done.articles, done.failed, done.next) == (1, 0, None)
    [rereading] = store.find_rereadings(article_id="a").rows
    assert rereading.reader_before == READER
    assert rereading.before == "old-a"
    assert done.added + done.altered + done.gone == len(rereading.changes) > 0
    assert store.current_reading_id("a") == rereading.after


def test_what_is_known_of_an_article_stays(store: Store, services: Services) -> None:
    _by_hand(store, "a")
    reread_articles(RereadArticles(), services)
    article = store.reading(store.current_reading_id("a")).article
    assert (article.text, article.outlet, article.removed) == (TEXT, "Wire", ("Share",))


def test_what_this_reader_has_read_is_not_read_again(store: Store, services: Services) -> None:
    read_one(ReadArticle(id="new", text=TEXT), services)
    assert reread_articles(RereadArticles(), services).articles == 0


def test_a_second_delivery_changes_nothing(store: Store, services: Services) -> None:
    _by_hand(store, "a")
    reread_articles(RereadArticles(), services)
    first = store.find_rereadings().rows
    with store.writes() as connection:
        # As if the worker had died before its acknowledgement, with the article still at its old reading.
        connection.exec_driver_sql("UPDATE articles SET reading_id = 'old-a'")
    reread_articles(RereadArticles(), services)
    second = store.find_rereadings().rows
    assert [(one.before, one.after, one.changes) for one in first] == [(one.before, one.after, one.changes) for one in second]


def test_a_run_goes_on_behind_its_last_article_until_none_is_left(
    store: Store, services: Services, submitted: list[tuple[Any, str | None]]
) -> None:
    _by_hand(store, *(f"a{n}" for n in range(5)))
    read = reread_articles(RereadArticles(batch=2), services).articles
    while submitted:
        job, id = submitted.pop()
        assert id
        read += reread_articles(job, services).articles
    assert read == 5
    assert not store.outdated_articles(store.reading(store.current_reading_id("a0")).reader)


def test_the_job_that_goes_on_has_the_same_id_each_time(
    store: Store, services: Services, submitted: list[tuple[Any, str | None]]
) -> None:
    _by_hand(store, "a", "b")
    for _ in range(2):
        reread_articles(RereadArticles(batch=1, run="r"), services)
        with store.writes() as connection:
            connection.exec_driver_sql("UPDATE articles SET reading_id = 'old-' || id")
    assert len({id for _, id in submitted}) == 1


def test_what_a_person_said_of_a_finding_is_kept_and_shown_where_the_finding_changed(
    store: Store, services: Services, tmp_path: Path
) -> None:
    _by_hand(store, "a")
    [row] = store.find_events(article_id="a").rows
    review = Review("v", row.id, Verdict.ACCEPT, "checked", "an analyst", datetime(2024, 3, 4, tzinfo=UTC))
    assert store.keep_review(review)
    reread_articles(RereadArticles(), services)
    assert store.reviews_of([row.id]) == {row.id: [review]}
    [change] = [change for change in store.find_rereadings(article_id="a").rows[0].changes if change.before]
    assert [(one.verdict, one.reviewed_by, one.note) for one in change.reviews] == [("accept", "an analyst", "checked")]
    command = [sys.executable, "-m", "detente.cli", "changes", "--store", f"sqlite:///{tmp_path / 'test.db'}"]
    assert "accepted by an analyst" in subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def test_articles_that_are_read_again_find_their_happening(store: Store, services: Services) -> None:
    _by_hand(store, "a", "b")
    assert store.happenings_of(["a", "b"]) == {}
    reread_articles(RereadArticles(), services)
    assert len(set(store.happenings_of(["a", "b"]).values())) == 1


def test_people_see_what_changed(store: Store, services: Services, tmp_path: Path) -> None:
    _by_hand(store, "a")
    reread_articles(RereadArticles(), services)
    command = [sys.executable, "-m", "detente.cli", "changes", "--store", f"sqlite:///{tmp_path / 'test.db'}"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert shown.startswith("a  1 → ")
    assert "− event     FRA RUS CONSULT planned" in shown or "~ event" in shown
    assert json.loads(subprocess.run([*command, "a", "--json"], capture_output=True, text=True, timeout=60, check=True).stdout)
