"""A connection to Redis, by the URL of any of the ways in which one is reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from redis.sentinel import Sentinel

from detente.errors import SettingsInvalid
from detente.urls import check_broker_url, masked, sentinels

#: A Redis in the same data centre answers within milliseconds.
CONNECT_S = 1.0
#: What Redis says, before its reasons, where it takes no writes for now: its memory or its disk is full, it is a replica, or
#: its own replicas are away. Of scripts, old ones say it in the middle of a sentence.
REFUSALS = ("OOM ", "MISCONF ", "READONLY ", "NOREPLICAS ")


class WritesRefused(RedisConnectionError):
    """Redis answers, but takes no writes. As with one that is away, it helps to wait, or to connect again."""


class _Patient(Redis):
    """A client for which a refusal is an outage."""

    def parse_response(self, connection: Any, command_name: Any, **options: Any) -> Any:
        try:
            return super().parse_response(connection, command_name, **options)  # type: ignore[no-untyped-call]
        except ResponseError as error:
            if isinstance(error, OutOfMemoryError | ReadOnlyError) or any(word in str(error) for word in REFUSALS):
                raise WritesRefused(str(error)) from error
            raise


def connect(url: str, *, retries: int, answer_s: float, as_text: bool = True) -> Redis:
    """A client of the Redis at a URL; it connects when first used. Where sentinels are named, always to the master of now.

    A call is repeated `retries` times after a broken connection; an answer is awaited for `answer_s` seconds.
    Without `as_text` answers are bytes, as they are.
    Raises SettingsInvalid, without repeating a password.
    """
    check_broker_url(url)
    how: dict[str, Any] = {"socket_connect_timeout": CONNECT_S, "socket_timeout": answer_s, "decode_responses": as_text}
    again = {"retry": _retry(retries), "retry_on_error": [RedisConnectionError, RedisTimeoutError]}
    if urlsplit(url).scheme == "sentinel":
        return _by_sentinels(url, how, again)
    try:
        return _Patient.from_url(url, **how, **again)
    except (ValueError, TypeError) as error:
        raise SettingsInvalid(f"the broker's URL has an option that Redis clients do not know: {type(error).__name__}") from None


def told_away(url: str, error: Exception) -> str:
    """What is said where a call did not come through."""
    if isinstance(error, WritesRefused):
        return f"Redis at {masked(url)} takes no writes for now ({error}); `detente doctor` may say why"
    return f"Redis at {masked(url)} does not answer ({error}); is the system up?"


def asking_sentinels(options: Mapping[str, Any]) -> dict[str, Any]:
    """How a sentinel is asked, with the options that the URL has for it. One that is away is passed over at once.

    By default redis-py asks it four times, with seconds in between, for every connection that is made.
    """
    return {"socket_connect_timeout": CONNECT_S, "socket_timeout": CONNECT_S, "retry": _retry(0), **options}


def _by_sentinels(url: str, how: dict[str, Any], again: dict[str, Any]) -> Redis:
    given = sentinels(url)
    found = Sentinel(list(given.hosts), sentinel_kwargs=asking_sentinels(given.options))  # type: ignore[no-untyped-call]
    redis: Redis = found.master_for(  # type: ignore[no-untyped-call]
        given.master, redis_class=_Patient, db=given.db, username=given.username, password=given.password, **how, **again
    )
    return redis


def _retry(retries: int) -> Retry:
    return Retry(ExponentialBackoff(cap=1.0, base=0.05), retries=retries)
