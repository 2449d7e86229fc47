"""The application: routes, limits, errors, and what it stands on."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import Depends, FastAPI, Request
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import detente
from detente.client import Client
from detente.contracts.feeds import FeedGiven
from detente.contracts.schedules import ScheduleChange
from detente.keys import Keys
from detente.storage import Store
from detente.web import (
    articles,
    batches,
    dead,
    dossiers,
    feeds,
    findings,
    happenings,
    health,
    jobs,
    kinds,
    pages,
    problems,
    queues,
    readings,
    schedules,
    stories,
    webhooks,
)
from detente.web.backends import THREADS, Backends
from detente.web.limits import BodyGate
from detente.web.parameters import known_parameters_alone
from detente.web.rates import Rates
from detente.web.schemas import describe
from detente.web.strangers import StrangerGate
from detente.web.views import Replay

ROUTERS = (
    jobs.router, articles.router, batches.router, readings.router, findings.router, dossiers.router, dead.router,
    stories.router, happenings.router, pages.router, feeds.router, queues.router, schedules.router, kinds.router,
    webhooks.router, health.router,
)  # fmt: skip
#: Bodies that handlers read themselves, besides the jobs.
BODIES = (
    articles.ArticleUpload, findings.ReviewGiven, Replay, webhooks.WebhookGiven, schedules.ScheduleGiven, ScheduleChange,
    FeedGiven,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class WebOptions:
    """What the API is made of, and how strict it is."""

    broker: str
    store: str
    #: Whether callers need keys. Without, whoever reaches the address may do everything.
    auth: bool = True
    #: Requests a minute that one key may make; 0 for no limit.
    rate: int = 600
    #: Origins whose pages may call the API from a browser.
    origins: tuple[str, ...] = ()
    #: How long one stream of events lasts at most; browsers connect again.
    stream_s: float = 900.0


def create_app(options: WebOptions) -> FastAPI:
    """The API as an ASGI application. Nothing connects before the first request."""
    app = FastAPI(
        title="detente", version=detente.__version__, lifespan=_lifespan, redirect_slashes=False, docs_url=None, redoc_url=None,
        openapi_url="/openapi.json", dependencies=[Depends(known_parameters_alone)],
    )  # fmt: skip
    app.state.backends = _backends(options)
    for router in ROUTERS:
        app.include_router(router)
    problems.install(app, allowed_methods=lambda request: _methods(app, request))
    app.openapi = _described(app)  # type: ignore[method-assign]
    app.add_middleware(BodyGate)
    if not options.auth:
        app.add_middleware(StrangerGate)
    if options.origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=options.origins, allow_methods=["*"],
            allow_headers=[
                "Authorization", "Content-Type", "Idempotency-Key", "Prefer", "Last-Event-ID", "If-None-Match", "Deadline",
                "Not-Before", "Webhook", "traceparent",
            ],
            expose_headers=["Location", "Retry-After", "Link", "ETag", "RateLimit", "RateLimit-Policy", "Preference-Applied"],
        )  # fmt: skip
    app.add_middleware(Doorman)
    return app


def _backends(options: WebOptions) -> Backends:
    client = Client(options.broker)
    rates = Rates(client.redis, quota=options.rate) if options.rate else None
    return Backends(
        client=client, store=Store(options.store), keys=Keys(client.redis), rates=rates, is_open=not options.auth,
        stream_s=options.stream_s,
    )  # fmt: skip


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    current_default_thread_limiter().total_tokens = THREADS
    yield
    app.state.backends.client.close()
    app.state.backends.store.close()


def _methods(app: FastAPI, request: Request) -> list[str]:
    """What may be done at the path of a request."""
    found = {
        method
        for router in ROUTERS
        for route in router.routes
        if route.matches(request.scope)[0] is not Match.NONE and getattr(route, "include_in_schema", False)
        for method in getattr(route, "methods", ())
    }
    return sorted(found) or ["GET"]


def _described(app: FastAPI) -> Callable[[], dict[str, Any]]:
    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(app, version=app.version, bodies=BODIES)
        return app.openapi_schema

    return openapi


class Doorman:
    """Tells in every answer what is left of the caller's allowance, and that browsers must not guess types; logs each request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *_fields(scope)]
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            took_ms = round((time.perf_counter() - began) * 1000, 1)
            facts = {"method": scope["method"], "path": scope["path"][:200], "status": status, "took_ms": took_ms}
            logging.getLogger("detente").info("request", extra={"facts": facts})


def _fields(scope: Scope) -> list[tuple[bytes, bytes]]:
    allowance = scope.get("state", {}).get("allowance")
    fields = {"X-Content-Type-Options": "nosniff", **(allowance.fields() if allowance else {})}
    return [(name.encode(), value.encode()) for name, value in fields.items()]
