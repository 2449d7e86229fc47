"""Celery's configuration, each choice with its reason."""

from __future__ import annotations

from typing import Any

from kombu.entity import Queue as KombuQueue

from detente.client.connections import asking_sentinels
from detente.scripts import PREFIX
from detente.urls import celery_tls, celery_transport_options, celery_url
from worker.settings import KindLimits, Settings

#: A Redis that rewrites its files may pause for seconds. A worker that waits for longer misses the renewal of its lease (15 s).
SILENCE_S = 10
#: How long Redis may take to accept a connection.
CONNECT_S = 5
#: The connection on which a worker waits for messages is missed after once to twice as long.
HEALTH_CHECK_S = 5


def celery_config(settings: Settings) -> dict[str, Any]:
    """The configuration of worker, beat and Flower alike."""
    return {**_wire(settings), **_delivery(settings), **_sight(), **_schedule()}


def _wire(settings: Settings) -> dict[str, Any]:
    # What sentinels are asked for is no part of their addresses, for Celery.
    prefixed: dict[str, Any] = {"global_keyprefix": PREFIX, **celery_transport_options(settings.broker)}
    return {
        "broker_url": celery_url(settings.broker),
        "result_backend": celery_url(settings.broker),
        "broker_use_ssl": celery_tls(settings.broker),
        "redis_backend_use_ssl": celery_tls(settings.broker),
        # JSON alone: a pickle in a queue is a program that whoever can write to Redis runs in our name.
        "task_serializer": "json",
        "result_serializer": "json",
        "event_serializer": "json",
        "accept_content": ["json"],
        # A worker that starts before its Redis waits for it.
        "broker_connection_retry_on_startup": True,
        # …and one whose Redis takes no writes for a while (a replica, a full disk) connects again instead of ending.
        "broker_channel_error_retry": True,
        "broker_transport_options": {
            # One prefix for all keys, so that detente can share a Redis.
            **prefixed,
            # Interactive before bulk, always: queues are asked in the order of the setting.
            "queue_order_strategy": "priority",
            # Tells Flower to add a queue's two lists: that of the default tenant, and the tokens of the others.
            "priority_steps": [0, 1],
            "sep": ":",
            # How often a worker renews its lease and looks for those of dead workers, in seconds.
            "unacked_restore_interval": 2,
            # A connection that falls silent (a failover, a firewall that forgets it) is given up, and made anew.
            "socket_timeout": SILENCE_S,
            "socket_connect_timeout": CONNECT_S,
            "health_check_interval": HEALTH_CHECK_S,
        },
        "redis_socket_timeout": SILENCE_S,
        "redis_socket_connect_timeout": CONNECT_S,
        "result_backend_transport_options": {
            **prefixed,
            "sentinel_kwargs": asking_sentinels(prefixed.get("sentinel_kwargs", {})),
        },
        "result_expires": settings.result_expires_s,
    }


def _delivery(settings: Settings) -> dict[str, Any]:
    return {
        # A message leaves Redis when its job has ended, not when it begins; a job whose process is killed goes back.
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        # …but as a counted retry: put back as it was, a job that kills its worker would do so for ever.
        "task_retry_on_worker_lost": True,
        # A worker takes one job ahead for each process, and no more: what it hoards is late elsewhere and lost to sight.
        "worker_prefetch_multiplier": 1,
        # Both limits, on every job: a job that hangs gives its process back.
        "task_soft_time_limit": settings.soft_time_limit_s,
        "task_time_limit": settings.time_limit_s,
        # …and what the settings say of single kinds.
        "task_annotations": {kind: _limits(given) for kind, given in settings.limits.items()},
        # How long jobs may go on after SIGTERM is said by worker.drains; Celery's soft shutdown sleeps its whole time.
        "worker_soft_shutdown_timeout": 0,
        # Without its connection a worker cannot acknowledge: its jobs run elsewhere, so it stops them here.
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        # A misspelt queue is an error, and not a queue that nobody reads.
        "task_create_missing_queues": False,
        # Declared queues are what a worker takes from, and what Flower shows.
        "task_queues": [KombuQueue(queue, routing_key=queue) for queue in settings.queues],
        "task_default_queue": settings.queues[0],
        # The default exchange, which reaches a queue by its name: no bindings to keep.
        "task_default_exchange": "",
    }


def _limits(given: KindLimits) -> dict[str, Any]:
    named = {"soft_time_limit": given.soft_s, "time_limit": given.hard_s, "max_later": given.max_retries}
    return {name: value for name, value in named.items() if value is not None}


def _sight() -> dict[str, Any]:
    return {
        "task_track_started": True,
        "result_extended": True,
        "worker_send_task_events": True,
        "task_send_sent_event": True,
        # One format of log lines for all processes: ours.
        "worker_hijack_root_logger": False,
    }


def _schedule() -> dict[str, Any]:
    # Celery's own keeps the schedule in a file of the one beat that there may be.
    return {"timezone": "UTC", "beat_scheduler": "worker.beats:Beat"}
