"""What an article is about is told from its words, names and acts; reports on one thing are alike, others are not."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language

from benchmarks.stories.happenings import (
    PRECISION_FLOOR,
    RECALL_FLOOR,
    count_pairs,
    load_reports,
    place_reports,
    read_reports,
)
from detente.analysis.happenings import KEPT_WORDS, find_gist, is_same_happening, likeness, rarities, shares_act
from detente.contracts import Actor
from detente.contracts.happenings import Act, Gist
from tests.readings import make_article, make_event, make_reading, make_tie, readings, span

MONDAY = date(2024, 3, 4)


def _actor(name: str, kind: str = "person", **facts: Any) -> Actor:
    return Actor(id=name, name=name, kind=kind, mentions=(span(name),), **facts)  # type: ignore[arg-type]


def _gist(*words: str, day: date = MONDAY, pairs: tuple[str, ...] = ("PAK-RUS",), acts: tuple[Act, ...] = ()) -> Gist:
    return Gist(day=day, pairs=pairs, acts=acts, words=dict.fromkeys(words, 1.0))


def _act(*, plover: str = "CONSULT", day: date = MONDAY) -> Act:
    return Act(pair="PAK-RUS", plover=plover, first=day, last=day)


def test_names_weigh_most_and_words_of_any_report_least() -> None:
    article = make_article(text="Nora Quill discussed insulin with the minister.")
    gist = find_gist(make_reading(article, actors=(_actor("Nora Quill"),), ties=(make_tie(),)), day=MONDAY)
    assert gist
    assert gist.words["quill"] > gist.words["insuli"] > gist.words["minist"]
    assert "the" not in gist.words


def test_the_names_of_the_states_themselves_say_nothing() -> None:
    article = make_article(text="Russia sold helicopters.")
    gist = find_gist(make_reading(article, actors=(_actor("Russia", "state", country="RUS"),), ties=(make_tie(),)), day=MONDAY)
    assert gist
    assert set(gist.words) == {"sold", "helico"}


def test_an_act_is_on_its_own_day_or_on_that_of_the_report() -> None:
    day = MONDAY - timedelta(days=3)
    found = find_gist(make_reading(events=(make_event(on=(day, day)), make_event("e2", plover="ACCUSE"))), day=MONDAY)
    assert found
    assert [(act.plover, act.first) for act in found.acts] == [("CONSULT", day), ("ACCUSE", MONDAY)]


def test_an_article_is_about_the_states_that_it_names_most() -> None:
    actors = (_actor("Oslo", "state", country="NOR"), _actor("Ivo Marsh", country="BLR"))
    found = find_gist(make_reading(actors=actors), day=MONDAY)
    assert found
    assert found.pairs == ("BLR-NOR",)
    assert find_gist(make_reading(actors=actors[:1]), day=MONDAY) is None


def test_a_long_article_keeps_no_more_words_than_a_short_one() -> None:
    article = make_article(text=" ".join(f"x{number}" for number in range(1000)))
    gist = find_gist(make_reading(article, ties=(make_tie(),)), day=MONDAY)
    assert gist
    assert len(gist.words) == KEPT_WORDS


def test_a_word_that_all_reports_have_makes_none_alike() -> None:
    one, other = _gist("talks", "a", "b"), _gist("talks", "c", "d")
    rare, common = rarities({"talks": 2}, reports=1000), rarities({"talks": 1000}, reports=1000)
    assert likeness(one, other, rare) > 5 * likeness(one, other, common)


def test_reports_that_share_an_act_need_share_fewer_words() -> None:
    words = tuple("abcdefg")
    one, other = _gist("x", *words, acts=(_act(),)), _gist("x", *(word.upper() for word in words), acts=(_act(),))
    apart = _gist("x", *(word.upper() for word in words), acts=(_act(plover="ACCUSE"),))
    assert is_same_happening(one, other, {})
    assert not is_same_happening(one, apart, {})


def test_acts_a_day_apart_are_one_and_three_days_apart_are_two() -> None:
    def shares(days: int) -> bool:
        return shares_act(_gist(acts=(_act(),)), _gist(acts=(_act(day=MONDAY + timedelta(days=days)),)))

    assert [shares(days) for days in (-3, -1, 0, 1, 3)] == [False, True, True, True, False]


def test_reports_on_other_pairs_or_weeks_are_never_one_happening() -> None:
    assert is_same_happening(_gist("x"), _gist("x"), {})
    assert not is_same_happening(_gist("x"), _gist("x", pairs=("IND-RUS",)), {})
    assert not is_same_happening(_gist("x"), _gist("x", day=MONDAY + timedelta(days=6)), {})


def test_made_reports_are_grouped_as_they_should_be(nlp: Language) -> None:
    rows = load_reports(held=False)
    with tempfile.TemporaryDirectory() as folder:
        found = place_reports(read_reports(rows, nlp), f"sqlite:///{folder}/store.db")
    right, wrong, missed = count_pairs(rows, found)
    assert right / (right + wrong) >= PRECISION_FLOOR
    assert right / (right + missed) >= RECALL_FLOOR


@settings(deadline=None)
@given(readings, readings, st.dates())
def test_any_two_readings_can_be_compared_in_either_order(one: Any, other: Any, day: date) -> None:
    a, b = find_gist(one, day=day), find_gist(other, day=day)
    if a and b:
        assert likeness(a, b, {}) == likeness(b, a, {})
        assert is_same_happening(a, b, {}) == is_same_happening(b, a, {})
        assert 0 <= likeness(a, b, {}) <= 1.0000001
