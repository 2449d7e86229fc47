"""A connection to Redis, by the URL of any of the ways in which one is reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from redis.sentinel import Sentinel

from detente.errors import SettingsInvalid
from detente.urls import check_broker_url, sentinels

#: A Redis in the same data centre answers within milliseconds.
CONNECT_S = 1.0


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
        return Redis.from_url(url, **how, **again)
    except (ValueError, TypeError) as error:
        raise SettingsInvalid(f"the broker's URL has an option that Redis clients do not know: {type(error).__name__}") from None


def asking_sentinels(options: Mapping[str, Any]) -> dict[str, Any]:
    """How a sentinel is asked, with the options that the URL has for it. One that is away is passed over at once.

    By default redis-py asks it four times, with seconds in between, for every connection that is made.
    """
    return {"socket_connect_timeout": CONNECT_S, "socket_timeout": CONNECT_S, "retry": _retry(0), **options}


def _by_sentinels(url: str, how: dict[str, Any], again: dict[str, Any]) -> Redis:
    given = sentinels(url)
    found = Sentinel(list(given.hosts), sentinel_kwargs=asking_sentinels(given.options))  # type: ignore[no-untyped-call]
    redis: Redis = found.master_for(  # type: ignore[no-untyped-call]
        given.master, db=given.db, username=given.username, password=given.password, **how, **again
    )
    return redis


def _retry(retries: int) -> Retry:
    return Retry(ExponentialBackoff(cap=1.0, base=0.05), retries=retries)
