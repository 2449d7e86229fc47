"""Limits on bodies: how large, how slow. Whoever sends may be hostile, or merely broken."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from detente.web.facts import BodyTooLarge, BodyTooSlow
from detente.web.problems import answer

#: The longest HTML page that a job may hold, of Cyrillic letters that JSON writes as `\\u0436`, and something to spare.
MAX_BODY_BYTES = 16 * 2**20
#: 100,000 rows of 10 KB. Rows are read as they arrive, so this bounds the time that one request takes, not memory.
MAX_BATCH_BYTES = 2**30
#: A caller that sends nothing for so long is not slow but gone.
IDLE_S = 10.0
#: All of a body that is no batch: 16 MB arrive within it at 2 Mbit/s.
BODY_S = 60.0
#: The same of a batch: while its queue is full, a batch waits.
BATCH_S = 3600.0
#: Paths whose bodies are read as they arrive.
STREAMED = frozenset({"/v1/batches"})


class BodyGate:
    """Lets no body through that is larger or slower than its limits, whatever the handler does with it."""

    def __init__(self, app: ASGIApp, *, idle_s: float = IDLE_S) -> None:
        self._app, self._idle_s = app, idle_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        streamed = scope["path"] in STREAMED
        limit = MAX_BATCH_BYTES if streamed else MAX_BODY_BYTES
        if _announced(scope) > limit:
            await answer(_too_large(limit))(scope, receive, send)
            return
        gated = _Gated(receive, limit=limit, idle_s=self._idle_s, total_s=BATCH_S if streamed else BODY_S)
        await self._app(scope, gated.receive, send)


class _Gated:
    def __init__(self, receive: Receive, *, limit: int, idle_s: float, total_s: float) -> None:
        self._receive, self._limit, self._idle_s = receive, limit, idle_s
        self._deadline = asyncio.get_running_loop().time() + total_s
        self._seen = 0
        self._whole = False

    async def receive(self) -> Message:
        if self._whole:
            # What comes after the body is the caller's leaving, for which one may wait for ever.
            return await self._receive()
        left = self._deadline - asyncio.get_running_loop().time()
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, min(self._idle_s, left)))
        except TimeoutError:
            raise BodyTooSlow from None
        self._seen += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._seen > self._limit:
            raise _too_large(self._limit)
        return message


def _announced(scope: Scope) -> int:
    """The size that the caller says the body has; 0 where it does not."""
    sizes = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(sizes[0]) if sizes and sizes[0].isdigit() else 0


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"the body is larger than {limit:,} bytes, the most that is taken here")
