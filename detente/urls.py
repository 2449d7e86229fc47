"""Redis by URL: the forms that detente takes, and what each is in Celery's words.

`redis://[user:password@]host[:port]/db`, `rediss://` (TLS, with `ssl_ca_certs`, `ssl_certfile`, `ssl_keyfile`,
`ssl_cert_reqs` and `ssl_check_hostname` as redis-py takes them), `unix:///path?db=0`, and
`sentinel://[user:password@]host1:26379,host2:26379/mymaster?db=0`, where user and password are those of the Redis and
`sentinel_username` and `sentinel_password` those of the sentinels.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

from detente.errors import SettingsInvalid

SCHEMES = ("redis", "rediss", "unix", "sentinel")
SENTINEL_PORT = 26379
_SENTINEL_OPTIONS = ("db", "sentinel_username", "sentinel_password")
#: What redis-py and Celery both know of TLS.
_TLS_OPTIONS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs", "ssl_check_hostname")
_SECRETS = ("password", "sentinel_password", "ssl_password")


@dataclass(frozen=True)
class Sentinels:
    """Where sentinels are, which master they are asked for, and how one signs in to it, and to them."""

    hosts: tuple[tuple[str, int], ...]
    master: str
    db: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    options: dict[str, str] = field(default_factory=dict, repr=False)


def check_broker_url(url: str) -> str:
    """The URL as given. Raises SettingsInvalid, without repeating a password, where it is none that detente takes."""
    parts = _split(url)
    if parts.scheme not in SCHEMES:
        known = ", ".join(f"{scheme}://" for scheme in SCHEMES)
        raise SettingsInvalid(f"a broker URL begins with one of {known}, not {parts.scheme or 'nothing'}://")
    if parts.scheme == "unix" and not parts.path:
        raise SettingsInvalid("a unix:// URL needs the path of a socket: unix:///run/redis.sock?db=0")
    if parts.scheme == "sentinel":
        sentinels(url)
    elif parts.scheme != "unix":
        _check_options(parts)
    return url


def sentinels(url: str) -> Sentinels:
    """What a sentinel:// URL says. Raises SettingsInvalid."""
    parts = _split(url)
    login, _, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    master, query = parts.path.strip("/"), _query(parts)
    if not hosts or not master or "/" in master:
        raise SettingsInvalid("a sentinel:// URL names hosts and a master: sentinel://host1:26379,host2:26379/mymaster?db=0")
    if unknown := set(query) - set(_SENTINEL_OPTIONS):
        raise SettingsInvalid(f"{', '.join(sorted(unknown))}: a sentinel:// URL has the options {', '.join(_SENTINEL_OPTIONS)}")
    if not query.get("db", "0").isdecimal():
        raise SettingsInvalid("db is the number of a database")
    signing_in = {name.removeprefix("sentinel_"): value for name, value in query.items() if name != "db"}
    found = tuple(_address(host, default_port=SENTINEL_PORT) for host in hosts.split(","))
    return Sentinels(
        found, unquote(master), int(query.get("db", "0")), unquote(user) or None, unquote(password) or None, signing_in
    )


def celery_url(url: str, *, database_of: str = "virtual_host") -> str:
    """The same place in Celery's words: `unix:///path?db=1` is `redis+socket:///path?virtual_host=1` there.

    What of it Celery takes by other ways is in `celery_transport_options` and `celery_tls`.
    """
    parts = urlsplit(url)
    if parts.scheme == "sentinel":
        return _celery_sentinels(sentinels(url))
    database = _query(parts).get("db")
    if parts.scheme != "unix":
        return parts._replace(query="", path=f"/{database}" if database else parts.path).geturl()
    password = f":{quote(parts.password)}@" if parts.password else ""
    return f"redis+socket://{password}{parts.path}?{database_of}={database or 0}"


def celery_transport_options(url: str) -> dict[str, Any]:
    """What Celery and Flower must know of sentinels besides their addresses; nothing for other URLs."""
    if urlsplit(url).scheme != "sentinel":
        return {}
    given = sentinels(url)
    return {"master_name": given.master, "sentinel_kwargs": dict(given.options)}


def celery_tls(url: str) -> dict[str, Any] | None:
    """Celery's `broker_use_ssl` and `redis_backend_use_ssl`; None without TLS. As in redis-py, certificates are checked."""
    parts = urlsplit(url)
    if parts.scheme != "rediss":
        return None
    given: dict[str, Any] = {name: value for name, value in _query(parts).items() if name in _TLS_OPTIONS}
    if "ssl_check_hostname" in given:
        given["ssl_check_hostname"] = given["ssl_check_hostname"].lower() not in ("false", "0", "no", "off", "f", "n")
    return {"ssl_cert_reqs": "required", **given}


def masked(url: str) -> str:
    """The URL with its passwords hidden, for people and logs."""
    # Not read as a URL but cut, at its last @: what cannot be read as one may hold a password all the same.
    scheme, mark, rest = url.partition("://")
    login, at, place = rest.rpartition("@")
    user, colon, password = login.partition(":")
    host, question, query = place.partition("?")
    options = [f"{name}=***" if name in _SECRETS else item for item in query.split("&") for name in [item.partition("=")[0]]]
    return f"{scheme}{mark}{user}{colon}{'***' if password else ''}{at}{host}{question}{'&'.join(options)}"


def _celery_sentinels(given: Sentinels) -> str:
    login = f"{quote(given.username or '', safe='')}:{quote(given.password, safe='')}@" if given.password else ""
    hosts = [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in given.hosts]
    return ";".join(f"sentinel://{login}{host}/{given.db}" for host in hosts)


def _check_options(parts: SplitResult) -> None:
    _address(parts.netloc.rpartition("@")[2], default_port=6379)
    query = _query(parts)
    tls = {name for name in query if name.startswith("ssl_")}
    if unknown := tls - set(_TLS_OPTIONS):
        raise SettingsInvalid(f"{', '.join(sorted(unknown))}: of TLS there are the options {', '.join(_TLS_OPTIONS)}")
    if tls and parts.scheme == "redis":
        raise SettingsInvalid("options of TLS go with rediss://, not with redis://")
    if {"username", "password"} & set(query):
        raise SettingsInvalid("user and password stand before the host: redis://user:password@host:6379/0")


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise SettingsInvalid("the broker's URL cannot be read: a bracket that does not close?") from None


def _query(parts: SplitResult) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


def _address(text: str, *, default_port: int) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port or default_port
    except ValueError:
        host, port = None, default_port
    if not host and text:
        raise SettingsInvalid("a host of the broker's URL cannot be read: host:port, or [address]:port for IPv6")
    return host or "127.0.0.1", port
