"""When to look at a feed again, and when its silence is odd. Pure: times in, times out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

#: No feed is polled more often, however much is in it: its entries wait that long at most.
LEAST_S = 600.0
#: …nor less often, so that what was silent for a year is seen within a day.
MOST_S = 86_400.0
#: A feed of which nobody knows yet how often it changes.
FIRST_S = 3600.0
#: Polls between two entries, as a rule: so an entry waits for a quarter of the usual gap on average.
POLLS_A_GAP = 2
#: Of a time without entries so much counts as a gap: a feed that slows down is polled less often, long before its mean says so.
IDLE_SHARE = 0.25
#: How much longer than usual a feed must be without an entry, and at least, to be called silent.
SILENT_GAPS, SILENT_LEAST_S = 8, 2 * 86_400.0
#: …and one of which fewer than three entries are known.
SILENT_UNKNOWN_S = 30 * 86_400.0
#: Each wait is longer or shorter by up to this share, so that feeds of one host or hour drift apart.
JITTER = 0.1


def usual_gap_s(appeared: Sequence[datetime]) -> float | None:
    """The mean time between two entries; None where fewer than three are known, or all appeared at once."""
    if len(appeared) < 3:
        return None
    span_s = (max(appeared) - min(appeared)).total_seconds()
    return span_s / (len(appeared) - 1) or None


def interval_s(gap_s: float | None, *, idle_s: float, asked_s: float | None) -> float:
    """How long to wait after a poll that did not fail. What the feed or its host asks for is the least."""
    gap = FIRST_S * POLLS_A_GAP if gap_s is None else gap_s
    wanted = max(gap, idle_s * IDLE_SHARE) / POLLS_A_GAP
    return min(max(wanted, asked_s or 0.0, LEAST_S), MOST_S)


def failed_interval_s(failures: int, *, asked_s: float | None) -> float:
    """How long to wait after so many failed polls: twice as long each time, and never less than the host asks for."""
    return min(max(LEAST_S * 2.0 ** min(failures - 1, 20), asked_s or 0.0), MOST_S)


def next_poll_at(
    now: datetime, wait_s: float, *, shake: float, skip_hours: Sequence[int] = (), skip_days: Sequence[int] = ()
) -> datetime:
    """The time after a wait, in whole seconds, put off past hours and days in which the feed asks not to be polled.

    `shake`, from 0 to 1, is the jitter.
    """
    at = (now + timedelta(seconds=wait_s * (1 + JITTER * (2 * shake - 1)))).replace(microsecond=0)
    for hours in range(7 * 24 + 1):
        later = at.replace(minute=0, second=0) + timedelta(hours=hours) if hours else at
        if later.hour not in skip_hours and later.weekday() not in skip_days:
            return later
    # It asks never to be polled, which nobody means.
    return at


def is_silent(gap_s: float | None, *, idle_s: float) -> bool:
    """Whether there was no entry for much longer than usual."""
    return idle_s > (SILENT_UNKNOWN_S if gap_s is None else max(SILENT_GAPS * gap_s, SILENT_LEAST_S))
