"""Schedules as beats and operators share them, in Redis.

| Redis key | holds | for |
| --- | --- | --- |
| `detente:schedules` | name to schedule: those that were added, and changes of those of the file | ever |
| `detente:schedules:file` | name to schedule: those of the leading beat's file | ever |
| `detente:schedules:paused` | names of those that are paused | ever |
| `detente:schedules:slots` | name to the last slot that was seen to, in seconds since 1970 | ever |
| `detente:schedules:history:NAME` | the last firings, the newest first | 90 days after the last |

A slot is fired once, whatever beats do: the id of its job is made of the schedule's name and the slot, and Redis takes a job with
a known id for the one that it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid5

from pydantic import ValidationError

from detente.client.ids import new_id
from detente.contracts import JOBS, Job, Terms, reasons
from detente.contracts.schedules import CatchUp, Firing, FiringKind, Origin, Schedule, ScheduleChange, ScheduleStatus
from detente.errors import IdempotencyConflict, JobRejected, ScheduleExists, ScheduleInvalid, UnknownSchedule
from detente.scripts import PREFIX
from detente.slots import check_times, last_slot, next_slots, slots_between

if TYPE_CHECKING:
    from detente.client import Client

#: A schedule that skips what it missed still runs what a beat sees so late: another had to take over.
LATE_S = 60.0
#: Slots of one schedule that are caught up at once; the rest follows a second later.
MOST_SLOTS = 100
#: A beat looks at all of them every second.
MAX_SCHEDULES = 1000
KEPT_FIRINGS, HISTORY_S = 100, 90 * 24 * 3600
#: Names firings, so that no other job has their ids.
_NAMESPACE = UUID("5f0a52a4-0f0e-5b6c-9d1f-2f7f6f2b7a11")
_KEY = PREFIX + "schedules"
#: Held by the beat that leads.
LEADER = PREFIX + "beat"
#: Moves the mark of the last slot forward, never back: a beat that was frozen may come late.
_ADVANCE = """
local last = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '-1')
if tonumber(ARGV[2]) > last then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
"""


def check_schedule(schedule: Schedule) -> Job[Any]:
    """The job that a schedule submits. Raises ScheduleInvalid, with what is wrong."""
    if schedule.kind not in JOBS:
        raise ScheduleInvalid(f"no job of kind {schedule.kind!r}; there are {', '.join(sorted(JOBS))}")
    check_times(schedule)
    try:
        return JOBS[schedule.kind].model_validate(schedule.job)
    except ValidationError as error:
        raise ScheduleInvalid(f"not a valid {schedule.kind}: {reasons(error)}") from None


def slot_job_id(name: str, slot: datetime) -> str:
    """The id of the job of a slot."""
    return str(uuid5(_NAMESPACE, f"{name}@{slot.astimezone(UTC).isoformat()}"))


class Schedules:
    """Reads and changes schedules, and submits what is due. Errors of the connection are redis-py's own."""

    def __init__(self, client: Client) -> None:
        self._client, self._redis = client, client.redis

    def has_beat(self) -> bool:
        """Whether a beat leads."""
        return bool(self._redis.exists(LEADER))

    def publish(self, schedules: Sequence[Schedule]) -> None:
        """Put the schedules of a file in place of those that were published before."""
        pipe = self._redis.pipeline()
        pipe.delete(_KEY + ":file")
        for schedule in schedules:
            pipe.hset(_KEY + ":file", schedule.name, schedule.model_dump_json())
        pipe.execute()

    def statuses(self, *, now: datetime | None = None) -> list[ScheduleStatus]:
        """All schedules by their names, with those that are broken."""
        now = now or datetime.now(UTC)
        pipe = self._redis.pipeline()
        for name in (":file", "", ":slots"):
            pipe.hgetall(_KEY + name)
        pipe.smembers(_KEY + ":paused")
        in_file, added, slots, paused = cast(tuple[Any, Any, Any, Any], pipe.execute())
        return [
            _status(name, in_file=in_file, added=added, is_paused=name in paused, last=slots.get(name), now=now)
            for name in sorted({*in_file, *added})
        ]

    def get(self, name: str) -> ScheduleStatus:
        """Raises UnknownSchedule."""
        for status in self.statuses():
            if status.name == name:
                return status
        raise UnknownSchedule(f"there is no schedule {name!r}: `detente schedules` shows them")

    def add(self, schedule: Schedule) -> ScheduleStatus:
        """Add a schedule, whose first slot is the next. Raises ScheduleInvalid and ScheduleExists."""
        check_schedule(schedule)
        if self._redis.hlen(_KEY) >= MAX_SCHEDULES:
            raise ScheduleInvalid(f"there are {MAX_SCHEDULES:,} schedules, and no more fit: remove one")
        if self._redis.hexists(_KEY + ":file", schedule.name) or not self._redis.hsetnx(_KEY, schedule.name, _json(schedule)):
            raise ScheduleExists(f"there is a schedule {schedule.name!r} already: change it, or take another name")
        self._forget_slot(schedule.name)
        return self.get(schedule.name)

    def change(self, name: str, change: ScheduleChange) -> ScheduleStatus:
        """Change some fields, from the next slot on. Raises UnknownSchedule and ScheduleInvalid."""
        status = self.get(name)
        if status.schedule is None:
            raise ScheduleInvalid(f"{status.broken}: remove it, and add it anew")
        changed = status.schedule.model_copy(update=change.model_dump(exclude_none=True))
        check_schedule(changed)
        self._redis.hset(_KEY, name, _json(changed))
        self._forget_slot(name)
        return self.get(name)

    def remove(self, name: str) -> None:
        """Remove what was added or changed; of a changed schedule, what the file says holds again. Raises UnknownSchedule."""
        if not self._redis.hdel(_KEY, name):
            self.get(name)
            raise ScheduleInvalid(f"{name!r} is in the file of the installation: pause it, or take it out there")
        self._forget_slot(name)
        self._redis.srem(_KEY + ":paused", name)

    def pause(self, name: str) -> ScheduleStatus:
        """Let its slots pass. Raises UnknownSchedule."""
        self._redis.sadd(_KEY + ":paused", self.get(name).name)
        return self.get(name)

    def resume(self, name: str) -> ScheduleStatus:
        """Go on with the next slot: what passed in the pause is not caught up. Raises UnknownSchedule."""
        if self.get(name).is_paused:
            self._forget_slot(name)
            self._redis.srem(_KEY + ":paused", name)
        return self.get(name)

    def run(self, name: str) -> Firing:
        """Submit its job now, besides its slots. Raises UnknownSchedule and ScheduleInvalid."""
        status, now = self.get(name), datetime.now(UTC)
        if status.schedule is None:
            raise ScheduleInvalid(status.broken)
        job = check_schedule(status.schedule)
        receipt = self._client.submit(job, id=new_id(), terms=Terms(tenant=status.schedule.tenant))
        return self._note(name, Firing(kind=FiringKind.BY_HAND, slot_at=now, fired_at=now, job=receipt.id))

    def next(self, name: str, *, count: int, after: datetime | None = None) -> list[datetime]:
        """Its next slots, in UTC. Raises UnknownSchedule and ScheduleInvalid."""
        status = self.get(name)
        if status.schedule is None:
            raise ScheduleInvalid(status.broken)
        return next_slots(status.schedule, after=after or datetime.now(UTC), count=count)

    def history(self, name: str) -> list[Firing]:
        """Its last firings, the newest first."""
        return [Firing.model_validate_json(one) for one in cast(Any, self._redis.lrange(f"{_KEY}:history:{name}", 0, -1))]

    def fire(self, status: ScheduleStatus, *, now: datetime) -> list[Firing]:
        """Submit what is due of a schedule, and note it. Raises QueueFull where that must wait.

        A schedule that nobody has looked at before begins now.
        """
        schedule = status.schedule
        if schedule is None:
            return []
        if status.last_slot_at is None or status.is_paused:
            self._advance(status.name, now)
            return []
        return [self._fire(schedule, slot, now=now) for slot in _due(schedule, after=status.last_slot_at, now=now)]

    def _fire(self, schedule: Schedule, slot: datetime, *, now: datetime) -> Firing:
        late = (now - slot).total_seconds() > LATE_S
        firing = Firing(kind=FiringKind.CAUGHT_UP if late else FiringKind.SLOT, slot_at=slot, fired_at=now)
        try:
            firing = firing.model_copy(update={"job": self._submit(schedule, slot)})
        except (ScheduleInvalid, JobRejected, IdempotencyConflict) as error:
            # What cannot be submitted now never can; its slot must not hold up those to come.
            firing = firing.model_copy(update={"kind": FiringKind.REFUSED, "reason": str(error)[:500]})
        self._advance(schedule.name, slot)
        return self._note(schedule.name, firing)

    def _submit(self, schedule: Schedule, slot: datetime) -> str:
        id = slot_job_id(schedule.name, slot)
        put_off = timedelta(seconds=schedule.jitter_s * (UUID(id).int % 10_000) / 10_000)
        terms = Terms(tenant=schedule.tenant, not_before_at=slot + put_off if put_off else None)
        return self._client.submit(check_schedule(schedule), id=id, terms=terms).id

    def _note(self, name: str, firing: Firing) -> Firing:
        key = f"{_KEY}:history:{name}"
        pipe = self._redis.pipeline()
        pipe.lpush(key, firing.model_dump_json(exclude_none=True))
        pipe.ltrim(key, 0, KEPT_FIRINGS - 1)
        pipe.expire(key, HISTORY_S)
        pipe.execute()
        return firing

    def _advance(self, name: str, slot: datetime) -> None:
        self._redis.eval(_ADVANCE, 1, _KEY + ":slots", name, str(slot.timestamp()))

    def _forget_slot(self, name: str) -> None:
        """What was due before it was changed is not caught up."""
        self._redis.hdel(_KEY + ":slots", name)


def _due(schedule: Schedule, *, after: datetime, now: datetime) -> list[datetime]:
    """The slots to be fired now."""
    if schedule.catch_up is CatchUp.ALL:
        return slots_between(schedule, after=after, until=now, most=MOST_SLOTS)
    last = last_slot(schedule, after=after, until=now)
    if last is None or (schedule.catch_up is CatchUp.SKIP and (now - last).total_seconds() > LATE_S):
        return []
    return [last]


def _status(
    name: str, *, in_file: Mapping[str, str], added: Mapping[str, str], is_paused: bool, last: str | None, now: datetime
) -> ScheduleStatus:
    origin = Origin.FILE if name not in added else Origin.CHANGED if name in in_file else Origin.ADDED
    facts: dict[str, Any] = {"name": name, "origin": origin, "is_paused": is_paused}
    facts["last_slot_at"] = datetime.fromtimestamp(float(last), UTC) if last else None
    try:
        schedule = Schedule.model_validate_json(added.get(name) or in_file[name])
        check_schedule(schedule)
        upcoming = next_slots(schedule, after=now, count=1)
    except ValidationError as error:
        return ScheduleStatus(**facts, broken=f"not a valid schedule: {reasons(error)}")
    except ScheduleInvalid as error:
        return ScheduleStatus(**facts, broken=str(error))
    return ScheduleStatus(**facts, schedule=schedule, next_slot_at=upcoming[0] if upcoming and not is_paused else None)


def _json(schedule: Schedule) -> str:
    return schedule.model_dump_json()
