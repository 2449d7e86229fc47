"""`python -m worker health`: whether a part of the system does its work, for Compose and other supervisors.

Each part is judged by what it does, not by whether its process exists: the worker by the heartbeats of its loop, beat by the
memory that its loop writes, Flower by an answer.
"""

from __future__ import annotations

import time

from detente.client import Client
from detente.errors import DetenteError
from detente.ledgers import HEARTBEAT_TTL_S
from worker.commands import BEAT_MEMORY
from worker.probes import is_flower_up, is_worker_up, worker_name
from worker.settings import Settings

PARTS = ("worker", "beat", "flower")
#: Beat's loop writes its memory every three minutes, and looks whether it is time for that every half minute.
BEAT_SILENCE_S = 300.0


class Unhealthy(DetenteError):
    """A part of the system does not do its work."""


def check_health(settings: Settings, part: str, *, port: int) -> None:
    """Raises Unhealthy, BrokerUnreachable or StoreUnreachable, each with the reason."""
    if part == "flower":
        if not is_flower_up(port):
            raise Unhealthy(f"Flower does not answer on port {port}")
    elif part == "beat":
        _check_beat(settings)
    else:
        _check_worker(settings)


def _check_worker(settings: Settings) -> None:
    from detente.storage import Store

    with Client(settings.broker) as client:
        client.ping()
    Store(settings.store).check()
    if not is_worker_up(settings.broker):
        raise Unhealthy(f"{worker_name()} has sent no heartbeat for {HEARTBEAT_TTL_S} s")


def _check_beat(settings: Settings) -> None:
    files = settings.data.expanduser().glob(f"{BEAT_MEMORY}*")
    last = max((file.stat().st_mtime for file in files), default=0.0)
    if time.time() - last > BEAT_SILENCE_S:
        raise Unhealthy(f"beat has not written {settings.data / BEAT_MEMORY} for {BEAT_SILENCE_S:g} s")
