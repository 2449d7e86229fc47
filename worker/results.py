"""Celery's result backend, for Flower and programs that use stock Celery: what it cannot write is no job's end.

Stock Celery takes an error of its result backend for the end of the job, and acknowledges it: one that was about to start
never runs. detente relies on its ledger, whose errors put a job back.
"""

from __future__ import annotations

import logging
from typing import Any

from celery.backends.redis import RedisBackend, SentinelBackend
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from tasks.logs import fact


class _Forgiving:
    def store_result(self: Any, task_id: str, result: Any, state: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().store_result(task_id, result, state, *args, **kwargs)  # type: ignore[misc]
        except (RedisError, OperationalError) as away:
            fact("result_not_written", level=logging.WARNING, job_id=task_id, state=state, error=type(away).__name__)
            return result


class ForgivingBackend(_Forgiving, RedisBackend):
    """In one Redis."""


class ForgivingSentinelBackend(_Forgiving, SentinelBackend):
    """In a Redis that sentinels watch."""


#: By the scheme of the URL.
BACKENDS = {
    "redis": "worker.results:ForgivingBackend",
    "rediss": "worker.results:ForgivingBackend",
    "sentinel": "worker.results:ForgivingSentinelBackend",
}
