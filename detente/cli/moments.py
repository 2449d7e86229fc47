"""Moments as people write them: `2026-01-31T18:00+01:00`, `2026-01-31`, or a duration such as `90s`, `10m`, `2h`, `7d`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Literal

from detente.errors import QueryInvalid

_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def read_moment(text: str | None, *, way: Literal["ahead", "ago"]) -> datetime | None:
    """The moment in UTC; a duration is counted from now. Raises QueryInvalid. A time without a zone is UTC."""
    if text is None:
        return None
    try:
        if duration := _DURATION.fullmatch(text.strip()):
            distance = timedelta(**{_UNITS[duration[2]]: float(duration[1])})
            return datetime.now(UTC) + (distance if way == "ahead" else -distance)
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        said = "2026-01-31T18:00Z or a duration such as 90s, 10m, 2h, 7d"
        raise QueryInvalid(f"{text!r} is no moment: write {said}") from None
