"""A job's steps as server-sent events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import Header
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from detente.contracts import JobEvent
from detente.errors import UnknownJob
from detente.web.backends import Backends

#: Proxies close connections that are silent for a minute, some for half of one. Nor does a thread wait longer than this.
HEARTBEAT_S = 5.0
#: What a browser waits before it connects again.
RETRY_MS = 2000
_ENDS = ("done", "dead", "cancelled")

LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID", pattern=r"^[0-9]{1,19}(-[0-9]{1,19})?$", examples=["1731931200000-0"],
        description="Go on after this step: what the last event said as its `id`.",
    ),
]  # fmt: skip


class EventStream(StreamingResponse):
    """A stream of events, which gives its place back when it has ended, however it ended."""

    media_type = "text/event-stream"

    def __init__(
        self, content: AsyncIterator[str], status_code: int = 200, *, release: Callable[[], None] = lambda: None
    ) -> None:
        # Proxies that gather answers before they pass them on would hold the events back.
        super().__init__(content, status_code, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._release = release

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._release()


DESCRIPTION: dict[str, Any] = {
    "description": "Each event has the step's name as `event`, its id, and the step as JSON. Comments keep the line open.",
    "content": {
        "text/event-stream": {
            # Of each event, as OpenAPI 3.2 says it under `itemSchema`.
            "schema": {
                "type": "object",
                "required": ["id", "event", "data"],
                "properties": {
                    "id": {"type": "string"},
                    "event": {"type": "string"},
                    "data": {
                        "type": "string",
                        "contentMediaType": "application/json",
                        "contentSchema": {"$ref": "#/components/schemas/JobEvent"},
                    },
                },
            },
            "example": 'id: 1731931200000-0\nevent: started\ndata: {"id": "1731931200000-0", "event": "started"}\n\n',
        }
    },
}


async def steps(here: Backends, id: str, *, after: str) -> AsyncIterator[str]:
    """The steps of a job as they come, until it has ended or the stream has run for long enough: browsers connect again."""
    deadline = time.monotonic() + here.stream_s
    yield f"retry: {RETRY_MS}\n\n"
    # Who comes back after the last step is told at once that there are no more.
    left_s = 0.001
    while True:
        seen = await run_in_threadpool(here.client.ledger.events, id, after=after, wait_s=left_s)
        for step in seen:
            yield event(step)
            after = step.id
        if any(step.event in _ENDS for step in seen):
            return
        if not seen and await run_in_threadpool(_has_ended, here, id):
            for step in await run_in_threadpool(_last_steps, here, id, after):
                yield event(step)
            return
        if time.monotonic() >= deadline:
            yield ": connect again\n\n"
            return
        if not seen and left_s > 1:
            yield ": still here\n\n"
        left_s = max(0.001, min(HEARTBEAT_S, deadline - time.monotonic()))


def event(step: JobEvent) -> str:
    """One step as an event. JSON has no line breaks of its own, so it is one line."""
    return f"id: {step.id}\nevent: {step.event}\ndata: {json.dumps(step.model_dump(mode='json'), ensure_ascii=False)}\n\n"


def _has_ended(here: Backends, id: str) -> bool:
    try:
        return here.client.status(id).state.is_final
    except UnknownJob:
        # Redis has forgotten it, so it ended a week ago at the latest.
        return True


def _last_steps(here: Backends, id: str, after: str) -> list[JobEvent]:
    """What came between the last look and the end; of a job that only the store remembers, all of its history."""
    if steps := here.client.ledger.events(id, after=after):
        return steps
    try:
        return [step for step in here.store.kept_job(id).history if _order(step.id) > _order(after)]
    except UnknownJob:
        return []


def _order(id: str) -> tuple[int, ...]:
    return tuple(map(int, id.split("-")))
