"""Whether a part of the system does its work, asked from outside."""

from __future__ import annotations

import http.client
import socket
from datetime import UTC, datetime, timedelta

from redis.exceptions import RedisError

from detente.client import Client
from detente.errors import DetenteError
from detente.ledgers import HEARTBEAT_TTL_S

#: Both answer in milliseconds when they are well; Flower's loop is blocked for a second at times while it saves its memory.
ANSWER_S = 2.0


def worker_name() -> str:
    """What Celery calls this machine's worker where no other name was given."""
    return f"celery@{socket.gethostname()}"


def is_worker_up(broker: str, *, since: datetime | None = None) -> bool:
    """Whether this machine's worker goes round its loop. `since` leaves out the heartbeats of one that ran before."""
    earliest = since or datetime.now(UTC) - timedelta(seconds=HEARTBEAT_TTL_S)
    try:
        with Client(broker) as client:
            return client.ledger.workers().get(worker_name(), datetime.min.replace(tzinfo=UTC)) >= earliest
    except (DetenteError, RedisError):
        return False


def is_flower_up(port: int, *, host: str = "127.0.0.1") -> bool:
    """Whether Flower answers; it does so to anybody, with a password set as without."""
    return _answers(host, port, "/healthcheck")


def is_web_up(port: int, *, host: str = "127.0.0.1") -> bool:
    """Whether the API answers, and Redis and the store answer it."""
    return _answers(host, port, "/readyz")


def _answers(host: str, port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
