"""The Celery application, and what a worker does when it starts, forks and beats."""

from __future__ import annotations

import ctypes
import gc
import logging
import signal
import sys
import warnings
from functools import cached_property
from typing import Any

from celery import Celery, signals
from celery.loaders.app import AppLoader
from redis.exceptions import RedisError

from detente.client import new_id
from tasks import ROOMS
from tasks.logs import fact
from worker.benches import Bench
from worker.celeryconfigs import celery_config
from worker.drains import limit_drain
from worker.logs import set_up_logs
from worker.results import BACKENDS
from worker.settings import Settings, load_settings
from worker.traces import start_tracing
from worker.transports import hold_leases, use_leased_transports
from worker.verdicts import Verdicts

_PR_SET_PDEATHSIG = 1


class Loader(AppLoader):
    """Reads the settings when Celery first asks for its configuration, never at import."""

    override_backends = BACKENDS

    def read_configuration(self, env: str = "") -> Any:
        use_leased_transports()
        return celery_config(self.app.settings)


class Application(Celery):
    """Celery with detente's settings and services."""

    task_cls = "worker.requests:CarefulTask"

    @cached_property
    def settings(self) -> Settings:
        return load_settings()

    @cached_property
    def services(self) -> Bench:
        return Bench(self.settings)

    @cached_property
    def verdicts(self) -> Verdicts:
        return Verdicts(self.services)


app = Application("detente", loader=Loader, include=list(ROOMS))


@signals.setup_logging.connect
def _set_up_logs(loglevel: int | None = None, **_: Any) -> None:
    set_up_logs(level=loglevel or logging.INFO, as_json=app.settings.log_json)


@signals.worker_init.connect
def _prepare(**_: Any) -> None:
    """Before the fork, so that children share it: the schema, the model, and memory that is never collected."""
    _check_limits()
    app.verdicts.connect()
    # A restarted worker is another, so that its predecessor's jobs come back.
    hold_leases(new_id(), on_dead=app.verdicts.undeliverable)
    limit_drain(app.settings.drain_s)
    app.services.store.upgrade()
    app.services.nlp  # noqa: B018 - loads it
    gc.collect()
    gc.freeze()


def _check_limits() -> None:
    """Ends the worker where a kind would be killed before it is asked to stop. Only here handlers and settings are both known."""
    given = app.settings
    for kind, task in app.tasks.items():
        soft_s, hard_s = task.soft_time_limit or given.soft_time_limit_s, task.time_limit or given.time_limit_s
        if not soft_s < hard_s:
            told = f"its soft limit ({soft_s:g} s) must be below its hard one ({hard_s:g} s): set both in DETENTE_LIMITS"
            # No error of ours: Celery would log it and go on.
            sys.exit(f"{kind}: {told}")


@signals.worker_process_init.connect
def _prepare_child(**_: Any) -> None:
    app.services.store.after_fork()
    start_tracing(app.settings.otlp, service="detente-worker")
    if sys.platform == "linux":
        # A child outlives a killed parent otherwise, and waits for ever on a pipe that its siblings hold open.
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@signals.worker_ready.connect
def _limit_queues(**_: Any) -> None:
    """Not before Redis is known to be there."""
    app.services.limit_queues()


@signals.worker_ready.connect
@signals.heartbeat_sent.connect
def _beat(sender: Any, **_: Any) -> None:
    """Tell that this worker's loop goes round. Sent by the loop itself, so it stops when the loop hangs."""
    # At ready the sender is the consumer; at each beat it is a clock, which knows who it beats for.
    try:
        app.services.ledger.heartbeat(getattr(sender, "eventer", sender).hostname)
    except RedisError as away:
        fact("heartbeat_missed", level=logging.WARNING, error=type(away).__name__)


@signals.task_prerun.connect
def _hide_payload(task: Any, **_: Any) -> None:
    """Celery keeps a job's arguments with its result; an article's text has no business there."""
    task.request.payload = task.request.kwargs.get("job")  # What a dead letter keeps.
    task.request.kwargs = {"job": task.request.kwargsrepr}


# redis-py 8 deprecates a command that Celery's result backend uses on every result.
warnings.filterwarnings("ignore", message=".*setex.*", category=DeprecationWarning)
