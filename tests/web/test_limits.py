"""Whatever comes from outside may be hostile: too large, too slow, never ending, or nonsense."""

from __future__ import annotations

import json
import socket
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from detente.web import limits, servers
from detente.web.limits import MAX_BODY_BYTES
from tests.web.conftest import Api, problem

BEAT = "/v1/jobs/detente.heartbeat.beat"
READ = "/v1/jobs/detente.article.read"


def line_to(api: Api) -> socket.socket:
    place = urlsplit(api.url)
    return socket.create_connection((place.hostname, place.port), timeout=30)


def head(api: Api, *, path: str = BEAT, **headers: str) -> bytes:
    fields = {"Host": "x", "Authorization": f"Bearer {api.key}", "Content-Type": "application/json", **headers}
    return (
        f"POST {path} HTTP/1.1\r\n{''.join(f'{name}: {value}{chr(13)}{chr(10)}' for name, value in fields.items())}\r\n".encode()
    )


def answer_on(line: socket.socket) -> bytes:
    """All that comes until the other side hangs up."""
    found = b""
    while piece := line.recv(65536):
        found += piece
    return found


def test_a_body_that_says_that_it_is_too_large_is_refused_unread(idle_api: Api):
    with line_to(idle_api) as line:
        line.sendall(head(idle_api, **{"Content-Length": str(MAX_BODY_BYTES + 1), "Connection": "close"}))
        answer = answer_on(line)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"body-too-large" in answer


def test_a_body_that_turns_out_too_large_is_refused(idle_api: Api):
    def endless():
        for _ in range(MAX_BODY_BYTES // 2**20 + 2):
            yield b" " * 2**20

    answer = idle_api.post(BEAT, data=endless(), headers={"Content-Type": "application/json"})
    problem(answer, 413, "body-too-large")


def test_the_longest_article_fits(idle_api: Api):
    body = json.dumps({"html": "ж" * 2_000_000})
    assert len(body) > 10 * 2**20
    assert idle_api.post(READ, data=body, headers={"Content-Type": "application/json"}).status_code == 202


def test_callers_who_never_say_what_they_want_are_hung_up_on(idle_api: Api):
    began = time.monotonic()
    with ExitStack() as stack:
        lines = [stack.enter_context(line_to(idle_api)) for _ in range(3)]
        for line, sent in zip(lines, (b"", b"GET /healthz HT", b"GET /healthz HTTP/1.1\r\nHost: x\r\n"), strict=True):
            line.sendall(sent)
        for line in lines:
            answer_on(line)
    assert time.monotonic() - began < servers.HEADERS_S + 5


def test_callers_who_were_answered_may_not_linger_either(idle_api: Api):
    """One begins a second request and never ends it, another goes on with a body that nobody wants."""
    refused = head(idle_api, **{"Authorization": "x", "Content-Length": "9"})
    sent = ((b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /hea"), (refused, b"{"))
    began = time.monotonic()
    with ExitStack() as stack:
        lines = [stack.enter_context(line_to(idle_api)) for _ in sent]
        for line, (first, second) in zip(lines, sent, strict=True):
            line.sendall(first)
            assert line.recv(65536).startswith(b"HTTP/1.1 ")
            line.sendall(second)
        for line in lines:
            answer_on(line)
    assert time.monotonic() - began < servers.HEADERS_S + 5


def test_a_body_that_stops_is_given_up(idle_api: Api):
    began = time.monotonic()
    with line_to(idle_api) as line:
        line.sendall(head(idle_api, **{"Content-Length": "100", "Connection": "close"}) + b"{")
        answer = answer_on(line)
    assert answer.startswith(b"HTTP/1.1 408"), answer
    assert b"body-too-slow" in answer
    assert time.monotonic() - began < limits.IDLE_S + 5


@pytest.mark.parametrize("length", ["-1", "x", "9" * 400])
def test_a_length_that_is_none_is_refused(idle_api: Api, length):
    with line_to(idle_api) as line:
        line.sendall(head(idle_api, **{"Content-Length": length}))
        assert line.recv(65536).startswith((b"HTTP/1.1 400", b"HTTP/1.1 413"))


def test_headers_without_end_are_refused(idle_api: Api):
    with line_to(idle_api) as line:
        line.sendall(head(idle_api, **{"X-Long": "x" * (2 * servers.MAX_HEADER_BYTES)}))
        assert line.recv(65536).startswith((b"HTTP/1.1 400", b"HTTP/1.1 431"))


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/", "/v1/jobs/", "/docs", "/.env", "/v1/../../etc/passwd", "//v1/jobs", "/v1/jobs%2f"]
)
def test_what_is_not_there_is_not_found(idle_api: Api, path):
    problem(idle_api.get(path), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("PUT", "/v1/jobs", "GET"), ("GET", BEAT, "POST"), ("POST", "/v1/jobs/01965a1f-7e2c-7b3d-9c4e-5f6a7b8c9d0e", "DELETE, GET")],
)
def test_what_may_be_done_is_told_to_who_does_something_else(idle_api: Api, method, path, allowed):
    answer = idle_api.call(method, path)
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == allowed


def test_an_error_that_nobody_foresaw_says_nothing_of_the_code(idle_api: Api):
    redis = idle_api.system.client.redis
    redis.rename("detente:keys", "detente:keys-put-away")
    redis.set("detente:keys", "no hash")
    try:
        answer = idle_api.get("/v1/kinds")
    finally:
        redis.rename("detente:keys-put-away", "detente:keys")
    document = problem(answer, 500, "unforeseen")
    assert set(document) == {"type", "title", "status"}
    assert "Traceback" not in answer.text


def test_browsers_are_told_not_to_guess_types(idle_api: Api):
    assert idle_api.get("/healthz").headers["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in idle_api.get("/healthz").headers
