"""What temporal expressions mean, seen from a day of publication."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.analysis.dates import find_times, resolve_date

#: A Wednesday.
PUBLISHED = date(2024, 5, 15)

PAST = [
    ("yesterday", "2024-05-14", "2024-05-14"),
    ("today", "2024-05-15", "2024-05-15"),
    ("overnight", "2024-05-14", "2024-05-15"),
    ("Tuesday", "2024-05-14", "2024-05-14"),
    ("Thursday", "2024-05-09", "2024-05-09"),
    ("last Wednesday", "2024-05-08", "2024-05-08"),
    ("last week", "2024-05-06", "2024-05-12"),
    ("this week", "2024-05-13", "2024-05-19"),
    ("next week", "2024-05-20", "2024-05-26"),
    ("last month", "2024-04-01", "2024-04-30"),
    ("last year", "2023-01-01", "2023-12-31"),
    ("three days ago", "2024-05-12", "2024-05-12"),
    ("the past two weeks", "2024-05-01", "2024-05-15"),
    ("in November", "2023-11-01", "2023-11-30"),
    ("October 31", "2023-10-31", "2023-10-31"),
    ("31 October 2012", "2012-10-31", "2012-10-31"),
    ("October 31, 2012", "2012-10-31", "2012-10-31"),
    ("late February 2012", "2012-02-21", "2012-02-29"),
    ("2014", "2014-01-01", "2014-12-31"),
    ("by 2030", "2030-01-01", "2030-12-31"),
    ("2024-02-29", "2024-02-29", "2024-02-29"),
]


@pytest.mark.parametrize(("text", "first", "last"), PAST, ids=[row[0] for row in PAST])
def test_a_time_in_the_past_is_the_most_recent_one(text: str, first: str, last: str) -> None:
    assert resolve_date(text, PUBLISHED) == (date.fromisoformat(first), date.fromisoformat(last))


AHEAD = [("Thursday", "2024-05-16"), ("Wednesday", "2024-05-22"), ("in April", "2025-04-01"), ("May 2", "2025-05-02")]


@pytest.mark.parametrize(("text", "first"), AHEAD, ids=[row[0] for row in AHEAD])
def test_a_time_ahead_is_the_next_one(text: str, first: str) -> None:
    assert resolve_date(text, PUBLISHED, ahead=True)[0] == date.fromisoformat(first)


@pytest.mark.parametrize("text", ["last week", "Tuesday", "in June"])
def test_without_a_day_of_publication_nothing_is_guessed(text: str) -> None:
    assert resolve_date(text, None) == (None, None)


@pytest.mark.parametrize("text", ["February 30", "soon", "", "June 31, 2012"])
def test_what_is_no_day_has_none(text: str) -> None:
    assert resolve_date(text, PUBLISHED) == (None, None)


def test_a_verb_is_not_the_month_of_may() -> None:
    assert [time.text for time in find_times("Chad may go in May and march in March")] == ["May", "March"]


@given(st.text())
def test_times_point_at_their_own_words(text: str) -> None:
    for time in find_times(text):
        assert text[time.start : time.end] == time.text
        first, last = resolve_date(time.text, PUBLISHED)
        assert first is None or last is None or first <= last
