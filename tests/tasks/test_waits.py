"""How long a job that was not ready waits."""

from __future__ import annotations

from itertools import pairwise
from statistics import mean

from tasks.base import BACKOFF_CAP_S, BACKOFF_S, MAX_RETRIES, backoff_s


def test_waits_double_up_to_a_bound_and_no_two_jobs_come_back_together() -> None:
    waits = [[backoff_s(attempt, least_s=None) for _ in range(400)] for attempt in range(MAX_RETRIES)]
    for attempt, found in enumerate(waits):
        assert BACKOFF_S / 2 <= min(found) <= max(found) <= min(BACKOFF_CAP_S, BACKOFF_S * 2**attempt)
        assert len(set(found)) > 300
    means = [mean(found) for found in waits]
    assert all(later > 1.5 * earlier for earlier, later in pairwise(means[:6]))


def test_a_job_is_tried_for_about_four_minutes() -> None:
    waits = [mean(backoff_s(attempt, least_s=None) for _ in range(400)) for attempt in range(MAX_RETRIES)]
    assert 200 < sum(waits) < 300


def test_what_the_other_side_asks_for_is_the_least() -> None:
    assert backoff_s(0, least_s=500) == 500
    assert backoff_s(5, least_s=0.5) >= BACKOFF_S / 2
