"""Serves the application with uvicorn."""

from __future__ import annotations

import asyncio
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from detente.errors import SettingsInvalid

#: A caller who has not said within this time what they want gets no answer: each open connection is memory.
HEADERS_S = 10.0
#: Connections at once; more get 503. Most of them wait for events.
MAX_CONNECTIONS = 512
#: What a stopping server gives those that it is answering.
GOODBYE_S = 5
#: Headers of a request: a key, a cookie or two of others, a trace.
MAX_HEADER_BYTES = 32 * 1024
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class PunctualProtocol(H11Protocol):
    """Closes connections on which no whole request head comes in time, at first or after an answer: uvicorn waits for ever."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait()

    def on_response_complete(self) -> None:
        self._wait()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._late:
            self._late.cancel()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._late:
            self._late.cancel()
        self._late = self.loop.call_later(HEADERS_S, self._close_if_silent)

    def _close_if_silent(self) -> None:
        if (self.cycle is None or self.cycle.response_complete) and not self.transport.is_closing():
            self.transport.close()


def serve(app: FastAPI, *, address: str, port: int, auth: bool) -> None:
    """Answer requests until a signal. Raises SettingsInvalid where an API without keys would be open to others."""
    if not auth and address not in LOOPBACK:
        raise SettingsInvalid(
            "without keys the API listens on this machine alone: unset DETENTE_WEB_AUTH, or --address 127.0.0.1"
        )
    config = uvicorn.Config(
        app, host=address, port=port, http=PunctualProtocol, ws="none", log_config=None, access_log=False, server_header=False,
        # Nothing that a caller claims of itself is believed: keys tell who it is.
        proxy_headers=False, limit_concurrency=MAX_CONNECTIONS, timeout_graceful_shutdown=GOODBYE_S,
        h11_max_incomplete_event_size=MAX_HEADER_BYTES, lifespan="on",
    )  # fmt: skip
    uvicorn.Server(config).run()
