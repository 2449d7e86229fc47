"""What hosts say of time in their headers."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime

#: The longest that a host may ask to be left alone.
MAX_RETRY_AFTER_S = 24 * 3600
_MAX_AGE = re.compile(r"(?<![\w-])max-age\s{0,9}=\s{0,9}\"?(\d{1,9})", re.ASCII | re.IGNORECASE)


def retry_after_s(headers: Message) -> float | None:
    """Seconds, from seconds or a date; None where neither is given."""
    asked = (headers.get("Retry-After") or "").strip()
    if asked.isascii() and asked.isdigit():
        return float(min(int(asked[:9]), MAX_RETRY_AFTER_S))
    try:
        left_s = (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(left_s, 0.0), MAX_RETRY_AFTER_S)


def max_age_s(headers: Message) -> float | None:
    """Seconds for which nothing changes, as `Cache-Control` says; None where it does not."""
    found = _MAX_AGE.search(headers.get("Cache-Control") or "")
    return float(found[1]) if found else None
