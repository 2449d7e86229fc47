"""Where webhooks may go: public addresses, and private ones that the settings allow."""

from __future__ import annotations

import queue
import socket
import threading
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Networks = tuple[IPv4Network | IPv6Network, ...]

#: IPv6 addresses whose last 32 bits are the IPv4 address where packets end up: NAT64 (RFC 6052), and the old compatible ones.
_EMBEDDING = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))

#: Special networks (IANA's registries) that Python calls global, or does so in some versions: IETF's own, relays of 6to4,
#: translation within a network (RFC 8215), segment routing, documentation (RFC 9637), and the site-local addresses of old.
_SPECIAL = (
    IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"), IPv6Network("64:ff9b:1::/48"), IPv6Network("5f00::/16"),
    IPv6Network("3fff::/20"), IPv6Network("fec0::/10"),
)  # fmt: skip


class AddressRefused(OSError):
    """The address is private. Allow it in DETENTE_WEBHOOK_NETWORKS if webhooks may go there."""


def resolve(host: str, port: int, *, timeout_s: float, networks: Networks = ()) -> tuple[str, int]:
    """The address to connect to. Raises AddressRefused where any address of the name is private and not in `networks`."""
    found = _looked_up(host, port, timeout_s)
    for address in found:
        if not is_allowed(ip_address(address.partition("%")[0]), networks):
            raise AddressRefused(f"{host} is at the private address {address}; DETENTE_WEBHOOK_NETWORKS may allow it")
    return found[0], port


def is_allowed(address: Address, networks: Networks = ()) -> bool:
    inner = _inner(address)
    if any(one.version == network.version and one in network for one in {address, inner} for network in networks):
        return True
    if any(inner in network for network in _SPECIAL):
        return False
    return inner.is_global and not inner.is_multicast and not inner.is_reserved


def _inner(address: Address) -> Address:
    """The IPv4 address inside of an IPv6 one, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if any(address in network for network in _EMBEDDING) and int(address) & 0xFFFFFFFF > 1:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)


def _looked_up(host: str, port: int, timeout_s: float) -> list[str]:
    """All addresses of a name. In a thread, since resolvers have time limits of their own, and long ones."""
    answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([str(info[4][0]) for info in infos])
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError(f"{host!r} is no name of a host"))

    threading.Thread(target=ask, daemon=True).start()
    try:
        found = answers.get(timeout=timeout_s)
    except queue.Empty:
        raise TimeoutError(f"the name {host} was not resolved in time") from None
    if isinstance(found, OSError):
        raise found
    return found
