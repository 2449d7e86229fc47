"""What a host's robots.txt allows (RFC 9309), and when the host may be asked again, for all workers together.

| Redis key | holds | for |
| --- | --- | --- |
| `detente:robots:ORIGIN` | the text of robots.txt, or that it could not be had | a day; ten minutes where it could not |
| `detente:host:HOST` | when the host was asked last, and when it is free for the next who asks | until it is free |
| `detente:turn:HOST:WHO` | when it is the turn of a job | an hour longer |
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from protego import Protego

from detente.fetching.failures import FailureKind, FetchFailed
from detente.fetching.pages import FetchOptions, checked, fetch
from detente.scripts import script

if TYPE_CHECKING:
    from redis import Redis

#: RFC 9309 asks to read at least 500 KiB, and not to trust a copy for longer than a day.
MAX_BYTES = 512_000
#: A page's redirects lead past the rules of several hosts, all within the limit of one job.
TIMEOUT_S = 10.0
KEPT_S, KEPT_FAILURE_S = 24 * 3600, 600
#: Some hosts ask for hours between requests; longer than this would hold their articles back for good.
MAX_DELAY_S = 60.0
#: These mean that there are no rules. Anything else that goes wrong means that nothing is allowed for now.
_NO_RULES = frozenset({
    FailureKind.NOT_FOUND, FailureKind.GONE, FailureKind.PAYWALL, FailureKind.REFUSED, FailureKind.EMPTY,
    FailureKind.TOO_MANY_REDIRECTS,
})  # fmt: skip
#: These are what is wrong with every page of the host, and are said of each.
_OF_THE_HOST = frozenset({FailureKind.UNREACHABLE, FailureKind.BAD_CERTIFICATE, FailureKind.TOO_SLOW})
_ALLOWED, _UNKNOWN = b"+", b"-"


def crawl_delay_s(url: str, options: FetchOptions, *, redis: Redis) -> float:
    """Seconds between two requests to the host. Raises FetchFailed (blocked_by_robots) where the URL may not be fetched,
    and FetchFailed (not_now, or what is wrong with the host) while its rules cannot be had."""
    parts = checked(url)
    rules = _parsed(_rules(f"{parts.scheme}://{parts.netloc}", options, redis))
    agent = options.agent.partition("/")[0]
    if not rules.can_fetch(parts.geturl(), agent):
        raise FetchFailed(FailureKind.BLOCKED_BY_ROBOTS, f"robots.txt of {parts.hostname} forbids it")
    return min(max(rules.crawl_delay(agent) or 0.0, options.delay_s), MAX_DELAY_S)


def names_sitemap(url: str, sitemap: str, options: FetchOptions, *, redis: Redis) -> bool:
    """Whether robots.txt of a URL's host names a sitemap, wherever that lies: then it may speak for the host (sitemaps.org).
    Raises FetchFailed while its rules cannot be had."""
    parts = checked(url)
    return sitemap in _parsed(_rules(f"{parts.scheme}://{parts.netloc}", options, redis)).sitemaps


def take_turn(host: str, delay_s: float, *, redis: Redis, who: str = "") -> float:
    """Zero where the host may be asked now, by whoever called; or the seconds until it may be.

    That moment is kept for `who`, for an hour, so that of a thousand who wait each has to come back once, and not each until
    it was faster than all others. Callers without a name share one.
    """
    wait_ms = redis.register_script(script("turn"))(args=[host, who, max(1, round(delay_s * 1000))])
    return cast(int, wait_ms) / 1000


def _rules(origin: str, options: FetchOptions, redis: Redis) -> bytes:
    key = f"detente:robots:{origin}"
    kept = redis.get(key)
    if kept is None:
        kept = _asked(origin, options)
        redis.set(key, kept, ex=KEPT_FAILURE_S if kept.startswith(_UNKNOWN) else KEPT_S)
    kept = kept.encode() if isinstance(kept, str) else kept
    if kept.startswith(_UNKNOWN):
        kind, _, why = kept[1:].decode().partition(" ")
        raise FetchFailed(FailureKind(kind), f"robots.txt of {origin} cannot be had: {why}", retry_after_s=KEPT_FAILURE_S)
    return kept[1:]


def _asked(origin: str, options: FetchOptions) -> bytes:
    timeout_s = min(TIMEOUT_S, options.timeout_s)
    try:
        body = fetch(f"{origin}/robots.txt", replace(options, max_bytes=MAX_BYTES, cut=True, timeout_s=timeout_s)).body or b""
    except FetchFailed as failed:
        if failed.kind is FailureKind.PRIVATE_ADDRESS:
            raise
        kind = failed.kind if failed.kind in _OF_THE_HOST else FailureKind.NOT_NOW
        return _ALLOWED if failed.kind in _NO_RULES else _UNKNOWN + f"{kind} {failed}".encode("utf-8", "replace")
    # As text once and for all: a client of Redis may be one that decodes.
    return _ALLOWED + body.decode("utf-8", "replace").encode()


@lru_cache(maxsize=64)
def _parsed(rules: bytes) -> Protego:
    return Protego.parse(rules.decode())
