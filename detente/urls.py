"""Redis by URL: the one form that detente takes, and the form that Celery wants."""

from __future__ import annotations

from urllib.parse import parse_qs, quote, urlsplit

from detente.errors import SettingsInvalid

SCHEMES = ("redis", "rediss", "unix")


def check_broker_url(url: str) -> str:
    """The URL as given. Raises SettingsInvalid, without repeating a password, where it is none that detente takes."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise SettingsInvalid(f"a broker URL begins with redis://, rediss:// or unix://, not {parts.scheme or 'nothing'}://")
    if parts.scheme == "unix" and not parts.path:
        raise SettingsInvalid("a unix:// URL needs the path of a socket: unix:///run/redis.sock?db=0")
    return url


def celery_url(url: str, *, database_of: str = "virtual_host") -> str:
    """The same place in Celery's words: `unix:///path?db=1` is `redis+socket:///path?virtual_host=1` there."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    password = f":{quote(parts.password)}@" if parts.password else ""
    database = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{password}{parts.path}?{database_of}={database}"


def masked(url: str) -> str:
    """The URL with its password hidden, for people and logs."""
    parts = urlsplit(url)
    if not parts.password:
        return url
    return parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":***@")).geturl()
