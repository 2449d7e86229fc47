"""Celery's beat with schedules that lie in Redis: any number of beats may run, one leads, and each slot is fired once.

| Redis key | holds | for |
| --- | --- | --- |
| `detente:beat` | who leads | 10 s, and again with each tick |
| `detente:beats:HOST` | that a beat of this host goes round its loop | 30 s, and again with each tick |
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from celery.beat import Scheduler
from redis.exceptions import LockError, RedisError
from redis.lock import Lock

from detente.client import Client
from detente.contracts.schedules import ScheduleStatus
from detente.errors import BrokerUnreachable, QueueFull
from detente.schedules import LEADER, Schedules
from detente.scripts import PREFIX
from tasks.logs import fact
from worker.schedules import load_schedules
from worker.settings import Settings

#: A leader that has not ticked for so long has lost its lead: another takes over a tick later, so within 12 s of a `kill -9`.
LEAD_S = 10.0
#: Slots are minutes; a second is as late as one is fired.
TICK_S = 1.0
#: What supervisors ask for: a beat that was silent for longer does not work.
ALIVE_S = 30
ALIVE = PREFIX + "beats:"


def utc_now() -> datetime:
    return datetime.now(UTC)


def is_beat_up(broker: str) -> bool:
    """Whether a beat of this machine goes round its loop, leading or not."""
    with Client(broker) as client:
        return bool(client.redis.exists(ALIVE + socket.gethostname()))


class Beat(Scheduler):
    """What Celery's beat runs. `clock` tells the time, in UTC."""

    clock: Callable[[], datetime] = staticmethod(utc_now)

    def __init__(self, app: Any, *args: Any, **kwargs: Any) -> None:
        settings: Settings = app.settings
        # At the start, so that a file that is wrong stops beat with the reason.
        self._file = load_schedules(settings.schedules)
        self._client = Client(settings.broker)
        self._leads, self._told = False, dict[str, str]()
        super().__init__(app, *args, **kwargs)

    def setup_schedule(self) -> None:
        """Nothing of it is kept here."""

    @property
    def info(self) -> str:
        return f"    . schedules -> {len(self._file)} of the file, and those in Redis"

    def tick(self, *_: Any, **__: Any) -> float:
        """Lead, or try to; then fire what is due. Returns the seconds until the next tick."""
        try:
            self._client.redis.set(ALIVE + socket.gethostname(), "1", ex=ALIVE_S)
            if self._may_lead():
                self._fire_all(self.clock())
        except (RedisError, BrokerUnreachable) as error:
            fact("beat_waits_for_redis", level=logging.WARNING, error=str(error)[:200])
        return TICK_S

    def close(self) -> None:
        """Leave the lead to another at once."""
        try:
            if self._leads:
                self._lock.release()
        except (LockError, RedisError) as error:
            fact("beat_left_without_saying_so", level=logging.WARNING, error=str(error)[:200])
        self._client.close()

    @cached_property
    def _lock(self) -> Lock:
        return Lock(self._client.redis, LEADER, timeout=LEAD_S, blocking=False, thread_local=False)

    @cached_property
    def _schedules(self) -> Schedules:
        return Schedules(self._client)

    def _may_lead(self) -> bool:
        if self._leads:
            try:
                self._lock.reacquire()
                return True
            except LockError:
                self._leads = False
                fact("beat_lost_its_lead", level=logging.WARNING)
        if self._lock.acquire():
            self._leads = True
            self._schedules.publish(self._file)
            fact("beat_leads", schedules=len(self._file))
        return self._leads

    def _fire_all(self, now: datetime) -> None:
        for status in self._schedules.statuses(now=now):
            self._tell(status.name, status.broken)
            try:
                self._fire(status, now)
            except QueueFull as full:
                self._tell(status.name, str(full))

    def _fire(self, status: ScheduleStatus, now: datetime) -> None:
        for firing in self._schedules.fire(status, now=now):
            facts = firing.model_dump(mode="json", exclude_none=True, exclude={"fired_at"})
            fact("schedule_fired", schedule=status.name, **facts)

    def _tell(self, name: str, trouble: str | None) -> None:
        """Log what is wrong with a schedule, once until it changes."""
        if trouble and self._told.get(name) != trouble:
            fact("schedule_does_not_run", level=logging.WARNING, schedule=name, reason=trouble)
        self._told[name] = trouble or ""
