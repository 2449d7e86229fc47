"""Reports on one thing form one happening, whoever reads them and in whatever order, and a happening holds stories."""

from __future__ import annotations

import random
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest

from detente.contracts import Actor, ActorKind, ExpireSignatures, Reading
from detente.contracts.happenings import Gist
from detente.errors import UnknownHappening
from detente.storage import Store
from detente.storage.happenings import LONGEST, MAX_CANDIDATES, MAX_COUNTED, MAX_REPORTS
from tasks.readings import place
from tasks.upkeep import expire_signatures
from tests.readings import make_article, make_event, make_reading, span

MONDAY = date(2024, 3, 4)
RECALL = (
    "Oslo recalled its ambassador from Minsk after the jailing of Tor Helgesen, who carried insulin to a hospice in Brest.",
    "The envoy in Minsk is on the way home to Oslo. A court in Brest had sentenced Tor Helgesen, driver of a hospice, as a spy.",
    "Nine years for insulin? Minsk defends the verdict on Helgesen, for which Oslo took its envoy home from the city near Brest.",
)
OTHER = "Trucks with salmon from Oslo must turn round: Minsk bars their plates, and hauliers choose the road through Latvia."


def _reading(id: str, text: str, *, day: date = MONDAY) -> Reading:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    article = make_article(id, text=text, outlet=f"Outlet {id}", published_at=noon)
    states = (("Oslo", "NOR"), ("Minsk", "BLR"))
    actors = tuple(
        Actor(id=f"a{at}", name=name, kind=ActorKind.STATE, country=country, mentions=(span(name),))
        for at, (name, country) in enumerate(states)
    )
    return make_reading(article, actors=actors, events=(make_event(source="NOR", target="BLR"),))


def _read(store: Store, id: str, text: str, **facts: Any) -> None:
    reading = _reading(id, text, **facts)
    store.keep_reading(reading, reading_id=f"r-{id}", job_id="j")
    place([reading], SimpleNamespace(store=store))  # type: ignore[arg-type]


def _gist(*words: str, day: date = MONDAY) -> Gist:
    return Gist(day=day, pairs=("BLR-NOR",), words=dict.fromkeys(words, 1.0))


def _happening(store: Store, id: str) -> str:
    return store.happenings_of([id])[id]


def _keep(store: Store, **gists: Gist) -> None:
    for id, gist in gists.items():
        store.keep_reading(_reading(id, f"Words of {id}.", day=gist.day), reading_id=f"r-{id}", job_id="j")
    store.keep_gists(gists)


def test_reports_in_other_words_are_one_happening_and_another_matter_of_that_day_is_not(store: Store) -> None:
    for number, text in enumerate(RECALL):
        _read(store, f"a{number}", text, day=MONDAY + timedelta(days=number))
    _read(store, "other", OTHER)
    [found] = store.find_happenings().rows
    assert [source.article_id for story in found.stories for source in story.sources] == ["a0", "a1", "a2"]
    assert (found.first_day, found.last_day, found.pairs) == (MONDAY, MONDAY + timedelta(days=2), ("BLR-NOR",))
    assert _happening(store, "other") != found.id


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_the_order_in_which_reports_come_in_does_not_matter(order: tuple[int, ...], store: Store) -> None:
    _read(store, "other", OTHER)
    for number in order:
        _read(store, f"a{number}", RECALL[number])
    assert len({_happening(store, f"a{number}") for number in order}) == 1
    assert len(store.find_happenings().rows) == 1


def test_a_happening_holds_stories_with_their_copies(store: Store) -> None:
    for id in ("a", "copy"):
        _read(store, id, f"{RECALL[0]} {RECALL[0].upper()}")
    _read(store, "b", RECALL[1])
    [found] = store.find_happenings().rows
    assert sorted(sorted(source.article_id for source in story.sources) for story in found.stories) == [["a", "copy"], ["b"]]
    assert store.story(store.stories_of(["copy"])["copy"]).happening == found.id


def test_a_copy_belongs_to_the_happening_of_its_story_however_late_it_is_printed(store: Store) -> None:
    _read(store, "a", RECALL[0])
    _read(store, "late", RECALL[0], day=MONDAY + timedelta(days=60))
    assert _happening(store, "a") == _happening(store, "late")


def test_the_same_words_a_week_later_are_another_happening(store: Store) -> None:
    _read(store, "a", RECALL[0])
    _read(store, "b", RECALL[1], day=MONDAY + timedelta(days=7))
    assert _happening(store, "a") != _happening(store, "b")


def test_days_of_one_kind_do_not_grow_into_one_happening_without_end(store: Store) -> None:
    for number in range(8):
        _keep(store, **{f"a{number}": _gist("war", day=MONDAY + timedelta(days=4 * number))})
        store.join_happenings(f"a{number}", [f"a{other}" for other in range(number)])
    spans = [one.last_day - one.first_day for one in store.find_happenings(reports=1).rows]
    assert len(spans) > 1
    assert max(spans) <= LONGEST


def test_reading_an_article_again_changes_nothing(store: Store) -> None:
    for _ in range(3):
        _read(store, "a", RECALL[0])
        _read(store, "b", RECALL[1])
    [found] = store.find_happenings().rows
    assert found.articles == 2


def test_an_article_about_no_pair_of_states_has_no_happening(store: Store) -> None:
    reading = make_reading(make_article("a"))
    store.keep_reading(reading, reading_id="r", job_id="j")
    place([reading], SimpleNamespace(store=store))  # type: ignore[arg-type]
    assert store.happenings_of(["a"]) == {}


def test_a_copy_that_is_about_no_pair_of_states_joins_the_happenings_of_its_copies(store: Store) -> None:
    assert store.join_happenings("none", ["nobody"], longest=None) is None
    _keep(store, a=_gist("one"), b=_gist("two"))
    assert store.join_happenings("none", ["a", "b"], longest=None) == _happening(store, "a") == _happening(store, "b")


def test_an_id_leads_to_its_happening_after_it_was_merged(store: Store) -> None:
    _keep(store, a=_gist("one"), b=_gist("two"))
    newer = _happening(store, "b")
    store.join_happenings("b", ["a"])
    assert store.happening(newer) == store.happening(_happening(store, "a"))
    with pytest.raises(UnknownHappening):
        store.happening("hp-nothing")


def test_happenings_are_found_by_pair_and_day_a_page_at_a_time(store: Store) -> None:
    for number in range(3):
        day = MONDAY + timedelta(days=30 * number)
        _keep(store, **{f"{name}{number}": _gist("x", day=day) for name in "ab"})
        store.join_happenings(f"a{number}", [f"b{number}"])
    first = store.find_happenings(pair=("NOR", "BLR"), limit=2)
    rest = store.find_happenings(pair=("NOR", "BLR"), limit=2, after=first.after)
    days = [one.last_day for one in (*first.rows, *rest.rows)]
    assert days == [MONDAY + timedelta(days=60), MONDAY + timedelta(days=30), MONDAY]
    assert rest.after is None
    assert store.find_happenings(pair=("NOR", "SWE")).rows == ()
    assert len(store.find_happenings(since=MONDAY + timedelta(days=30)).rows) == 2


def test_reports_read_at_the_same_moment_are_one_happening(store: Store) -> None:
    rounds, start = 4, Barrier(len(RECALL))

    def work(worker: int) -> None:
        own = Store(store.url.render_as_string(hide_password=False))
        for number in range(rounds):
            start.wait(60)
            # Each round has words and a month of its own, so that rounds have nothing to do with each other.
            words = re.sub(r"\b(?!Oslo|Minsk)(?=\w)", "qwxz"[number], RECALL[worker])
            _read(own, f"{number}-{worker}", words, day=MONDAY + timedelta(days=30 * number))
        own.close()

    with ThreadPoolExecutor(len(RECALL)) as pool:
        list(pool.map(work, range(len(RECALL))))
    assert len(store.find_happenings().rows) == rounds
    for number in range(rounds):
        found = store.happenings_of(f"{number}-{worker}" for worker in range(len(RECALL)))
        assert len(found) == len(RECALL)
        assert len(set(found.values())) == 1


def test_words_that_thousands_have_cost_no_more_than_a_thousand(store: Store) -> None:
    dice = random.Random(1)
    gists = {f"a{n}": _gist("hot", f"own{n}", f"shared{dice.randrange(9)}") for n in range(MAX_COUNTED + 200)}
    store.keep_gists(gists)
    near = store.near("a0", days=5)
    assert near.having["hot"] == MAX_COUNTED
    assert near.reports == len(gists)
    assert len(near.gists) == MAX_CANDIDATES < MAX_REPORTS
    assert near.having["own0"] == 1


def test_any_words_can_be_kept_and_found(store: Store) -> None:
    odd = ("it's", "ﬁ", "\N{GREEK SMALL LETTER SIGMA}", "%", "x'); DROP TABLE happenings; --")
    _keep(store, a=_gist(*odd), b=_gist(*odd))
    assert store.near("a", days=5).gists["b"] == _gist(*odd)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_ends_of_the_calendar_have_neighbours_too(day: date, store: Store) -> None:
    store.keep_gists({"a": _gist("x", day=day), "b": _gist("x", day=day)})
    assert set(store.near("a", days=5).gists) == {"b"}


def test_a_report_whose_words_are_forgotten_stays_in_its_happening_and_finds_no_more(store: Store) -> None:
    for number in (0, 1):
        _read(store, f"a{number}", RECALL[number])
    before = _happening(store, "a0")
    later = datetime.now(UTC) + timedelta(minutes=1)
    forgotten = expire_signatures(ExpireSignatures(after_days=1), SimpleNamespace(store=store))  # type: ignore[arg-type]
    assert (forgotten.deleted, forgotten.words) == (0, 0)
    assert store.expire_gists(before=later) > 0
    assert store.expire_gists(before=later) == 0
    _read(store, "a2", RECALL[2])
    assert _happening(store, "a0") == _happening(store, "a1") == before != _happening(store, "a2")
