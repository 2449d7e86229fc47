"""What requests say in their headers: Idempotency-Key, Prefer, traceparent, If-None-Match; and what answers say there."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse

from detente.contracts import Terms
from detente.web.callers import Submitter
from detente.web.parameters import Moment
from detente.web.problems import IDEMPOTENCY_KEY

#: Longer than this nobody waits in one request: proxies give up after a minute. Ask again, or follow the events.
MAX_WAIT_S = 55
#: A job that nothing delays is done within a second or two.
RETRY_AFTER_S = 2

_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})", re.IGNORECASE)
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])+)"\Z')
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\Z")

_KEY: Any = Header(
    alias=IDEMPOTENCY_KEY, min_length=1, max_length=255, pattern=r"^[!-~]+$", examples=["3c1f2a60-6c1e-4f0e-9d0a-6f7d2b1f9a77"],
    description="A name of your own for this request: sent again with the same key and body, it does nothing new.",
)  # fmt: skip
IdempotencyKey = Annotated[str | None, _KEY]
NeededKey = Annotated[str, _KEY]
Prefer = Annotated[
    str | None,
    Header(
        max_length=1000, examples=["respond-async, wait=20"],
        description=f"`wait=N` waits up to N seconds (at most {MAX_WAIT_S}) for the result (RFC 7240).",
    ),
]  # fmt: skip
Traceparent = Annotated[str | None, Header(max_length=1000, description="W3C trace context, carried into the worker's logs.")]
Webhook = Annotated[
    str | None,
    Header(
        min_length=1, max_length=2000, pattern=r"^[!-~]+$", examples=["https://example.org/hooks/run-7"],
        description="Who is told of the end: the id of a webhook of the key's tenant, or a URL at or under the URL of one.",
    ),
]  # fmt: skip
Deadline = Annotated[
    Moment | None,
    Header(
        examples=["2030-01-01T08:00:00Z"],
        description="A job that has not started by then is not started, and ends as a dead letter.",
    ),
]  # fmt: skip
NotBefore = Annotated[Moment | None, Header(examples=["2030-01-01T08:00:00Z"], description="The job waits until then.")]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match", max_length=1000, description="An `ETag` that you have.")]


def terms(
    caller: Submitter, key: IdempotencyKey = None, traceparent: Traceparent = None, webhook: Webhook = None,
    deadline: Deadline = None, not_before: NotBefore = None,
) -> Terms:  # fmt: skip
    """What goes with a submission."""
    named = key and unquoted(key)
    return Terms(
        tenant=caller.tenant, idempotency_key=named, traceparent=trace(traceparent), webhook=webhook, deadline_at=deadline,
        not_before_at=not_before,
    )  # fmt: skip


Given = Annotated[Terms, Depends(terms)]


def trace(traceparent: str | None) -> str | None:
    """A traceparent that is none is ignored, as its specification asks."""
    return traceparent if traceparent and _TRACEPARENT.match(traceparent) else None


def unquoted(key: str) -> str:
    """The key without the quotation marks that the field's draft asks for and few callers send."""
    match = _QUOTED.match(key)
    return re.sub(r"\\(.)", r"\1", match[1]) if match else key


def wait_s(prefer: str | None) -> int:
    """How many seconds the caller would wait; 0 where they say nothing of it."""
    match = _WAIT.search(prefer or "")
    return min(int(match[1]), MAX_WAIT_S) if match else 0


def tagged(request: Request, content: Any, *, media_type: str = "application/json", **headers: str) -> Response:
    """An answer with an ETag; 304 without a body for a caller that has it already."""
    body = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    tag = f'"{hashlib.sha256(media_type.encode() + body).hexdigest()[:32]}"'
    sent = {"ETag": tag, "Vary": "Accept", **{name.replace("_", "-"): value for name, value in headers.items()}}
    if _has(request.headers.get("If-None-Match"), tag):
        return Response(status_code=304, headers=sent)
    return Response(body, media_type=media_type, headers=sent)


def _has(field: str | None, tag: str) -> bool:
    listed = [item.strip().removeprefix("W/") for item in (field or "").split(",")]
    return tag in listed or listed == ["*"]


def accepted(content: dict[str, Any], *, location: str, **headers: str) -> JSONResponse:
    """202: what was asked for goes on elsewhere."""
    return JSONResponse(content, 202, headers={"Location": location, "Retry-After": str(RETRY_AFTER_S), **headers})
