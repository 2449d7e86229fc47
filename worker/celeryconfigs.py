"""Celery's configuration, each choice with its reason."""

from __future__ import annotations

from typing import Any

from kombu.entity import Queue as KombuQueue

from detente.ledgers import PREFIX
from detente.urls import celery_url
from worker.schedules import beat_schedule
from worker.settings import Settings


def celery_config(settings: Settings) -> dict[str, Any]:
    """The configuration of worker, beat and Flower alike."""
    return {**_wire(settings), **_delivery(settings), **_sight(), **_schedule(settings)}


def _wire(settings: Settings) -> dict[str, Any]:
    prefixed = {"global_keyprefix": PREFIX}
    return {
        "broker_url": celery_url(settings.broker),
        "result_backend": celery_url(settings.broker),
        # JSON alone: a pickle in a queue is a program that whoever can write to Redis runs in our name.
        "task_serializer": "json",
        "result_serializer": "json",
        "event_serializer": "json",
        "accept_content": ["json"],
        # A worker that starts before its Redis waits for it.
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {
            # One prefix for all keys, so that detente can share a Redis.
            **prefixed,
            # Interactive before bulk, always: queues are asked in the order of the setting.
            "queue_order_strategy": "priority",
            # How often a worker renews its lease and looks for those of dead workers, in seconds.
            "unacked_restore_interval": 2,
        },
        "result_backend_transport_options": prefixed,
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


def _sight() -> dict[str, Any]:
    return {
        "task_track_started": True,
        "result_extended": True,
        "worker_send_task_events": True,
        "task_send_sent_event": True,
        # One format of log lines for all processes: ours.
        "worker_hijack_root_logger": False,
    }


def _schedule(settings: Settings) -> dict[str, Any]:
    return {
        "timezone": "UTC",
        "beat_schedule": beat_schedule(settings.schedules),
        # The heartbeat's minute is the finest slot; a new file of schedules is seen after a restart.
        "beat_max_loop_interval": 30,
    }
