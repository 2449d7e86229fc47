"""When the level of a pair's relations changed: change points in its weekly intensities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

from detente.contracts.dossiers import DossierWeek, TurningPoint

#: A level is one that lasts: fewer weeks are an incident.
LEAST_WEEKS = 3
#: Below this, every split fits something.
LEAST_SERIES = 4 * LEAST_WEEKS
#: Quiet weeks differ by at least this much on Goldstein's scale: half of a meeting. It keeps silence from being noise-free.
LEAST_NOISE = 1.0
#: Of series without a turn, one in a hundred shows one; of steps of two sigma in the middle of a year, nine in ten are found.
PENALTY = 2.0
_WEEK = timedelta(weeks=1)


def weekly_intensities(weeks: Sequence[DossierWeek]) -> list[tuple[date, float]]:
    """The net intensity of each week from the first to the last, those without findings as 0."""
    if not weeks:
        return []
    known = {week.week: week.cooperation + week.conflict for week in weeks}
    first, last = min(known), max(known)
    return [(day, known.get(day, 0.0)) for day in (first + n * _WEEK for n in range((last - first).days // 7 + 1))]


def find_turning_points(weeks: Sequence[DossierWeek]) -> tuple[TurningPoint, ...]:
    """The weeks at which the mean weekly intensity moved to another level that lasted.

    PELT (Killick, Fearnhead and Eckley, 2012) with absolute errors, as `ruptures` has it: with squared ones a single bad week
    is a turn, and back. The penalty is `2 sigma log n`, with sigma from the median step between neighbouring weeks, which a
    change of level hardly moves. `docs/decisions/0140` has how often it errs.
    """
    series = weekly_intensities(weeks)
    if len(series) < LEAST_SERIES:
        return ()
    values = [value for _, value in series]
    bounds = [0, *_change_points(values)]
    means = [sum(values[start:end]) / (end - start) for start, end in pairwise(bounds)]
    turns = zip(bounds[1:-1], pairwise(means), strict=True)
    return tuple(TurningPoint(week=series[at][0], before=round(old, 2), after=round(new, 2)) for at, (old, new) in turns)


def _change_points(values: Sequence[float]) -> list[int]:
    # It loads SciPy, which takes a second; most uses of this room need neither.
    import numpy
    import ruptures

    steps = [abs(new - old) for old, new in pairwise(values)]
    # The median of |x - y| for two normal values is 0.954 sigma.
    sigma = max(median(steps) / 0.954, LEAST_NOISE)
    search = ruptures.Pelt(model="l1", min_size=LEAST_WEEKS, jump=1).fit(numpy.array(values))
    return [int(end) for end in search.predict(pen=PENALTY * sigma * math.log(len(values)))]
