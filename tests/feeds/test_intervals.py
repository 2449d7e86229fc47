"""How often a feed is looked at, and when its silence is odd."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.feeds.intervals import FIRST_S, LEAST_S, MOST_S, failed_interval_s, interval_s, is_silent, next_poll_at, usual_gap_s

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
HOUR, DAY = 3600.0, 86_400.0
SECONDS = st.floats(0, 1e9)


def test_the_usual_gap_is_the_mean_of_those_that_are_known() -> None:
    assert usual_gap_s([NOON + timedelta(hours=number) for number in (0, 1, 4)]) == 2 * HOUR
    assert usual_gap_s([NOON, NOON]) is None
    assert usual_gap_s([NOON] * 5) is None


def test_a_feed_is_polled_twice_in_its_usual_gap() -> None:
    assert interval_s(6 * HOUR, idle_s=0, asked_s=None) == 3 * HOUR
    assert interval_s(None, idle_s=0, asked_s=None) == FIRST_S
    assert interval_s(60, idle_s=0, asked_s=None) == LEAST_S
    assert interval_s(30 * DAY, idle_s=0, asked_s=None) == MOST_S


def test_a_feed_that_slows_down_is_polled_less_often_before_its_mean_says_so() -> None:
    assert interval_s(HOUR, idle_s=HOUR, asked_s=None) == HOUR / 2
    assert interval_s(HOUR, idle_s=2 * DAY, asked_s=None) == DAY / 4


@given(gap=st.none() | SECONDS, idle=SECONDS, asked=st.none() | SECONDS)
def test_every_wait_is_within_bounds_and_no_shorter_than_asked(gap: float | None, idle: float, asked: float | None) -> None:
    wait = interval_s(gap, idle_s=idle, asked_s=asked)
    assert max(LEAST_S, min(asked or 0, MOST_S)) <= wait <= MOST_S


def test_failures_double_the_wait_up_to_a_day_and_the_host_may_ask_for_more() -> None:
    assert [failed_interval_s(failures, asked_s=None) for failures in (1, 2, 3, 9, 5000)] == [600, 1200, 2400, MOST_S, MOST_S]
    assert failed_interval_s(1, asked_s=5000) == 5000
    assert failed_interval_s(1, asked_s=1e9) == MOST_S


def test_waits_are_shaken_by_a_tenth() -> None:
    assert next_poll_at(NOON, HOUR, shake=0.5) == NOON + timedelta(hours=1)
    assert next_poll_at(NOON, HOUR, shake=0) == NOON + timedelta(minutes=54)
    assert next_poll_at(NOON, HOUR, shake=1) == NOON + timedelta(minutes=66)


def test_hours_and_days_that_a_feed_leaves_out_are_passed_over() -> None:
    assert next_poll_at(NOON, HOUR * 1.4, shake=0.5, skip_hours=(13, 14)) == NOON + timedelta(hours=3)
    # Noon is on a Monday.
    assert next_poll_at(NOON, HOUR, shake=0.5, skip_days=(0, 1)) == datetime(2026, 6, 17, 0, tzinfo=UTC)
    assert next_poll_at(NOON, HOUR, shake=0.5, skip_hours=range(24)) == NOON + timedelta(hours=1)


@given(
    wait=st.floats(0, MOST_S), shake=st.floats(0, 1), hours=st.sets(st.integers(0, 23), max_size=23),
    days=st.sets(st.integers(0, 6), max_size=6),
)  # fmt: skip
def test_the_next_poll_is_never_in_the_past_nor_at_a_time_that_is_left_out(
    wait: float, shake: float, hours: set[int], days: set[int]
) -> None:
    at = next_poll_at(NOON, wait, shake=shake, skip_hours=tuple(hours), skip_days=tuple(days))
    assert at >= NOON
    assert at.hour not in hours
    assert at.weekday() not in days


@pytest.mark.parametrize(
    ("gap", "idle", "silent"),
    [
        (HOUR, 12 * HOUR, False), (HOUR, 3 * DAY, True), (DAY, 7 * DAY, False), (DAY, 9 * DAY, True), (None, 20 * DAY, False),
        (None, 31 * DAY, True),
    ],
)  # fmt: skip
def test_silence_is_odd_when_it_is_much_longer_than_usual(gap: float | None, idle: float, silent: bool) -> None:
    assert is_silent(gap, idle_s=idle) is silent
