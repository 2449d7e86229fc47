"""What a message must be before Celery may see it."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import UTC, datetime
from typing import Any

#: What Celery's headers must be, where they are given: it trips over any other.
_KINDS = {"retries": int, "timelimit": list, "stamps": dict, "stamped_headers": list, "expires": str}


class UnreadableMessage(ValueError):
    """The message is not one that a Celery worker can read."""


def read_envelope(entry: bytes) -> dict[str, Any]:
    """The message in a list's entry. Raises UnreadableMessage, with the reason, where a worker could not read it."""
    try:
        message: dict[str, Any] = json.loads(entry)
        properties, headers = message["properties"], message["headers"]
        uuid.UUID(headers["id"])
        delivery = properties["delivery_info"]
        names = (headers["id"], headers["task"], delivery["exchange"], delivery["routing_key"])
        if not all(isinstance(name, str) for name in names):
            raise UnreadableMessage("a header that names something is not a string")
        if (message["content-type"], message["content-encoding"]) != ("application/json", "utf-8"):
            raise UnreadableMessage("the body is not JSON in UTF-8")
        due_ms(headers.get("eta"))
        _check_concurrency(headers.get("concurrency"))
        _check_kinds(headers)
        if [type(part) for part in json.loads(body_of(message))] != [list, dict, dict]:
            raise UnreadableMessage("the body is not [args, kwargs, embed]")
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise UnreadableMessage(f"{type(error).__name__}: {error}"[:500]) from None
    return message


def job_id(entry: bytes) -> str | None:
    """The id of the job in an entry, where it has one."""
    try:
        return str(uuid.UUID(json.loads(entry)["headers"]["id"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def due_ms(eta: Any) -> int | None:
    """When a message may run, in milliseconds, from Celery's header. Raises ValueError or TypeError."""
    if not eta:
        return None
    due = datetime.fromisoformat(eta)
    return int((due if due.tzinfo else due.replace(tzinfo=UTC)).timestamp() * 1000)


def without_eta(message: dict[str, Any]) -> int | None:
    """Take the time before which a message may not run out of its headers: it is kept beside it. Returns it."""
    headers = message.get("headers") or {}
    due = due_ms(headers.get("eta"))
    if due:
        headers["eta"] = None
    return due


def _check_kinds(headers: dict[str, Any]) -> None:
    for name, kind in _KINDS.items():
        if headers.get(name) is not None and type(headers[name]) is not kind:
            raise UnreadableMessage(f"the header {name} is no {kind.__name__}")
    if not all(limit is None or isinstance(limit, int | float) for limit in headers.get("timelimit") or ()):
        raise UnreadableMessage("a time limit is no number")


def _check_concurrency(limit: Any) -> None:
    if limit is not None and not (isinstance(limit["key"], str) and isinstance(limit["limit"], int) and limit["limit"] > 0):
        raise UnreadableMessage("the limit of concurrency is not a key and a number")


def body_of(message: dict[str, Any]) -> bytes | str:
    """The body as JSON text. Raises ValueError."""
    body: str = message["body"]
    return base64.b64decode(body, validate=True) if message["properties"].get("body_encoding") == "base64" else body
