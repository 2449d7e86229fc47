"""One request: what counts as delivered, how long it may take, and where it may not go."""

from __future__ import annotations

import socket
import time
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from detente.webhooks.addresses import is_allowed
from detente.webhooks.posts import EXCERPT_CHARS, Answer, post
from tests.receivers import receiver

HERE = (ip_network("127.0.0.0/8"),)


def _post(url: str, *, timeout_s: float = 5) -> Answer:
    return post(url, b"{}", {"webhook-id": "1"}, timeout_s=timeout_s, networks=HERE)


@pytest.mark.parametrize("status", [200, 201, 204])
def test_2xx_is_delivered(status: int) -> None:
    with receiver(status) as endpoint:
        answer = _post(endpoint.url + "?a=1")
    assert (answer.status, answer.error) == (status, None)
    [request] = endpoint.requests
    assert (request.path, request.body, request.headers["webhook-id"]) == ("/hooks?a=1", b"{}", "1")
    assert request.headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 503])
def test_other_answers_are_not_and_their_beginning_is_kept(status: int) -> None:
    with receiver(status) as endpoint:
        endpoint.body, endpoint.fields = b"no " * 100_000, {"Retry-After": "7"}
        answer = _post(endpoint.url)
    assert (answer.status, answer.error, answer.retry_after_s) == (status, f"answered {status}", 7)
    assert answer.excerpt == ("no " * 100)[:EXCERPT_CHARS]


def test_a_redirect_is_not_followed() -> None:
    with receiver(200) as elsewhere, receiver(302) as endpoint:
        endpoint.fields = {"Location": elsewhere.url}
        answer = _post(endpoint.url)
    assert (answer.status, len(elsewhere.requests)) == (302, 0)
    assert "redirected" in str(answer.error)


def test_an_answer_that_drips_in_does_not_take_longer_than_allowed() -> None:
    with receiver(200) as endpoint:
        endpoint.drips_s = 0.05
        began = time.monotonic()
        answer = _post(endpoint.url, timeout_s=0.5)
    assert time.monotonic() - began < 2
    assert (answer.status, answer.error) == (None, "no answer within 0.5 s")


def test_nobody_there_is_an_answer_too() -> None:
    with receiver(200) as endpoint:
        pass
    assert "ConnectionRefused" in str(_post(endpoint.url).error)


def test_a_name_that_is_none_is_an_answer_too() -> None:
    assert _post("http://no-such-host.invalid/").error
    assert _post(f"http://{'a' * 70}.invalid/").error


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0.0.0.0"])
def test_private_addresses_are_not_reached_under_any_spelling(host: str) -> None:
    with receiver(200) as endpoint:
        port = endpoint.url.split(":")[2]
        answer = post(f"http://{host}:{port}", b"{}", {}, timeout_s=5)
    assert endpoint.requests == []
    assert answer.status is None
    assert "private" in str(answer.error)


def test_the_address_that_was_looked_at_is_the_one_that_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads elsewhere when it is resolved again, as one does that is public at first and private then."""
    found, addresses = socket.getaddrinfo, iter(["127.0.0.1", "127.0.0.2"])

    def resolved(host: str, *others: Any, **named: Any) -> Any:
        return found(next(addresses) if host == "news.example" else host, *others, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with receiver(200) as endpoint:
        port = endpoint.url.split(":")[2].partition("/")[0]
        answer = _post(f"http://news.example:{port}/hooks")
    assert answer.error is None
    assert [request.headers["host"] for request in endpoint.requests] == [f"news.example:{port}"]
    assert list(addresses) == ["127.0.0.2"]


def test_a_name_with_a_public_and_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = socket.getaddrinfo
    both = lambda host, *others, **named: found("1.1.1.1", *others, **named) + found("10.0.0.1", *others, **named)  # noqa: E731
    monkeypatch.setattr(socket, "getaddrinfo", both)
    assert "private address 10.0.0.1" in str(_post("http://news.example/hooks").error)


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "127.0.0.1", "169.254.169.254", "192.168.1.1", "172.16.0.1", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "240.0.0.1", "::", "::1", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "::127.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::",
    ],
)  # fmt: skip
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not is_allowed(ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_what_is_public_is_allowed(address: str) -> None:
    assert is_allowed(ip_address(address))


def test_a_private_network_may_be_allowed_and_no_other_is() -> None:
    networks = (ip_network("10.1.0.0/16"), ip_network("fd00::/8"))
    assert is_allowed(ip_address("10.1.2.3"), networks)
    assert is_allowed(ip_address("::ffff:10.1.2.3"), networks)
    assert is_allowed(ip_address("fd00::1"), networks)
    assert not is_allowed(ip_address("10.2.0.1"), networks)
