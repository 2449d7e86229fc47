"""Endpoints of webhooks: real servers on this machine that take, refuse, dawdle, send elsewhere, or are gone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Request:
    """What came, as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """Answers with the statuses of `plan`, one for each request, and with the last of them from then on."""

    url: str
    plan: list[int] = field(default_factory=lambda: [200])
    requests: list[Request] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    body: bytes = b"thanks"
    #: Seconds between the bytes of the answer.
    drips_s: float = 0.0


@contextmanager
def receiver(*plan: int) -> Iterator[Receiver]:
    """An endpoint on a free port, until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            fields = {name.lower(): value for name, value in self.headers.items()}
            found.requests.append(Request(self.path, fields, body, time.time()))
            status = found.plan.pop(0) if len(found.plan) > 1 else found.plan[0]
            if found.drips_s:
                self._drip()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(found.body)), **found.fields}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(found.body)

        def _drip(self) -> None:
            for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Slow: yes\r\n" * 1000:
                if stopped.wait(found.drips_s):
                    break
                self.wfile.write(bytes([byte]))

        def handle(self) -> None:
            with suppress(OSError):  # The other side had enough.
                super().handle()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server, stopped = ThreadingHTTPServer(("127.0.0.1", 0), Handler), threading.Event()
    server.daemon_threads = True
    found = Receiver(f"http://127.0.0.1:{server.server_port}/hooks", list(plan) or [200])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


def is_signed(request: Request, secret: str) -> bool:
    """Whether a request bears a signature of this secret. Written from the standard alone, and uses nothing of detente."""
    assert secret.startswith("whsec_")
    assert abs(time.time() - int(request.headers["webhook-timestamp"])) < 120
    key = base64.b64decode(secret[len("whsec_") :])
    signed = b".".join([request.headers["webhook-id"].encode(), request.headers["webhook-timestamp"].encode(), request.body])
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return expected in request.headers["webhook-signature"].split(" ")
