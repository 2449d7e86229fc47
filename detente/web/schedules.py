"""`/v1/schedules`: jobs that are submitted by the clock."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from detente.contracts.schedules import Firing, Schedule, ScheduleChange, ScheduleName, ScheduleStatus
from detente.schedules import Schedules
from detente.web.backends import Here
from detente.web.bodies import JsonBytes, parsed, request_body
from detente.web.callers import Operator
from detente.web.problems import COMMON, problems
from detente.web.searches import Kind

router = APIRouter(prefix="/v1/schedules", tags=["schedules"])

_EXAMPLE = {
    "name": "front page", "kind": "detente.article.fetch", "cron": "*/30 6-22 * * *", "timezone": "Europe/London",
    "job": {"url": "https://news.example/", "refetch": True}, "catch_up": "skip", "jitter_s": 60,
}  # fmt: skip
NamePath = Annotated[ScheduleName, Path(description="the schedule's name", examples=["raise alerts"])]


class ScheduleGiven(Schedule):
    """A schedule to be added."""

    kind: Kind


class SchedulesShown(BaseModel):
    """The schedules by their names."""

    rows: list[ScheduleStatus]


class SlotsAsked(BaseModel):
    """How many slots."""

    model_config = ConfigDict(extra="forbid")

    count: Annotated[int, Field(ge=1, le=100)] = 10


class SlotsShown(BaseModel):
    """Moments at which a schedule is due, in UTC."""

    rows: list[datetime]


class FiringsShown(BaseModel):
    """The last times that a schedule was due, the newest first."""

    rows: list[Firing]


@router.get("", summary="List schedules", response_model=SchedulesShown, responses=problems(*COMMON))
def list_schedules(caller: Operator, here: Here) -> SchedulesShown:
    """Those of the installation's file and those that were added, with their next slot, or why they are broken."""
    return SchedulesShown(rows=Schedules(here.client).statuses())


@router.post(
    "", summary="Add a schedule", status_code=201, response_model=ScheduleStatus, responses=problems(*COMMON, 408, 409, 413, 415),
    openapi_extra=request_body(ScheduleGiven, examples={"a page twice an hour": {"value": _EXAMPLE}}),
)  # fmt: skip
def add_schedule(caller: Operator, here: Here, body: JsonBytes) -> ScheduleStatus:
    """It begins with its next slot."""
    given = parsed(ScheduleGiven, body)
    return Schedules(here.client).add(Schedule.model_validate(given.model_dump(mode="json")))


@router.get("/{name}", summary="Look at a schedule", response_model=ScheduleStatus, responses=problems(*COMMON, 404))
def show_schedule(name: NamePath, caller: Operator, here: Here) -> ScheduleStatus:
    """Its fields, its last slot and its next one."""
    return Schedules(here.client).get(name)


@router.patch(
    "/{name}", summary="Change a schedule", response_model=ScheduleStatus, responses=problems(*COMMON, 404, 408, 413, 415),
    openapi_extra=request_body(ScheduleChange, examples={"at four": {"value": {"cron": "0 4 * * *"}}}),
)  # fmt: skip
def change_schedule(name: NamePath, caller: Operator, here: Here, body: JsonBytes) -> ScheduleStatus:
    """From its next slot on. What is left out stays."""
    return Schedules(here.client).change(name, parsed(ScheduleChange, body))


@router.delete("/{name}", summary="Remove a schedule", status_code=204, responses=problems(*COMMON, 404))
def remove_schedule(name: NamePath, caller: Operator, here: Here) -> Response:
    """Of a schedule of the file, what was changed; the file's own cannot be removed, but paused."""
    Schedules(here.client).remove(name)
    return Response(status_code=204)


@router.get("/{name}/slots", summary="When a schedule is due", response_model=SlotsShown, responses=problems(*COMMON, 404))
def list_slots(name: NamePath, caller: Operator, here: Here, asked: Annotated[SlotsAsked, Query()]) -> SlotsShown:
    """Its next slots."""
    return SlotsShown(rows=Schedules(here.client).next(name, count=asked.count))


@router.get("/{name}/history", summary="When a schedule was due", response_model=FiringsShown, responses=problems(*COMMON, 404))
def list_firings(name: NamePath, caller: Operator, here: Here) -> FiringsShown:
    """The jobs that were submitted for it."""
    schedules = Schedules(here.client)
    return FiringsShown(rows=schedules.history(schedules.get(name).name))


@router.post("/{name}/run", summary="Run a schedule now", response_model=Firing, responses=problems(*COMMON, 404))
def run_schedule(name: NamePath, caller: Operator, here: Here) -> Firing:
    """Submits its job, besides its slots."""
    return Schedules(here.client).run(name)


@router.post("/{name}/pause", summary="Pause a schedule", response_model=ScheduleStatus, responses=problems(*COMMON, 404))
def pause_schedule(name: NamePath, caller: Operator, here: Here) -> ScheduleStatus:
    """Its slots pass until it is resumed."""
    return Schedules(here.client).pause(name)


@router.post("/{name}/resume", summary="Resume a schedule", response_model=ScheduleStatus, responses=problems(*COMMON, 404))
def resume_schedule(name: NamePath, caller: Operator, here: Here) -> ScheduleStatus:
    """What passed in the pause is not caught up."""
    return Schedules(here.client).resume(name)
