"""Ask hosts for pages and feeds: as their robots.txt allows, and each in its turn."""

from __future__ import annotations

import time

from detente.contracts.fetching import host_of
from detente.errors import NotReady
from detente.fetching.pages import FetchOptions, Page, fetch
from detente.fetching.robots import crawl_delay_s, take_turn
from tasks.services import Services

#: A turn that comes so soon is waited for; for a later one the job goes back in line, and the worker does something else.
PATIENCE_S = 2.0


def visit(
    url: str, services: Services, *, etag: str | None = None, last_modified: str | None = None,
    options: FetchOptions | None = None,
) -> Page:  # fmt: skip
    """The page as it is now. Raises FetchFailed, and NotReady before the host's turn."""
    host = host_of(url)
    _take_turn(host, _delay_s(url, services), services)

    def redirected(to: str) -> None:
        # Whether the page may be had where the host sends us. Another host has turns of its own.
        delay_s = _delay_s(to, services)
        if (other := host_of(to)) != host:
            _take_turn(other, delay_s, services)

    limits = options or services.fetching
    return fetch(url, limits, etag=etag, last_modified=last_modified, before_redirect=redirected)


def _take_turn(host: str, delay_s: float, services: Services) -> None:
    redis, who = services.ledger.redis, services.job_id
    wait_s = take_turn(host, delay_s, redis=redis, who=who)
    if 0 < wait_s <= PATIENCE_S:
        time.sleep(wait_s)
        wait_s = take_turn(host, delay_s, redis=redis, who=who)
    if wait_s:
        raise NotReady(f"{host} was asked a moment ago", retry_after_s=wait_s)


def _delay_s(url: str, services: Services) -> float:
    """Seconds between two requests to the host. Raises FetchFailed where its robots.txt forbids this one."""
    return crawl_delay_s(url, services.fetching, redis=services.ledger.redis)
