"""Copies form one story, whoever reads them and in whatever order."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest

from detente.errors import UnknownStory
from detente.storage import Store
from detente.storage.stories import MAX_BAND, MAX_CANDIDATES
from tasks.stories import place_in_stories
from tests.readings import make_article, make_event, make_reading

DAY = datetime(2024, 3, 4, 12, tzinfo=UTC)


def _words(seed: int, *, number: int = 200) -> str:
    return " ".join(f"word{random.Random(seed + at * 1000).randrange(5000)}" for at in range(number))


def _read(store: Store, id: str, text: str, *, reading_id: str | None = None, **findings: Any) -> None:
    article = make_article(id, text=text, outlet=f"Outlet {id}", published_at=DAY)
    store.keep_reading(make_reading(article, **findings), reading_id=reading_id or f"r-{id}", job_id="j")
    place_in_stories([article], SimpleNamespace(store=store))  # type: ignore[arg-type]


def _story(store: Store, id: str) -> str:
    return store.stories_of([id])[id]


def test_copies_form_one_story_with_all_of_their_sources(store: Store) -> None:
    for number in range(40):
        _read(store, f"a{number}", f"Agency {number}. {_words(1)}")
    _read(store, "other", _words(2))
    [story] = store.find_stories().rows
    assert {source.article_id for source in story.sources} == {f"a{number}" for number in range(40)}
    assert _story(store, "other") != story.id


def test_an_event_that_forty_outlets_report_counts_once_and_keeps_its_forty_sources(store: Store) -> None:
    for number in range(40):
        _read(store, f"a{number}", f"Agency {number}. {_words(1)}", events=(make_event(),))
    _read(store, "other", _words(2), events=(make_event(),))
    first, second = store.count_events(pair=("PAK", "RUS"))
    assert sorted(len(event.sources) for event in (first, second)) == [1, 40]


def test_events_of_one_story_that_differ_in_status_are_two(store: Store) -> None:
    _read(store, "a", _words(1), events=(make_event(status="planned"),))
    _read(store, "b", _words(1), events=(make_event(status="cancelled"),))
    assert [event.status for event in store.count_events(pair=("RUS", "PAK"))] == ["planned", "cancelled"]


def test_reading_an_article_again_adds_no_source(store: Store) -> None:
    for reading_id in ("r1", "r1", "r2"):
        _read(store, "a", _words(1), reading_id=reading_id, events=(make_event(),))
        _read(store, "b", _words(1), reading_id=f"b-{reading_id}", events=(make_event(),))
    [story] = store.find_stories().rows
    assert [source.article_id for source in story.sources] == ["a", "b"]
    assert [len(event.sources) for event in store.count_events(pair=("PAK", "RUS"))] == [2]


def test_a_bridging_article_merges_two_stories_and_the_older_id_stays(store: Store) -> None:
    first, second = _words(1), _words(2)
    _read(store, "a", first)
    older = _story(store, "a")
    _read(store, "b", second)
    newer = _story(store, "b")
    _read(store, "c", f"{first} {second}")
    assert {_story(store, id) for id in "abc"} == {older}
    assert store.story(newer) == store.story(older)


def test_an_id_leads_to_its_story_however_often_that_was_merged(store: Store) -> None:
    store.sign_articles({"c": [3]})
    store.sign_articles({"b": [2]})
    store.sign_articles({"a": [1]})
    last = _story(store, "a")
    store.join_stories(["a", "b"])
    store.join_stories(["b", "c"])
    assert store.story(last).id == _story(store, "c") == _story(store, "a")


def test_an_unknown_story_is_said_to_be_unknown(store: Store) -> None:
    with pytest.raises(UnknownStory):
        store.story("st-nothing")


def test_two_copies_read_at_the_same_moment_form_one_story(store: Store) -> None:
    workers, rounds = 4, 5
    start = Barrier(workers)

    def work(worker: int) -> None:
        own = Store(store.url.render_as_string(hide_password=False))
        for number in range(rounds):
            start.wait(60)
            _read(own, f"{number}-{worker}", _words(number))
        own.close()

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(workers)))
    for number in range(rounds):
        assert len(set(store.stories_of(f"{number}-{worker}" for worker in range(workers)).values())) == 1


def test_a_line_that_thousands_of_articles_share_hides_no_copy(store: Store) -> None:
    store.sign_articles({f"old{number}": [1, 2, 100 + number] for number in range(3 * MAX_BAND)})
    store.sign_articles({"a": [1, 2, *range(-40, -30)]})
    store.sign_articles({f"new{number}": [1, 2, 1000 + number] for number in range(3 * MAX_BAND)})
    store.sign_articles({"copy": [1, 2, *range(-40, -30)]})
    found = store.story_candidates("copy")
    assert found[0] == "a"
    assert len(found) <= MAX_CANDIDATES
    assert "old0" not in found


def test_articles_whose_hashes_have_expired_gain_no_copies_and_keep_their_story(store: Store) -> None:
    _read(store, "a", _words(1))
    before = _story(store, "a")
    assert store.expire_signatures(before=datetime.now(UTC) + timedelta(minutes=1)) > 0
    _read(store, "b", _words(1))
    assert _story(store, "a") == before != _story(store, "b")
