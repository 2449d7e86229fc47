"""What SQLite and PostgreSQL store differently, made alike: times, JSON, characters."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

#: Times outside of these years are kept as the nearest of them. A database that shows times in its own zone could not
#: give back the first and the last day that Python knows.
EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, tzinfo=UTC)
#: A job that is nested deeper than this is never a valid one; its dead letter need not repeat it to the bottom.
MAX_DEPTH = 100

#: JSON as text in SQLite, and as JSONB in PostgreSQL, where it can be searched.
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

# PostgreSQL takes neither of them in text: NUL, and halves of surrogate pairs. Replaced one by one, so that offsets stay.
_UNSTORABLE = dict.fromkeys([0, *range(0xD800, 0xE000)], "\N{REPLACEMENT CHARACTER}")


class UtcDateTime(TypeDecorator[datetime]):
    """Aware times in, aware UTC out. SQLite keeps no zones, so it gets the UTC time without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        utc = in_utc(value)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def in_utc(at: datetime) -> datetime:
    """The same moment in UTC, within the years that every database can give back. Raises ValueError for a naive time."""
    if at.tzinfo is None:
        raise ValueError("a time to be stored needs a time zone")
    try:
        return min(max(at.astimezone(UTC), EARLIEST), LATEST)
    except OverflowError:
        return EARLIEST if at.year == 1 else LATEST


def utc_day(at: date | datetime) -> date:
    """The day of a moment in UTC; a day stays as it is."""
    return in_utc(at).date() if isinstance(at, datetime) else at


def storable(value: Any, *, depth: int = 0) -> Any:
    """The value with U+FFFD for characters that PostgreSQL cannot store, and words for numbers that JSON cannot."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if depth > MAX_DEPTH:
        return "(nested too deeply to be kept)" if isinstance(value, dict | list | tuple) else value
    if isinstance(value, dict):
        return {storable_text(str(key)): storable(item, depth=depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item, depth=depth + 1) for item in value]
    return value


def storable_text(text: str) -> str:
    """The text, as long as before, with U+FFFD for each NUL and lone surrogate."""
    return text if text.isascii() and "\0" not in text else text.translate(_UNSTORABLE)
