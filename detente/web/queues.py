"""`/v1/queues`: how the queues stand; pause, close and resume them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from detente.contracts import Queue, QueueStatus
from detente.queues import Queues
from detente.web.backends import Backends, Here
from detente.web.callers import Operator, Reader
from detente.web.problems import COMMON, problems

router = APIRouter(prefix="/v1/queues", tags=["queues"])


class QueuesShown(BaseModel):
    """The queues, the most urgent first."""

    rows: list[QueueStatus]


class Turn(StrEnum):
    """What can be done to a queue."""

    PAUSE = "pause"
    RESUME = "resume"
    CLOSE = "close"


@router.get("", summary="How the queues stand", response_model=QueuesShown, responses=problems(*COMMON))
def list_queues(caller: Reader, here: Here) -> QueuesShown:
    """Their depth, the age of what waits longest, and what workers have of them. Only operators see it by tenant."""
    hidden: dict[str, Any] = {} if caller.operates else {"tenants": {}}
    return QueuesShown(rows=[status.model_copy(update=hidden) for status in here.client.queues()])


@router.post("/{name}/{turn}", summary="Pause, close or resume a queue", response_model=QueueStatus, responses=problems(*COMMON))
def turn_queue(name: Queue, turn: Turn, caller: Operator, here: Here) -> QueueStatus:
    """From a paused queue nothing is taken; to a closed one nothing is submitted; `resume` undoes both."""
    _turns(here)[turn](name)
    return next(status for status in here.client.queues() if status.name == name)


def _turns(here: Backends) -> dict[Turn, Callable[[str], None]]:
    queues = Queues(here.client.redis)
    return {Turn.PAUSE: queues.pause, Turn.CLOSE: queues.close, Turn.RESUME: queues.resume}
