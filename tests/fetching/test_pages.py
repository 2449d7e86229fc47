"""Pages are fetched from a real server on loopback, which does what the web does."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import pytest

from detente.fetching.charsets import decode
from detente.fetching.failures import FailureKind, FetchFailed
from detente.fetching.pages import FetchOptions, checked, fetch

OPTIONS = FetchOptions(networks=(ip_network("127.0.0.1/32"),), timeout_s=10, max_bytes=100_000)


class Web(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in ({"Content_Length": str(len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.server.seen.append((self.path, self.headers))
        match self.path.strip("/").split("/"):
            case ["page"] if self.headers["If-None-Match"] == '"1"':
                self.answer(304)
            case ["page"]:
                self.answer(200, "Käse".encode("latin-1"), Content_Type="text/html; charset=iso-8859-1", ETag='"1"')
            case ["to", *_]:
                self.answer(301, Location=self.path.partition("/to/")[2])
            case ["status", status]:
                self.answer(int(status), Retry_After="7")
            case ["packed"]:
                self.answer(200, gzip.compress(b"packed"), Content_Encoding="gzip")
            case ["bomb"]:
                self.answer(200, gzip.compress(bytes(50_000_000)), Content_Encoding="gzip")
            case ["large"]:
                self.answer(200, bytes(100_001))
            case ["cut"]:
                self.answer(200, b"abc", Content_Length="9")
            case ["drip"]:
                self.drip()

    def drip(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not self.server.over.wait(0.05):
            try:
                self.wfile.write(b"X: y\r\n" if self.server.lines else b"x")
            except OSError:
                return


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Web) as server:
        server.seen, server.over, server.lines = [], threading.Event(), False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def web(server):
    return f"http://127.0.0.1:{server.server_port}"


def failure(url, options=OPTIONS):
    with pytest.raises(FetchFailed) as failed:
        fetch(url, options)
    return failed.value


def test_a_page_comes_with_its_text_and_what_asks_for_it_again(web):
    page = fetch(f"{web}/page", OPTIONS)
    assert (page.text(), page.etag, page.moved) == ("Käse", '"1"', False)
    again = fetch(f"{web}/page", OPTIONS, etag=page.etag)
    assert (again.status, again.body) == (304, None)


def test_redirects_are_followed_to_an_end(web):
    page = fetch(f"{web}/to//to//page", OPTIONS)
    assert (page.url, page.moved) == (f"{web}/page", True)
    assert failure(f"{web}{'/to/' * 6}/page").kind is FailureKind.TOO_MANY_REDIRECTS


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
                                  "[::1]", "[::ffff:127.0.0.1]", "[fe80::1]", "[64:ff9b::7f00:1]", "0.0.0.0"])  # fmt: skip
def test_private_addresses_are_refused(host):
    assert failure(f"http://{host}:9/", FetchOptions()).kind is FailureKind.PRIVATE_ADDRESS


def test_a_redirect_to_a_private_address_is_refused_and_nothing_is_sent(web):
    with socket.create_server(("127.0.0.2", 0)) as secret:
        secret.setblocking(False)
        assert failure(f"{web}/to/http://127.0.0.2:{secret.getsockname()[1]}/").kind is FailureKind.PRIVATE_ADDRESS
        with pytest.raises(BlockingIOError):
            secret.accept()


def test_the_name_is_looked_up_once_and_stays_in_the_request(web, server, monkeypatch):
    answers = iter(["127.0.0.1", "127.0.0.2"])
    real = socket.getaddrinfo

    def rebinding(host, *args, **kwargs):
        return real(next(answers) if host == "rebinding.example" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    fetch(f"http://rebinding.example:{server.server_port}/page", OPTIONS)
    assert next(answers) == "127.0.0.2"
    assert server.seen[-1][1]["Host"] == f"rebinding.example:{server.server_port}"


@pytest.mark.parametrize(
    ("path", "kind"),
    [("status/404", "not_found"), ("status/410", "gone"), ("status/403", "refused"), ("status/503", "not_now"),
     ("bomb", "too_large"), ("large", "too_large"), ("cut", "bad_answer"), ("status/200", "empty"),
     ("to/ftp://news.example/", "bad_url")],
)  # fmt: skip
def test_every_fault_has_its_kind(web, path, kind):
    assert failure(f"{web}/{path}").kind == kind


def test_a_host_says_when_to_come_back(web):
    assert failure(f"{web}/status/429").retry_after_s == 7


def test_packed_pages_are_unpacked(web):
    assert fetch(f"{web}/packed", OPTIONS).body == b"packed"


@pytest.mark.parametrize("lines", [True, False])
def test_a_slow_drip_ends_at_the_deadline(web, server, lines):
    server.lines, began = lines, time.monotonic()
    options = FetchOptions(networks=OPTIONS.networks, timeout_s=0.5)
    assert failure(f"{web}/drip", options).kind is FailureKind.TOO_SLOW
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://", "http://a:b@news.example/", "http://a b/", "http://x:99999/", "x"]
)
def test_what_is_no_url_of_the_web_is_refused(url):
    with pytest.raises(FetchFailed):
        checked(url)


def test_urls_with_spaces_and_other_signs_are_made_sendable():
    assert checked("http://münchen.example/a b\r\nX: y?q=ä").geturl().isascii()


@pytest.mark.parametrize(
    ("body", "declared", "text"),
    [("“é”".encode("cp1252"), "iso-8859-1", "“é”"), (b'<meta charset="cp1251">\xe4\xe0', None, '<meta charset="cp1251">да'),
     ("é".encode("utf-16"), "utf-8", "é"), ("é".encode(), "nonsense", "é"), ("é".encode(), "ascii", "Ã©")],
)  # fmt: skip
def test_the_charset_is_found(body, declared, text):
    assert decode(body, declared=declared)[0] == text


def test_a_page_in_another_charset_than_it_says_is_refused():
    with pytest.raises(FetchFailed, match="utf-16"):
        decode(b"\xff\xfe" + b"\x00\xd8" * 50)
