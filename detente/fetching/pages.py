"""Get one page: over connections to the very addresses that were checked, within limits, following redirects."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import detente
from detente.contracts.fetching import MAX_URL_CHARS
from detente.fetching.charsets import decode
from detente.fetching.failures import FailureKind, FetchFailed
from detente.fetching.headers import max_age_s, retry_after_s
from detente.webhooks.addresses import AddressRefused, Networks, resolve

#: Bytes that are received at once.
PIECE = 65_536
#: The watch comes so much after the deadline, so that whoever sees its work sees the deadline passed.
GRACE_S = 0.01
REDIRECTS = frozenset({301, 302, 303, 307, 308})
NOT_MODIFIED = 304
_STATUSES = {
    402: FailureKind.PAYWALL, 404: FailureKind.NOT_FOUND, 408: FailureKind.NOT_NOW, 410: FailureKind.GONE,
    425: FailureKind.NOT_NOW, 429: FailureKind.NOT_NOW,
}  # fmt: skip
#: Longer marks are not sent back: a host must not make us carry what it likes.
MAX_MARK_CHARS = 500
#: How documents of HTML begin (WHATWG MIME Sniffing Standard; not its shorter signs).
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s{0,512}(?:<!--(?:(?!-->).){0,512}-->\s{0,512}){0,4}<(?:!doctype html|html|head|body)[\s>]", re.I | re.S
)
_SAFE = "/%:=&?~+!$,;'@()*[]#|"


@dataclass(frozen=True, kw_only=True)
class FetchOptions:
    """What one fetch may take, redirects and all."""

    agent: str = f"detente/{detente.__version__} (news reader)"
    timeout_s: float = 30.0
    #: Between two requests to a host whose robots.txt does not ask for more.
    delay_s: float = 1.0
    #: Of the body, both as sent and unpacked. News pages have up to 1 MB.
    max_bytes: int = 5_000_000
    #: Whether a body with more is cut, and not refused.
    cut: bool = False
    max_redirects: int = 5
    #: The types that are asked for.
    accept: str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5"
    #: Private networks that may be fetched from all the same.
    networks: Networks = ()


@dataclass(frozen=True, kw_only=True)
class Page:
    """What came back. `body` is unpacked, and None where nothing has changed since the last time."""

    url: str
    status: int
    body: bytes | None
    content_type: str | None
    charset: str | None
    etag: str | None
    last_modified: str | None
    #: Whether every redirect on the way was permanent: then the old URL may be forgotten.
    moved: bool
    #: Seconds for which the host says that nothing changes (`Cache-Control: max-age`).
    max_age_s: float | None = None

    def text(self) -> str:
        """The body as text. Raises FetchFailed (bad_charset)."""
        return decode(self.body or b"", declared=self.charset)[0]


class _Empty(HTTPException):
    """Nothing came."""


def fetch(
    url: str, options: FetchOptions, *, etag: str | None = None, last_modified: str | None = None,
    before_redirect: Callable[[str], object] = lambda url: None,
) -> Page:  # fmt: skip
    """Get a page, or learn that it has not changed. Raises FetchFailed for everything else.

    `before_redirect` is called with each URL that the page is redirected to, and may raise.
    """
    deadline = time.monotonic() + options.timeout_s
    conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    statuses: list[int] = []
    while len(statuses) <= options.max_redirects:
        parts = checked(url)
        page = _once(parts, {name: value for name, value in conditions.items() if value}, options, deadline, statuses)
        if isinstance(page, Page):
            return page
        url = urljoin(parts.geturl(), page)
        before_redirect(url)
    raise FetchFailed(FailureKind.TOO_MANY_REDIRECTS, f"redirected more than {options.max_redirects} times")


def checked(url: str) -> SplitResult:
    """The parts of a URL that may be fetched. Raises FetchFailed (bad_url)."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").encode("idna").decode("ascii"), parts.port
    except (ValueError, UnicodeError):
        raise FetchFailed(FailureKind.BAD_URL, "this is no URL") from None
    if parts.scheme not in ("http", "https") or not host or len(url) > MAX_URL_CHARS:
        raise FetchFailed(FailureKind.BAD_URL, "only http and https URLs of a host are fetched, of at most 2,000 characters")
    if "@" in parts.netloc or port == 0 or not all(sign.isalnum() or sign in "-._:" for sign in host):
        raise FetchFailed(FailureKind.BAD_URL, "URLs with passwords, odd hosts or ports are not fetched")
    name = f"[{host}]" if ":" in host else host
    netloc = f"{name}:{port}" if port else name
    sendable = SplitResult(parts.scheme, netloc, quote(parts.path, _SAFE), quote(parts.query, _SAFE), "")
    if len(sendable.geturl()) > MAX_URL_CHARS:
        raise FetchFailed(FailureKind.BAD_URL, f"the URL has more than {MAX_URL_CHARS:,} characters once its signs are sendable")
    return sendable


def _once(
    parts: SplitResult, conditions: dict[str, str], options: FetchOptions, deadline: float, statuses: list[int]
) -> Page | str:
    """One request: the page, or where it has gone."""
    try:
        with _connected(parts, options, deadline) as connection:
            connection.request("GET", _target(parts), headers=_headers(options) | conditions)
            with connection.getresponse() as response:
                page = _answer(parts, response, options, statuses)
            # An answer that the watch has cut may look whole.
            _left(deadline)
            return page
    except AddressRefused:
        raise FetchFailed(FailureKind.PRIVATE_ADDRESS, f"{parts.hostname} is at a private address") from None
    except (OSError, HTTPException, ValueError) as error:
        raise _failure(error, deadline) from error


def _answer(parts: SplitResult, response: HTTPResponse, options: FetchOptions, statuses: list[int]) -> Page | str:
    location = response.headers.get("Location")
    if response.status in REDIRECTS and location:
        statuses.append(response.status)
        return _as_sent(location)
    _judge(response)
    return _page(parts, response, None if response.status == NOT_MODIFIED else _body(response, options), statuses)


def _as_sent(location: str) -> str:
    """A header that may hold UTF-8, though HTTP knows Latin-1 alone there."""
    try:
        return location.encode("latin-1").decode()
    except UnicodeError:
        return location


def _failure(error: Exception, deadline: float) -> FetchFailed:
    # The watch ends connections at the deadline, which then looks like an end of the other side.
    if isinstance(error, TimeoutError) or time.monotonic() >= deadline:
        return FetchFailed(FailureKind.TOO_SLOW, "the page did not come in time")
    if isinstance(error, _Empty):
        return FetchFailed(FailureKind.EMPTY, str(error))
    if isinstance(error, ssl.SSLCertVerificationError):
        return FetchFailed(FailureKind.BAD_CERTIFICATE, error.verify_message)
    kind = FailureKind.UNREACHABLE if isinstance(error, OSError) else FailureKind.BAD_ANSWER
    return FetchFailed(kind, f"{type(error).__name__}: {error}"[:300])


@contextmanager
def _connected(parts: SplitResult, options: FetchOptions, deadline: float) -> Iterator[HTTPConnection]:
    """A connection to an address that was checked, ended at the deadline whatever the other side does."""
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    address = resolve(host, port, timeout_s=_left(deadline), networks=options.networks)
    with socket.create_connection(address, timeout=_left(deadline)) as raw, raw.dup() as twin:
        # A limit on each step alone would let a slow sender go on for ever. TLS takes `raw` over, so the watch has a twin.
        watch = threading.Timer(_left(deadline) + GRACE_S, _end, [twin])
        watch.daemon = True
        watch.start()
        connection = HTTPConnection(host, port)
        try:
            connection.sock = _tls().wrap_socket(raw, server_hostname=host) if parts.scheme == "https" else raw
            yield connection
        finally:
            watch.cancel()
            watch.join()
            connection.close()


def _end(twin: socket.socket) -> None:
    with suppress(OSError):  # It may have ended by itself.
        twin.shutdown(socket.SHUT_RDWR)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _left(deadline: float) -> float:
    if (left := deadline - time.monotonic()) <= 0:
        raise TimeoutError
    return left


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _headers(options: FetchOptions) -> dict[str, str]:
    # Not deflate, which hosts take for two different formats.
    return {"User-Agent": options.agent, "Accept": options.accept, "Accept-Encoding": "gzip", "Connection": "close"}


def _judge(response: HTTPResponse) -> None:
    status = response.status
    if 200 <= status < 300 or status == NOT_MODIFIED:
        return
    kind = _STATUSES.get(status) or (FailureKind.NOT_NOW if status >= 500 else FailureKind.REFUSED)
    raise FetchFailed(kind, f"answered {status}", status=status, retry_after_s=retry_after_s(response.headers))


def _body(response: HTTPResponse, options: FetchOptions) -> bytes:
    """The body, unpacked. Never holds more than the limit and a piece."""
    unpack, body, sent = _unpacker(response.headers.get("Content-Encoding", "")), bytearray(), 0
    expected = response.length
    # Python 3.11 does not count what `read1` has read, and would wait for more than was announced.
    while sent != expected and (piece := response.read1(PIECE if expected is None else min(PIECE, expected - sent))):
        sent += len(piece)
        try:
            body += unpack.decompress(piece, options.max_bytes + 1 - len(body)) if unpack else piece
        except zlib.error as error:
            raise HTTPException(f"the body cannot be unpacked: {error}") from None
        if max(sent, len(body)) > options.max_bytes:
            if options.cut:
                return bytes(body[: options.max_bytes])
            raise FetchFailed(FailureKind.TOO_LARGE, f"the page has more than {options.max_bytes} bytes")
    if not sent:
        raise _Empty("the page has no bytes")
    if expected not in (None, sent) or (unpack and not unpack.eof):
        raise HTTPException("the connection was closed before the page was whole")
    return bytes(body)


def _unpacker(encoding: str) -> zlib._Decompress | None:
    match encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip" | "deflate":
            return zlib.decompressobj(zlib.MAX_WBITS | 32)  # Finds out which of the two it is.
    raise HTTPException("the body is packed in a way that was not asked for")


def _page(parts: SplitResult, response: HTTPResponse, body: bytes | None, statuses: list[int]) -> Page:
    headers = response.headers
    return Page(
        url=parts.geturl(), status=response.status, body=body, content_type=_type(headers, body or b""),
        charset=headers.get_content_charset(), etag=_mark(headers, "ETag"), last_modified=_mark(headers, "Last-Modified"),
        moved=bool(statuses) and set(statuses) <= {301, 308}, max_age_s=max_age_s(headers),
    )  # fmt: skip


def _type(headers: Message, body: bytes) -> str | None:
    """What the body is. Where nothing is said, HTML is known by how it begins."""
    said = headers.get_content_type() if "Content-Type" in headers else None
    if said in (None, "application/octet-stream"):
        return "text/html" if is_html(body) else said
    return said


def is_html(body: bytes) -> bool:
    """Whether a document begins as those of HTML do."""
    return _HTML.match(body) is not None


def _mark(headers: Message, name: str) -> str | None:
    mark = headers.get(name)
    return mark if mark and len(mark) <= MAX_MARK_CHARS else None
