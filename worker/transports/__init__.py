"""Kombu's Redis transport, made trustworthy: nothing is lost between queue and worker, and nothing unreadable gets in.

Stock Kombu takes a message off its queue before it notes that somebody has it: a process killed in between has lost the
job. It gives the jobs of a dead worker back only after a visibility timeout, which must be longer than the longest job.
And an entry that is no message stops every worker. Here a message is taken and noted in one script; what a worker has
taken is its own for as long as its lease is renewed; and entries are looked at before Celery gets them.
"""

from __future__ import annotations

from collections.abc import Callable

from kombu.transport import TRANSPORT_ALIASES

from worker.transports.channels import Ward
from worker.transports.envelopes import UnreadableMessage
from worker.transports.leases import MAX_LOSSES, WorkersLost

__all__ = ["MAX_LOSSES", "UnreadableMessage", "WorkersLost", "hold_leases", "use_leased_transports"]


def use_leased_transports() -> None:
    """Make the URL schemes of Redis mean this transport in this process. To be called before anything connects.

    The schemes stay those of stock Celery, so that Flower and Celery's own commands know them.
    """
    names = {"redis": "LeasedTransport", "rediss": "LeasedTransport", "sentinel": "LeasedSentinelTransport"}
    TRANSPORT_ALIASES.update({scheme: f"worker.transports.channels:{name}" for scheme, name in names.items()})


def hold_leases(name: str, *, on_dead: Callable[[str, bytes, Exception], None]) -> None:
    """Take messages under this name. `on_dead(queue, entry, error)` is told of each that will not be handed on."""
    Ward.name, Ward.on_dead = name, staticmethod(on_dead)
