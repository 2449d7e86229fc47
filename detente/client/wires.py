"""Requests over HTTP: connections that are kept, errors that are repeated, answers that are told as errors of detente's own.

Everything that is asked may be asked twice: it changes nothing, or it carries a name (`Idempotency-Key`) under which the API
knows it again. So a request is sent again whenever its answer was lost. Of the standard library alone; no redirects.
"""

from __future__ import annotations

import json
import os
import random
import re
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from select import select
from typing import Any, TypeVar
from urllib.parse import urlsplit

from detente import errors
from detente.errors import ApiUnreachable, DetenteError, QueueFull, RequestRefused, SettingsInvalid

#: Answers after which the same request may well succeed: busy, too many, or something on the way is down.
COME_BACK = frozenset({408, 409, 429, 502, 503, 504})
#: First wait after a broken connection, and the longest one, in seconds.
BACKOFF_S, BACKOFF_CAP_S = 0.1, 5.0
#: An API that says nothing for so long has gone. It holds a batch for two minutes while its queue is full.
ANSWER_S, BATCH_ANSWER_S = 60.0, 180.0
#: A reading of the longest article has some megabytes; whoever sends more is no API of detente.
MAX_ANSWER_BYTES = 256 * 2**20
MAX_PROBLEM_BYTES = 2**20
_KEY = re.compile(r"[!-~]{1,500}\Z")


T = TypeVar("T")


class Wire:
    """Keeps connections to one API, and lends them to threads."""

    def __init__(self, url: str, *, key: str | None, patience_s: float) -> None:
        parts = urlsplit(url)
        if not parts.hostname or parts.username or parts.query or parts.fragment:
            raise SettingsInvalid("the API's URL is https://host, with port and path where it has them; its key goes apart")
        if key is not None and not _KEY.match(key):
            raise SettingsInvalid("the API key is none: it holds blanks or control characters, or letters beyond ASCII")
        self.url, self._base, self._patience_s = url, parts.path.rstrip("/"), patience_s
        self._host, self._port = parts.hostname, parts.port
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._fields = {"Accept": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
        self._idle, self._pid = deque[HTTPConnection](), os.getpid()

    def ask(
        self, method: str, path: str, *, body: bytes | None = None, fields: Mapping[str, str] | None = None,
        timeout_s: float = ANSWER_S,
    ) -> Any:  # fmt: skip
        """The JSON of an answer. Raises the error that the API tells, or ApiUnreachable."""

        def once() -> Any:
            connection, response = self._send(method, path, body, fields or {}, timeout_s)
            try:
                content = _whole(response)
            except BaseException:
                connection.close()
                raise
            if not response.will_close:
                self._idle.append(connection)
            return _json(content, response.status)

        return self._patiently(once)

    def open(self, path: str, *, fields: Mapping[str, str], timeout_s: float) -> tuple[HTTPConnection, HTTPResponse]:
        """An answer that is read as it comes; whoever asked for it closes the connection."""
        return self._patiently(lambda: self._send("GET", path, None, fields, timeout_s))

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _patiently(self, attempt: Callable[[], T]) -> T:
        """Repeat what failed for now, until it succeeds or patience ends."""
        deadline, failures = time.monotonic() + self._patience_s, 0
        while True:
            try:
                return attempt()
            except ssl.SSLCertVerificationError as stranger:
                raise ApiUnreachable(f"{self.url} is not who it says it is ({stranger.verify_message})") from None
            except _Refused as refused:
                reason, wait_s = refused.error, refused.retry_after_s
                if refused.status not in COME_BACK:
                    raise reason from None
            except (OSError, HTTPException) as broken:
                said = str(broken)[:200] or type(broken).__name__
                reason, wait_s = ApiUnreachable(f"the API at {self.url} does not answer ({said}); is it up?"), None
            failures += 1
            wait_s = wait_s if wait_s is not None else _backoff_s(failures)
            if time.monotonic() + wait_s > deadline:
                raise reason
            time.sleep(wait_s)

    def _send(
        self, method: str, path: str, body: bytes | None, fields: Mapping[str, str], timeout_s: float
    ) -> tuple[HTTPConnection, HTTPResponse]:  # fmt: skip
        """Send a request, and read the head of its answer. Raises _Refused where that is none of success."""
        connection = self._connection(timeout_s)
        try:
            try:
                connection.request(method, self._base + path, body, {**self._fields, **fields})
            except (BrokenPipeError, ConnectionResetError):
                # Who refuses a body need not read all of it: the answer may be there already.
                if connection.sock is None:
                    raise
            response = connection.getresponse()
            if response.length is None and not response.chunked:
                raise HTTPException("the head of the answer was cut off")
            if response.status >= 300:
                raise _refusal(response)
        except BaseException:
            connection.close()
            raise
        return connection, response

    def _connection(self, timeout_s: float) -> HTTPConnection:
        if self._pid != os.getpid():
            # After a fork, the parent's connections are the parent's.
            self._idle, self._pid = deque(), os.getpid()
        while self._idle:
            connection = self._idle.pop()
            if connection.sock and not select([connection.sock], [], [], 0)[0]:
                connection.sock.settimeout(timeout_s)
                return connection
            # The other side has closed it: it was idle for too long.
            connection.close()
        if self._tls:
            return HTTPSConnection(self._host, self._port, timeout=timeout_s, context=self._tls)
        return HTTPConnection(self._host, self._port, timeout=timeout_s)


class _Refused(Exception):
    """An answer that is no success."""

    def __init__(self, error: DetenteError, status: int, retry_after_s: float | None) -> None:
        self.error, self.status, self.retry_after_s = error, status, retry_after_s


def _refusal(response: HTTPResponse) -> _Refused:
    """The error that an answer tells: problem details (RFC 9457), or whatever a proxy on the way says."""
    content, status, said = response.read(MAX_PROBLEM_BYTES), response.status, response.getheader("Retry-After") or ""
    retry_after_s = float(said) if said.isdecimal() else None
    try:
        problem = json.loads(content)
        name, told = str(problem["type"]).rpartition(":")[2], _told(problem)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        name, told = "", f"{status} {response.reason}"
    kind = _KNOWN.get(name)
    if kind is None:
        error: DetenteError = ApiUnreachable(told) if status in (502, 503, 504) else RequestRefused(told, status=status)
    elif issubclass(kind, QueueFull):
        error = kind(told, retry_after_s=retry_after_s or 1.0)
    else:
        error = kind(told)
    return _Refused(error, status, retry_after_s)


def _told(problem: Mapping[str, Any]) -> str:
    said = str(problem.get("detail") or problem.get("title"))
    faults = [f"{fault.get('pointer') or fault.get('parameter')}: {fault['detail']}" for fault in problem.get("errors", ())]
    return "; ".join([said, *faults])[:2000]


#: The errors of the API that are errors of the client too, by their names.
_KNOWN: dict[str, type[DetenteError]] = {
    re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower(): kind
    for kind in (
        errors.UnknownJob, errors.UnknownReading, errors.IdempotencyConflict, errors.QueueFull, errors.QueueClosed,
        errors.JobRejected, errors.BrokerUnreachable, errors.StoreUnreachable,
    )
}  # fmt: skip


def _json(content: bytes, status: int) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise RequestRefused("the answer is no JSON: is this the address of the API?", status=status) from None


def _whole(response: HTTPResponse) -> bytes:
    content = response.read(MAX_ANSWER_BYTES + 1)
    if response.length:
        # Asked for at most so many bytes, it gives fewer without a word when the line breaks.
        raise IncompleteRead(content, response.length)
    if len(content) > MAX_ANSWER_BYTES:
        raise HTTPException(f"an answer of more than {MAX_ANSWER_BYTES:,} bytes")
    return content


def _backoff_s(failures: int) -> float:
    # The first time at once: most broken connections are those that were idle for too long.
    longest = 0.0 if failures == 1 else min(BACKOFF_CAP_S, BACKOFF_S * 2.0**failures)
    return random.uniform(longest / 2, longest)  # noqa: S311 - not a secret
