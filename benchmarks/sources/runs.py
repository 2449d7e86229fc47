"""Polls a made web through its days, with real workers, and notes what is seen on the way."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psutil

from benchmarks.sources.webs import MadeWeb, opened
from benchmarks.sources.worlds import World
from detente.contracts import PollFeeds
from detente.contracts.feeds import FeedState
from detente.embedded import EmbeddedServer
from detente.feeds.subscriptions import subscribe
from tests.systems import System
from tests.waiting import wait_for

#: Polls that are due within so much simulated time go together, as if beat came by that seldom.
STEP = timedelta(minutes=10)
#: A step takes a second or two; this is for a machine that is busy with other things.
STEP_S, END_S = 120.0, 900.0


class FetchingSystem(System):
    """Its workers may fetch from the hosts of a made web, and hardly wait between two requests."""

    @property
    def env(self) -> dict[str, str]:
        return {
            **super().env, "DETENTE_FETCH_NETWORKS": '["127.0.1.0/24"]', "DETENTE_FETCH_DELAY_S": "0.005",
            "DETENTE_SOFT_TIME_LIMIT_S": "100", "DETENTE_TIME_LIMIT_S": "110",
        }  # fmt: skip


@dataclass
class Run:
    """What was seen. `troubles` are those that each feed was in at any time; `memory_mb` what the worker's processes had."""

    world: World
    web: MadeWeb
    system: System
    ids: list[str]
    took_s: float = 0.0
    steps: int = 0
    troubles: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    memory_mb: list[list[float]] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)


def run(world: World, folder: Path, *, told: Callable[[str], None], then: Callable[[Run], None]) -> None:
    """Go through the days of a world, and call `then` with what was seen while all of it is still there."""
    with ExitStack() as stack:
        server = stack.enter_context(EmbeddedServer(folder / "redis"))
        system = FetchingSystem(server.url, f"sqlite:///{folder / 'detente.db'}", folder)
        stack.enter_context(closing(system))
        system.store.upgrade()
        web = stack.enter_context(opened(world))
        rows = [{"url": web.feed_url(feed)} for feed in world.feeds]
        ids = [str(one.feed) for one in subscribe(system.store, rows, now=world.start)]
        worker = stack.enter_context(system.worker())
        seen, began = Run(world, web, system, ids), time.monotonic()
        _go(seen, psutil.Process(worker.pid), told)
        seen.took_s = time.monotonic() - began
        then(seen)


def _go(seen: Run, worker: psutil.Process, told: Callable[[str], None]) -> None:
    store, now, day = seen.system.store, seen.world.start, -1
    while now <= seen.world.end:
        seen.web.now = now
        seen.system.client.submit(PollFeeds(at=now)).result(timeout_s=STEP_S)
        try:
            wait_for(lambda at=now: not store.due_feeds(at=at), timeout_s=STEP_S)  # type: ignore[misc]
        except AssertionError:
            seen.stuck += [feed.url for feed in store.due_feeds(at=now)]
            return
        _look(seen, worker)
        if (passed := (now - seen.world.start).days) > day:
            day = passed
            told(f"day {day}: {seen.steps} steps, {sum(seen.memory_mb[-1]):.0f} MB in {len(seen.memory_mb[-1])} processes")
        ahead = [feed.next_poll_at for feed in _feeds(seen) if feed.state is FeedState.ACTIVE]
        now = max(min(ahead, default=seen.world.end) + STEP, now + STEP)
        # The last look is at the very end.
        now = min(now, seen.world.end) if seen.web.now < seen.world.end else now
    wait_for(lambda: _is_idle(seen.system), timeout_s=END_S)
    _look(seen, worker)


def _look(seen: Run, worker: psutil.Process) -> None:
    """Note troubles and memory."""
    seen.steps += 1
    for feed in _feeds(seen):
        if feed.trouble:
            seen.troubles[feed.id].add(feed.trouble)
        if feed.moved_from:
            seen.troubles[feed.id].add("moved")
    processes = [worker, *worker.children(recursive=True)]
    seen.memory_mb.append([process.memory_info().rss / 1e6 for process in processes])


def _feeds(seen: Run) -> list:  # type: ignore[type-arg]
    return list(seen.system.store.find_feeds(now=seen.web.now, limit=1000).rows)


def _is_idle(system: System) -> bool:
    queues = system.client.queues()
    return not any(queue.depth or queue.in_flight or queue.delayed or queue.held for queue in queues)
