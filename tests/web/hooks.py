"""What the fuzzer needs to know of the API beyond its description."""

from __future__ import annotations

import json
import os
import uuid
import zlib
from typing import Any

import requests
import schemathesis

#: Jobs with readings that are there, for paths that would else find nothing; and dead letters.
JOBS = os.environ.get("DETENTE_FUZZ_JOBS", "").split()
LETTERS = os.environ.get("DETENTE_FUZZ_LETTERS", "").split()


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Give each request an idempotency key of its own, and every other an id of what exists."""
    headers, path = case.headers or {}, case.operation.path
    if (key := str(headers.get("Idempotency-Key", ""))) and all("!" <= letter <= "~" for letter in key):
        # That a key is refused for another body has tests of its own.
        headers["Idempotency-Key"] = f"{key[:-36]}{uuid.uuid4()}".replace('"', "-")
    if "wait" in str(headers.get("Prefer", "")):
        # The one worker has much to do: few should wait for it, and none for long.
        waits = path == "/v1/articles" and zlib.crc32(repr(case.body).encode()) % 16 == 0
        headers["Prefer"] = f"wait={waits:d}"
    known = LETTERS if "/dead/" in path else [] if "/batches/" in path or "/webhooks/" in path else JOBS
    place = zlib.crc32(repr(case.path_parameters).encode())
    # Of a job that waits for its retry, events come for as long as one listens: all that are followed have ended.
    is_followed = path.endswith("/events") and _is_id(case.path_parameters)
    if known and case.path_parameters and "id" in case.path_parameters and (place % 2 or is_followed):
        id = known[place // 2 % len(known)]
        case.path_parameters["id"] = f"{id}:e1" if "findings" in case.operation.path else id


def _is_id(parameters: Any) -> bool:
    try:
        return bool(uuid.UUID(str((parameters or {}).get("id"))))
    except ValueError:
        return False


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Open queues that were paused or closed: else all that comes after would be refused, and see nothing."""
    if case.path_parameters and case.path_parameters.get("turn") in ("pause", "close"):
        url = response.request.url.rpartition("/")[0] + "/resume"
        requests.post(url, headers=dict(response.request.headers), timeout=10)


@schemathesis.serializer("application/x-ndjson")
def lines(context: Any, value: Any) -> bytes:
    """NDJSON as it comes."""
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()
