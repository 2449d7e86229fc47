"""Kombu's Redis transport, guarded: a message that cannot be read goes to the dead letters and never to Celery.

Stock workers exit on a list entry that is not JSON, put one with a broken body back and exit again, so that one bad
entry stops every worker and hides what is behind it.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis
from kombu.utils.encoding import bytes_to_str


class UnreadableMessage(ValueError):
    """The message is not one that a Celery worker can read."""


def read_envelope(item: bytes) -> dict[str, Any]:
    """The message in a list entry. Raises UnreadableMessage, with the reason, where a worker could not read it."""
    try:
        message: dict[str, Any] = json.loads(item)
        properties, headers = message["properties"], message["headers"]
        uuid.UUID(headers["id"])
        delivery = properties["delivery_info"]
        strings = (headers["task"], properties["delivery_tag"], delivery["exchange"], delivery["routing_key"])
        if not all(isinstance(string, str) for string in strings):
            raise UnreadableMessage("a header that names something is not a string")
        if (message["content-type"], message["content-encoding"]) != ("application/json", "utf-8"):
            raise UnreadableMessage("the body is not JSON in UTF-8")
        if [type(part) for part in _body(message["body"], properties)] != [list, dict, dict]:
            raise UnreadableMessage("the body is not [args, kwargs, embed]")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableMessage(f"{type(error).__name__}: {error}"[:500]) from None
    return message


def _body(body: str, properties: dict[str, Any]) -> Any:
    return json.loads(base64.b64decode(body, validate=True) if properties.get("body_encoding") == "base64" else body)


class _Guard:
    """Looks at each entry before Celery gets it."""

    _in_poll: Any

    def _brpop_read(self: Any, **options: Any) -> bool:
        try:
            try:
                found = self.client.parse_response(self.client.connection, "BRPOP", **options)
            except self.connection_errors:
                self.client.connection.disconnect()
                raise
            if not found:
                raise Empty
            queue, item = bytes_to_str(found[0]).rsplit(self.sep, 1)[0], found[1]
            self._queue_cycle.rotate(queue)
            try:
                message = read_envelope(item)
            except UnreadableMessage as error:
                self.connection.on_unreadable(queue, item, error)
            else:
                self.connection._deliver(message, queue)
            return True
        finally:
            self._in_poll = None
            self._flush_brpop_reauth()


class GuardedChannel(_Guard, redis.Channel):
    """A channel of one Redis."""


class GuardedSentinelChannel(_Guard, redis.SentinelChannel):
    """A channel of a Redis that sentinels watch."""


class _Tells:
    """`on_unreadable(queue, item, error)` is told of each message that was taken off its queue and not handed on."""

    on_unreadable: Callable[[str, bytes, UnreadableMessage], None]


class GuardedTransport(_Tells, redis.Transport):
    """To one Redis."""

    Channel = GuardedChannel


class GuardedSentinelTransport(_Tells, redis.SentinelTransport):
    """To a Redis that sentinels watch."""

    Channel = GuardedSentinelChannel


def guard_transports(on_unreadable: Callable[[str, bytes, UnreadableMessage], None]) -> None:
    """Make the URL schemes of Redis mean the guarded transport in this process.

    The schemes stay those of stock Celery, so that Flower and Celery's own commands know them.
    """
    _Tells.on_unreadable = staticmethod(on_unreadable)
    names = {"redis": "GuardedTransport", "rediss": "GuardedTransport", "sentinel": "GuardedSentinelTransport"}
    TRANSPORT_ALIASES.update({scheme: f"{__name__}:{name}" for scheme, name in names.items()})
