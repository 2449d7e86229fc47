"""Kombu's channels and transports, with messages taken in one script, under a lease, and looked at first.

Idle, a channel waits on the list of wake-up tokens; woken, or a second later, it asks the queues in their order.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from queue import Empty
from time import monotonic
from typing import Any

from kombu.transport import redis, virtual
from kombu.utils.encoding import bytes_to_str
from redis import Redis

from detente.ledgers import PREFIX
from worker.transports.envelopes import UnreadableMessage, read_envelope
from worker.transports.leases import TAKE, Leases, unacked_key


class Ward:
    """What all channels of a process share: its worker's lease, and who is told of dead messages."""

    lease: str
    on_dead: Callable[[str, bytes, Exception], None]


class LeasedQoS(redis.QoS):
    """Acknowledgements by lease. The message was noted as taken when it was taken, so there is nothing to append."""

    def append(self, message: Any, delivery_tag: str) -> None:
        virtual.QoS.append(self, message, delivery_tag)

    def ack(self, delivery_tag: str) -> None:
        self.channel.plain.hdel(unacked_key(Ward.lease), delivery_tag)
        virtual.QoS.ack(self, delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if requeue:
            self.channel.leases.give_back(delivery_tag)
            virtual.QoS.ack(self, delivery_tag)
        else:
            self.ack(delivery_tag)

    def restore_unacked(self, client: Any = None) -> None:
        for tag in list(self._delivered):
            self.channel.leases.give_back(tag)
        self._delivered.clear()

    def restore_visible(self, start: int = 0, num: int = 10, interval: int = 10) -> None:
        """Kombu's timer calls this every two seconds: here it keeps the own lease, and ends those of the dead."""
        self.channel.leases.renew()
        self.channel.leases.reap()


class _Leased:
    """The part that is the same with and without sentinels."""

    QoS = LeasedQoS
    _asleep = False
    _in_poll: Any
    _brpop_sent_at: Any

    @cached_property
    def plain(self: Any) -> Any:
        """A client without Kombu's prefix, on Kombu's pool."""
        return Redis(connection_pool=self.pool)

    @cached_property
    def leases(self: Any) -> Leases:
        return Leases(self.plain, Ward.lease, Ward.on_dead)

    def _brpop_start(self: Any, timeout: float | None = None) -> None:
        queues = self._queue_cycle.consume(len(self.active_queues))
        if not queues:
            return
        self._in_poll, self._brpop_sent_at = self.client.connection, monotonic()
        if self._asleep:
            self._in_poll.send_command("BLPOP", PREFIX + "wake", timeout or self.brpop_timeout)
        else:
            keys = [unacked_key(Ward.lease), PREFIX + "deliveries", *(PREFIX + queue for queue in queues)]
            self._in_poll.send_command("EVAL", TAKE, len(keys), *keys, *queues)

    def _brpop_read(self: Any, **options: Any) -> bool:
        try:
            try:
                found = self.client.parse_response(self.client.connection, "EVAL", **options)
            except self.connection_errors:
                self.client.connection.disconnect()
                self._asleep = False
                raise
            if self._asleep or not found:
                # Woken: ask next. Nothing there: sleep next.
                self._asleep = not self._asleep
                raise Empty
            self._hand_on(bytes_to_str(found[0]), bytes_to_str(found[1]), found[2])
            return True
        finally:
            self._in_poll = None
            self._flush_brpop_reauth()

    def _hand_on(self: Any, queue: str, tag: str, entry: bytes) -> None:
        self._queue_cycle.rotate(queue)
        try:
            message = read_envelope(entry)
        except UnreadableMessage as error:
            Ward.on_dead(queue, entry, error)
            self.plain.hdel(unacked_key(Ward.lease), tag)
            return
        message["properties"]["delivery_tag"] = tag
        self.connection._deliver(message, queue)


class LeasedChannel(_Leased, redis.Channel):
    """A channel of one Redis."""


class LeasedSentinelChannel(_Leased, redis.SentinelChannel):
    """A channel of a Redis that sentinels watch."""


class LeasedTransport(redis.Transport):
    """To one Redis."""

    Channel = LeasedChannel


class LeasedSentinelTransport(redis.SentinelTransport):
    """To a Redis that sentinels watch."""

    Channel = LeasedSentinelChannel
