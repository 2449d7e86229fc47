"""Pages of answers: so many rows, and where to go on. Rows that come in meanwhile shift nothing."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from detente.errors import QueryInvalid
from detente.storage.columns import storable_text

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

#: What one answer may hold. A finding is about 1 KB, so a page stays below 1 MB.
MAX_PAGE_ROWS = 1000


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows of an answer. `after` asks for the next page; it is None on the last."""

    rows: tuple[T, ...]
    after: str | None = None


def check_limit(limit: int) -> int:
    if not 1 <= limit <= MAX_PAGE_ROWS:
        raise QueryInvalid(f"a page has 1 to {MAX_PAGE_ROWS} rows, not {limit}")
    return limit


def one_of(kinds: type[E], value: str) -> str:
    """The value, if it is one that exists: a misspelt one would find nothing and say nothing."""
    try:
        return kinds(value).value
    except ValueError:
        raise QueryInvalid(f"{value!r} is not one of {', '.join(kinds)}") from None


def page_of(found: Sequence[Any], *, limit: int, make: Callable[[Any], T], place: Callable[[Any], Sequence[Any]]) -> Page[T]:
    """A page from one row more than it has room for: the last of them only tells that there is a next page."""
    shown = found[:limit]
    after = write_cursor(place(shown[-1])) if len(found) > limit else None
    return Page(tuple(make(row) for row in shown), after)


def write_cursor(place: Sequence[Any]) -> str:
    values = [value.isoformat() if isinstance(value, date) else value for value in place]
    return urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: type) -> list[Any]:
    """The place that a cursor names. Raises QueryInvalid for anything but a cursor of the same question."""
    try:
        values = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [_value(value, kind) for value, kind in zip(values, kinds, strict=True)]
    except (ValueError, TypeError, RecursionError):
        raise QueryInvalid("`after` takes what the page before gave as its `after`") from None


def _value(value: Any, kind: type) -> Any:
    if kind in (date, datetime):
        read: date = kind.fromisoformat(value)
        if isinstance(read, datetime) and read.tzinfo is None:
            raise ValueError(value)
        return read
    if type(value) is not kind or not _can_be_asked(value):
        raise ValueError(value)
    return value


def _can_be_asked(value: Any) -> bool:
    """PostgreSQL takes no odd characters, and for an integer column nothing beyond 32 bits."""
    return value == storable_text(value) if isinstance(value, str) else abs(value) < 2**31
