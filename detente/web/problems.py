"""Errors as problem details (RFC 9457), and the one table from fact to status."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError
from redis.exceptions import TimeoutError as RedisTimeoutError
from starlette.exceptions import HTTPException

from detente import errors
from detente.web import facts

MEDIA_TYPE = "application/problem+json"
#: The header that the draft of its own has a status for, where it is missing.
IDEMPOTENCY_KEY = "Idempotency-Key"
#: Redis restarts within seconds; whoever comes back sooner finds it down still.
DOWN_RETRY_S = 5
#: So many faults of one request are listed; with more, the first tell enough.
MAX_FAULTS = 50

#: The status of each fact, by its class or the nearest one above it.
STATUSES: dict[type[Exception], int] = {
    facts.BodyMalformed: 400,
    facts.IdempotencyKeyMissing: 400,
    facts.KeyMissing: 401,
    facts.ScopeMissing: 403,
    facts.OriginForeign: 403,
    errors.UnknownJob: 404,
    errors.UnknownReading: 404,
    errors.UnknownBatch: 404,
    errors.UnknownWebhook: 404,
    errors.UnknownSchedule: 404,
    errors.UnknownStory: 404,
    errors.UnknownHappening: 404,
    errors.UnknownFeed: 404,
    facts.UnknownFinding: 404,
    # Callers cannot make cursors; one that is none names a page that is not there.
    errors.QueryInvalid: 404,
    facts.TypeUnavailable: 406,
    facts.BodyTooSlow: 408,
    facts.BatchUnderWay: 409,
    errors.BatchOver: 409,
    errors.ScheduleExists: 409,
    facts.BodyTooLarge: 413,
    facts.TypeUnsupported: 415,
    facts.RequestInvalid: 422,
    errors.JobRejected: 422,
    errors.WebhookInvalid: 422,
    errors.ScheduleInvalid: 422,
    errors.FeedInvalid: 422,
    errors.IdempotencyConflict: 422,
    errors.SpanInvalid: 422,
    errors.QueueFull: 429,
    facts.RateExceeded: 429,
    facts.StreamsFull: 429,
    errors.BrokerUnreachable: 503,
    errors.StoreUnreachable: 503,
    errors.DetenteError: 500,
}


class Fault(BaseModel):
    """One thing that is wrong with a request, and where."""

    detail: str
    pointer: str | None = Field(default=None, description="JSON pointer into the body, as a fragment: `#/text`")
    parameter: str | None = None
    header: str | None = None


class Problem(BaseModel):
    """What went wrong, in the form of RFC 9457."""

    type: str = Field(description="names the problem; does not change", examples=["urn:detente:problem:unknown-job"])
    title: str
    status: int = Field(ge=400, le=599)
    detail: str | None = None
    errors: list[Fault] = []


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's words for errors with these statuses."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


#: The caller has the answer already.
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "Nothing changed since the `ETag` in `If-None-Match`"}}
#: What any request with a key may meet.
COMMON = (400, 401, 403, 422, 429, 503)


def answer(error: Exception) -> JSONResponse:
    """The problem document for a fact."""
    kind = next(kind for kind in type(error).__mro__ if kind in STATUSES)
    status = STATUSES[kind]
    shown = type(error) if type(error).__doc__ else kind
    retry_after_s = getattr(error, "retry_after_s", None) or (DOWN_RETRY_S if status == 503 else None)
    headers = {"Retry-After": str(max(1, round(retry_after_s)))} if retry_after_s and status in (408, 409, 429, 503) else {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    faults = getattr(error, "errors", [])
    return document(status, type=_slug(shown), title=_title(shown), detail=str(error), faults=faults, headers=headers)


def document(
    status: int, *, type: str, title: str, detail: str | None = None, faults: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:  # fmt: skip
    content = {"type": f"urn:detente:problem:{type}", "title": title, "status": status}
    content |= {"detail": detail} if detail and detail != title else {}
    content |= {"errors": faults[:MAX_FAULTS]} if faults else {}
    return JSONResponse(content, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def faults_of(error: ValidationError | RequestValidationError, *, inside: str = "body") -> list[dict[str, str]]:
    """What a validation found, each with its place, and never with the value."""
    return [_fault(found["msg"], found["loc"] if found["loc"] else (inside,), inside) for found in error.errors()]


def install(app: FastAPI, *, allowed_methods: Callable[[Request], list[str]]) -> None:
    """Answer all errors of an application with problem documents."""

    def on_http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(allowed_methods(request))
        phrase = HTTPStatus(error.status_code).phrase
        slug, detail = phrase.lower().replace(" ", "-"), error.detail
        if error.status_code == HTTPStatus.NOT_FOUND:
            detail = "there is nothing at this path: GET /openapi.json has all paths, GET /v1/kinds all kinds of jobs"
        return document(error.status_code, type=slug, title=phrase, detail=detail, headers=headers)

    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(errors.DetenteError, lambda _, error: answer(error))
    for away in (RedisConnectionError, RedisTimeoutError, OutOfMemoryError, ReadOnlyError):
        app.add_exception_handler(away, _on_no_redis)
    app.add_exception_handler(Exception, _on_bug)


def _on_invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    if any(found["type"] == "missing" and found["loc"] == ("header", IDEMPOTENCY_KEY) for found in error.errors()):
        return answer(facts.IdempotencyKeyMissing())
    return answer(facts.RequestInvalid(errors=faults_of(error)))


def _on_no_redis(_: Request, error: Exception) -> JSONResponse:
    return answer(errors.BrokerUnreachable())


def _on_bug(_: Request, error: Exception) -> JSONResponse:
    logging.getLogger("detente").error("unforeseen", extra={"facts": {"error": type(error).__name__}})
    return document(500, type="unforeseen", title="Something went wrong that nobody foresaw. The log of the API has it.")


def _fault(message: str, place: tuple[int | str, ...], inside: str) -> dict[str, str]:
    kind, *rest = place if place[0] in ("body", "query", "path", "header") else (inside, *place)
    if kind == "body":
        return {"detail": message, "pointer": "#" + "".join(f"/{_escaped(str(step))}" for step in rest)}
    name = str(rest[0]) if rest else ""
    return {"detail": message, ("header" if kind == "header" else "parameter"): name}


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def _slug(kind: type) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()


def _title(kind: type) -> str:
    return (kind.__doc__ or kind.__name__).partition("\n")[0]
