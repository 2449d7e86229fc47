"""However an address is written, what it leads to is what counts."""

from __future__ import annotations

import socket
from ipaddress import ip_address, ip_network

import pytest

from detente.fetching.failures import FailureKind, FetchFailed
from detente.fetching.pages import FetchOptions, fetch
from detente.webhooks.addresses import AddressRefused, is_allowed, resolve
from tests.webs import Answer, serving


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "0", "0.0.0.0", "①②⑦.0.0.1", "127。0。0。1",
     "LOCALHOST", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:7f00:1]", "[::ffff:0:127.0.0.1]", "[::127.0.0.1]",
     "[2002:7f00:1::]", "[2001:0:1::80ff:fffe]", "[64:ff9b::10.0.0.1]", "[64:ff9b:1::8.8.8.8]", "[fec0::1]",
     "[fd00:ec2::254]", "255.255.255.255", "192.0.0.8"],
)  # fmt: skip
def test_a_private_address_in_disguise_is_refused(host: str) -> None:
    with pytest.raises(FetchFailed) as failed:
        fetch(f"http://{host}:9/", FetchOptions(timeout_s=5))
    assert failed.value.kind is FailureKind.PRIVATE_ADDRESS


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1\\.news.example/", "http://news.example\\@127.0.0.1/", "http://news.example@127.0.0.1/", "http://%31%32%37.0.0.1/",
     "http://[fe80::1%25lo]/", "http://[fe80::1%lo]/", "http://[::1/", "http://127.0.0.1%00.news.example/", "http://a\u2100b.example/",
     "http:127.0.0.1", "http:///127.0.0.1/", "gopher://127.0.0.1/", "unix:///run/x", "http://news.example:0/", "//127.0.0.1/"],
)  # fmt: skip
def test_a_url_that_two_readers_would_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(FetchFailed) as failed:
        fetch(url, FetchOptions(timeout_s=5))
    assert failed.value.kind is FailureKind.BAD_URL


@pytest.mark.parametrize("address", ["8.8.8.8", "193.0.6.139", "2a00:1450::1", "64:ff9b::808:808", "2002:808:808::1"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert is_allowed(ip_address(address))


def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(AddressRefused):
        resolve("mixed.example", 80, timeout_s=5)
    assert resolve("mixed.example", 80, timeout_s=5, networks=(ip_network("10.0.0.0/8"),)) == ("8.8.8.8", 80)


@pytest.mark.parametrize("host", ["2130706434", "[::ffff:127.0.0.2]", "localhost", "0.0.0.0", "169.254.169.254"])
def test_redirects_to_private_addresses_in_disguise_are_refused_before_anything_is_sent(host: str) -> None:
    only = FetchOptions(networks=(ip_network("127.0.0.1/32"),), timeout_s=5)
    with serving("127.0.0.2") as secret, serving() as web:
        port = secret.url.rpartition(":")[2]
        web.paths["/"] = Answer(status=302, headers={"Location": f"http://{host}:{port}/latest/meta-data/"})
        expected = {"localhost": {FailureKind.PRIVATE_ADDRESS, FailureKind.UNREACHABLE}}.get(host, {FailureKind.PRIVATE_ADDRESS})
        with pytest.raises(FetchFailed) as failed:
            fetch(web.url, only)
        assert failed.value.kind in expected
        assert secret.asked == []
