"""`python -m worker health`: whether a part of the system does its work, for Compose and other supervisors.

Each part is judged by what it does, not by whether its process exists: worker, bridge and beat by the signs of life of their
loops, Flower and the API by an answer.
"""

from __future__ import annotations

from detente.client import Client
from detente.errors import DetenteError
from detente.ledgers import HEARTBEAT_TTL_S
from worker.probes import is_flower_up, is_web_up, is_worker_up, worker_name
from worker.settings import Settings

#: The parts, with the port on which those answer that do.
PORTS = {"worker": 0, "beat": 0, "flower": 5555, "web": 8000, "bridge": 0}
PARTS = tuple(PORTS)


class Unhealthy(DetenteError):
    """A part of the system does not do its work."""


def check_health(settings: Settings, part: str, *, port: int) -> None:
    """Raises Unhealthy, BrokerUnreachable or StoreUnreachable, each with the reason."""
    if part == "flower":
        if not is_flower_up(port):
            raise Unhealthy(f"Flower does not answer on port {port}")
    elif part == "bridge":
        _check_bridge(settings)
    elif part == "web":
        if not is_web_up(port):
            raise Unhealthy(f"the API does not answer on port {port}, or Redis or the store do not answer it")
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


def _check_bridge(settings: Settings) -> None:
    from worker.bridges import is_bridge_up

    if not is_bridge_up(settings.broker):
        raise Unhealthy("no bridge has asked for entries of detente:intake for 30 s")


def _check_beat(settings: Settings) -> None:
    from worker.beats import ALIVE_S, is_beat_up

    if not is_beat_up(settings.broker):
        raise Unhealthy(f"no beat of this machine has gone round its loop for {ALIVE_S} s")
