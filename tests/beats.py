"""A beat whose clock may run faster: `celery -A tests.beats beat`.

DETENTE_TEST_CLOCK holds when the fast clock was set, to what, and how fast it goes: seconds since 1970, the same, a factor.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

from worker.beats import Beat
from worker.main import app

__all__ = ["FastBeat", "app"]


def fast_now() -> datetime:
    set_at, to, factor = (float(part) for part in os.environ["DETENTE_TEST_CLOCK"].split(","))
    return datetime.fromtimestamp(to + (time.time() - set_at) * factor, UTC)


class FastBeat(Beat):
    clock = staticmethod(fast_now)


app.conf.beat_scheduler = "tests.beats:FastBeat"
