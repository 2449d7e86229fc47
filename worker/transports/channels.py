"""Kombu's channels and transports, with messages taken in one script, under a lease, and looked at first.

Idle, a channel waits on the list of wake-up tokens; woken, or a second later, it asks the queues in their order.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from queue import Empty
from time import monotonic, time
from typing import Any, ClassVar

from kombu.exceptions import ChannelError, OperationalError
from kombu.transport import redis, virtual
from kombu.utils.encoding import bytes_to_str
from kombu.utils.json import dumps
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from detente.client.connections import asking_sentinels
from detente.contracts import DEFAULT_TENANT
from detente.scripts import PREFIX, script
from worker.transports.envelopes import UnreadableMessage, read_envelope, without_eta
from worker.transports.leases import LEASE_S, Leases, unacked_key

#: How the queues end that answers to Celery's remote control come in (`celery inspect`, greetings between workers). They are
#: no jobs: whoever asked reads them as stock Kombu does, and what nobody reads is gone after so many seconds.
REPLIES, REPLY_S = ".reply.celery.pidbox", 60


class Ward:
    """What all connections of a process share: its worker's name, its former leases, and who is told of dead messages."""

    name: str | None = None
    on_dead: Callable[[str, bytes, Exception], None]
    leases: ClassVar[list[str]] = []

    @classmethod
    def new_lease(cls) -> str:
        """One for each connection: what was taken on a broken one can no longer be acknowledged, and is given back."""
        if cls.name is None:
            raise ChannelError("this process takes no jobs: only a worker holds leases")
        cls.leases.append(f"{cls.name}.{len(cls.leases)}")
        return cls.leases[-1]


class LeasedQoS(redis.QoS):
    """Acknowledgements by lease. The message was noted as taken when it was taken, so there is nothing to append."""

    def append(self, message: Any, delivery_tag: str) -> None:
        virtual.QoS.append(self, message, delivery_tag)

    def ack(self, delivery_tag: str) -> None:
        self.channel.leave(delivery_tag)
        virtual.QoS.ack(self, delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if requeue:
            self.channel.leases.give_back(delivery_tag)
        self.ack(delivery_tag)

    def restore_unacked(self, client: Any = None) -> None:
        for tag in list(self._delivered):
            self.reject(tag, requeue=True)
        self._delivered.clear()

    def restore_visible(self, start: int = 0, num: int = 10, interval: int = 10) -> None:
        """Kombu's timer calls this every two seconds: here it keeps the own lease, and ends those of the dead.

        Who only asks workers (Flower, `celery inspect`) holds none.
        """
        if Ward.name is None:
            return
        self.channel.leases.renew()
        self.channel.leases.reap()


class _Leased:
    """The part that is the same with and without sentinels."""

    QoS = LeasedQoS
    _asleep = _awaits_replies = _asks = False
    _in_poll: Any
    _brpop_sent_at: Any

    @cached_property
    def plain(self: Any) -> Any:
        """A client without Kombu's prefix, on Kombu's pool."""
        return Redis(connection_pool=self.pool)

    @cached_property
    def leases(self: Any) -> Leases:
        lease = Ward.new_lease()
        return Leases(self.plain, lease, Ward.on_dead, retired=[other for other in Ward.leases if other != lease])

    @cached_property
    def keyed(self) -> dict[str, str]:
        """The messages that hold a slot of a key."""
        return {}

    def leave(self: Any, tag: str) -> None:
        """A message has been dealt with: forget it, and let another with its key run."""
        self.plain.hdel(unacked_key(self.leases.lease), tag)
        if key := self.keyed.pop(tag, None):
            self.leases.release(tag, key)

    def _put(self: Any, queue: str, message: dict[str, Any], **_: Any) -> None:
        if queue.endswith(REPLIES):
            pipe = self.plain.pipeline()
            pipe.lpush(PREFIX + queue, dumps(message)).expire(PREFIX + queue, REPLY_S).execute()
            return
        headers = message.get("headers") or {}
        due = without_eta(message)
        arguments = [queue, headers.get("tenant") or DEFAULT_TENANT, headers.get("id", ""), dumps(message), due or ""]
        self.plain.eval(script("put"), 0, *arguments)

    def _purge(self, queue: str) -> int:
        raise ChannelError("the jobs of a purged queue would never end: cancel them (detente cancel) or close the queue")

    def _brpop_start(self: Any, timeout: float | None = None) -> None:
        self._awaits_replies = any(queue.endswith(REPLIES) for queue in self.active_queues)
        if self._awaits_replies:
            redis.Channel._brpop_start(self, timeout)
            return
        queues = self._queue_cycle.consume(len(self.active_queues))
        if not queues:
            return
        if self._asks:
            # The connection was made anew meanwhile. What was taken with that answer is under this lease, and nobody has it:
            # Celery connects again, with another lease, and gives it back.
            raise RedisConnectionError("the answer to the last question for a message was lost")
        self._in_poll, self._brpop_sent_at, self._asks = self.client.connection, monotonic(), not self._asleep
        if self._asleep:
            self._in_poll.send_command("BLPOP", PREFIX + "wake", timeout or self.brpop_timeout)
        else:
            self._in_poll.send_command("EVAL", script("take"), 0, self.leases.lease, LEASE_S, *queues)

    def _brpop_read(self: Any, **options: Any) -> bool:
        if self._awaits_replies:
            return bool(redis.Channel._brpop_read(self, **options))
        try:
            try:
                found = self.client.parse_response(self.client.connection, "EVAL", **options)
            except self.connection_errors:
                self.client.connection.disconnect()
                self._asleep = False
                raise
            self._asks = False
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
            self.leave(tag)
            return
        if self._may_run(tag, message):
            message["properties"]["delivery_tag"] = tag
            self._deliver(queue, tag, message, entry)

    def _deliver(self: Any, queue: str, tag: str, message: dict[str, Any], entry: bytes) -> None:
        """Give a message to Celery. Whatever it finds wrong with one, after all that was looked at, does not end the worker."""
        try:
            self.connection._deliver(message, queue)
        except (RedisError, OperationalError, OSError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - any error of Celery's, of which there are many kinds
            Ward.on_dead(queue, entry, UnreadableMessage(f"{type(error).__name__}: {error}"[:500]))
            self.basic_ack(tag)

    def _may_run(self: Any, tag: str, message: dict[str, Any]) -> bool:
        """Whether the message's time has come and, where jobs with its key are limited, it is one of those that may run."""
        headers = message["headers"]
        due = without_eta(message)
        if due and due > time() * 1000:
            # Celery would keep it in the worker's memory until then.
            self.leases.delay(tag, headers["id"], due, dumps(message))
            return False
        limit = headers.get("concurrency")
        if not limit:
            return True
        if not self.leases.acquire(tag, limit["key"], limit["limit"]):
            return False
        self.keyed[tag] = limit["key"]
        return True


class LeasedChannel(_Leased, redis.Channel):
    """A channel of one Redis."""


class LeasedSentinelChannel(_Leased, redis.SentinelChannel):
    """A channel of a Redis that sentinels watch."""

    def _sentinel_managed_pool(self, asynchronous: bool = False) -> Any:
        # Not in the transport options: Flower reads those too, and asks in another way.
        self.sentinel_kwargs = asking_sentinels(getattr(self, "sentinel_kwargs", None) or {})
        return super()._sentinel_managed_pool(asynchronous)


class LeasedTransport(redis.Transport):
    """To one Redis."""

    Channel = LeasedChannel


class LeasedSentinelTransport(redis.SentinelTransport):
    """To a Redis that sentinels watch."""

    Channel = LeasedSentinelChannel
