"""What a message must be before Celery may see it."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any


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
        if [type(part) for part in _body(message["body"], properties)] != [list, dict, dict]:
            raise UnreadableMessage("the body is not [args, kwargs, embed]")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableMessage(f"{type(error).__name__}: {error}"[:500]) from None
    return message


def job_id(entry: bytes) -> str | None:
    """The id of the job in an entry, where it has one."""
    try:
        return str(uuid.UUID(json.loads(entry)["headers"]["id"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _body(body: str, properties: dict[str, Any]) -> Any:
    return json.loads(base64.b64decode(body, validate=True) if properties.get("body_encoding") == "base64" else body)
