"""A small web on this machine: hosts that answer as they are told to, and remember who asked for what."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

from detente.fetching.pages import FetchOptions

HERE = FetchOptions(networks=(ip_network("127.0.0.0/8"),), timeout_s=5, delay_s=0.001, max_bytes=300_000)


@dataclass
class Answer:
    """What a path answers. `after_s` is how long it thinks first; an empty `kind` is not sent."""

    body: bytes | str = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "text/html; charset=utf-8"
    after_s: float = 0.0

    @property
    def bytes(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body


@dataclass
class Web:
    """A server. `paths` holds its answers; a path that is not there is 404. `asked` lists what came: path and headers."""

    url: str = ""
    paths: dict[str, Answer | Callable[[dict[str, str]], Answer]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def times(self, path: str) -> int:
        return sum(asked == path for asked, _ in self.asked)

    def answer(self, path: str, headers: dict[str, str]) -> Answer:
        self.asked.append((path, headers))
        found = self.paths.get(path, Answer(status=404))
        return found(headers) if callable(found) else found


@contextmanager
def serving(address: str = "127.0.0.1", *, tls: ssl.SSLContext | None = None) -> Iterator[Web]:
    """A web on a free port of an address of this machine, until the end of the block."""
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = web.answer(self.path, {name.lower(): value for name, value in self.headers.items()})
            time.sleep(answer.after_s)
            self.send_response(answer.status)
            kind = {"Content-Type": answer.kind} if answer.kind else {}
            for name, value in {**kind, "Content-Length": str(len(answer.bytes)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.bytes)

        def handle(self) -> None:
            with suppress(OSError):  # Who asked does not like our certificate, or has gone.
                super().handle()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer((address, 0), Handler) as server:
        server.daemon_threads = True
        if tls:
            # Each thread shakes hands for itself, at the first byte: a client that does not like us ends one thread alone.
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        web.url = f"{'https' if tls else 'http'}://{address}:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield web
        server.shutdown()
        thread.join()


def article_page(words: str, *, title: str = "Oslo and Minsk", head: str = "") -> str:
    """A page as a newspaper makes them: a head, a menu, an article, a footer."""
    paragraphs = "".join(f"<p>{line}</p>" for line in words.split("\n"))
    return (
        f"<!doctype html><html lang=en><head><title>{title}</title>{head}</head><body><nav><a href=/>Home</a></nav>"
        f"<article><h1>{title}</h1>{paragraphs}</article><footer>Contact us</footer></body></html>"
    )
