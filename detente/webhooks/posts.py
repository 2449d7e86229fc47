"""One request to an endpoint: to the very address that was checked, within a time limit, without following anybody."""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException, HTTPResponse
from ipaddress import IPv4Network, IPv6Network
from typing import cast
from urllib.parse import SplitResult, urlsplit

import detente
from detente.fetching.headers import retry_after_s
from detente.webhooks.addresses import resolve

#: What is read of an answer: the standard has headers of a few hundred bytes, and bodies do not matter.
MAX_HEAD, MAX_BODY = 32_768, 2048
#: Characters of an answer that is no success that go into the log.
EXCERPT_CHARS = 200
#: How long the body of such an answer is waited for, once its head has come.
BODY_S = 1.0

Networks = tuple[IPv4Network | IPv6Network, ...]


@dataclass(frozen=True)
class Answer:
    """What came back. `error` is None where the request counts as delivered."""

    ms: int
    status: int | None = None
    error: str | None = None
    excerpt: str | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class WebhookOptions:
    """How deliveries are made."""

    #: The time for one request; the standard advises 15 to 30 seconds.
    timeout_s: float = 15.0
    #: Waits after the first, second… failed attempt: the example of the standard, over three days.
    schedule_s: tuple[float, ...] = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
    #: Private networks that webhooks may go to all the same.
    networks: Networks = ()


class _Late(Exception):
    """The time is up."""


def post(url: str, body: bytes, headers: Mapping[str, str], *, timeout_s: float, networks: Networks = ()) -> Answer:
    """Post once. Never raises for what the other side or the network does: the answer says it.

    Private addresses are refused, but for those in `networks`.
    """
    began = time.monotonic()
    parts = urlsplit(url)
    try:
        with _connect(parts, began + timeout_s, networks) as connection:
            connection.sendall(_request(parts, body, headers))
            response, excerpt = _response(connection, began + timeout_s)
    except (_Late, TimeoutError):
        return Answer(_ms(began), error=f"no answer within {timeout_s:g} s")
    except (OSError, HTTPException, ValueError) as error:
        return Answer(_ms(began), error=f"{type(error).__name__}: {error}"[:300])
    return _judged(response, excerpt, _ms(began))


def _judged(response: HTTPResponse, excerpt: bytes, ms: int) -> Answer:
    if 200 <= response.status < 300:
        return Answer(ms, response.status)
    error = "redirected; update the webhook's URL" if 300 <= response.status < 400 else f"answered {response.status}"
    text = excerpt.decode("utf-8", "replace")[:EXCERPT_CHARS] or None
    return Answer(ms, response.status, error, text, retry_after_s(response.headers))


def _connect(parts: SplitResult, deadline: float, networks: Networks) -> socket.socket:
    """A connection to an address that was checked. Checking the name alone would let it change in between."""
    host, is_secure = cast(str, parts.hostname), parts.scheme == "https"
    address = resolve(host, parts.port or (443 if is_secure else 80), timeout_s=_left(deadline), networks=networks)
    connection = socket.create_connection(address, timeout=_left(deadline))
    if not is_secure:
        return connection
    try:
        connection.settimeout(_left(deadline))
        return _tls().wrap_socket(connection, server_hostname=host)
    except BaseException:
        connection.close()
        raise


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _request(parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> bytes:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    fields = {
        "Host": parts.netloc, "User-Agent": f"detente/{detente.__version__}", "Content-Type": "application/json",
        "Content-Length": str(len(body)), "Accept": "*/*", "Connection": "close", **headers,
    }  # fmt: skip
    lines = [f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode("ascii") + body


def _response(connection: socket.socket, deadline: float) -> tuple[HTTPResponse, bytes]:
    """The head of the answer, and the beginning of its body where it is no success."""
    received = _head(connection, deadline)
    response = HTTPResponse(cast(socket.socket, _Canned(received)), method="POST")
    response.begin()
    if 200 <= response.status < 300:
        return response, b""
    size = received.index(b"\r\n\r\n") + 4
    return response, _body(connection, received[size:], min(deadline, time.monotonic() + BODY_S))


def _head(connection: socket.socket, deadline: float) -> bytes:
    received = b""
    while True:
        head, end, rest = received.partition(b"\r\n\r\n")
        if end and head.startswith((b"HTTP/1.1 1", b"HTTP/1.0 1")):
            received = rest  # "Continue" and the like: the answer is still to come.
        elif end:
            return received
        elif len(received) > MAX_HEAD:
            raise HTTPException("the head of the answer is too long")
        else:
            received += _more(connection, deadline)


def _body(connection: socket.socket, received: bytes, deadline: float) -> bytes:
    try:
        while len(received) < MAX_BODY:
            received += _more(connection, deadline)
    except (OSError, HTTPException, _Late):
        pass  # What has come is enough for a log.
    return received[:MAX_BODY]


def _more(connection: socket.socket, deadline: float) -> bytes:
    connection.settimeout(_left(deadline))
    if piece := connection.recv(MAX_BODY):
        return piece
    raise HTTPException("the connection was closed before an answer came")


class _Canned:
    """Bytes that were received, as the socket that `http.client` reads from."""

    def __init__(self, received: bytes) -> None:
        self._received = received

    def makefile(self, _: str) -> io.BytesIO:
        return io.BytesIO(self._received)


def _left(deadline: float) -> float:
    """Seconds until the deadline. A limit on each step alone would let a slow sender go on for ever."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise _Late
    return left


def _ms(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
