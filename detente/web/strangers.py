"""An API without keys answers programs on this machine alone, and no web pages: a browser here would carry their requests in."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from detente.web.facts import OriginForeign
from detente.web.problems import answer

_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


class StrangerGate:
    """Refuses requests that a page of another origin made, or that came under a name that is not this machine's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _is_strange(dict(scope["headers"])):
            await answer(OriginForeign())(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _is_strange(headers: dict[bytes, bytes]) -> bool:
    host, origin = headers.get(b"host", b"").decode("latin-1"), headers.get(b"origin", b"").decode("latin-1")
    # A name that resolves to this machine for a moment is how a page gets round the rule of one origin.
    return _place(f"//{host}").hostname not in _HERE or bool(origin and _place(origin).netloc != host)


def _place(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")
