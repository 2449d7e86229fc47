"""The command lines of worker, beat, Flower and the API: the same for `dev`, for Compose, and for a person at a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from detente.errors import SettingsInvalid
from worker.settings import Settings

#: What one looks for in a list of jobs. More than eight columns do not fit a laptop's screen, and the last one is cut.
FLOWER_COLUMNS = "name,uuid,state,kwargs,received,runtime,retries,worker"
#: Flower keeps this many jobs in memory, about 3 kB each; Redis and the store remember the others.
FLOWER_MAX_TASKS = 20_000
#: After a `kill -9` Flower has forgotten no more than this.
FLOWER_SAVE_MS = 10_000
#: A worker that has been away for an hour is not coming back under its old name (containers get new ones).
FLOWER_FORGET_WORKERS_S = 3600
LOOPBACK = "127.0.0.1"


def worker_argv(*, concurrency: int | None = None, extra: Sequence[str] = ()) -> tuple[str, ...]:
    """A worker, on the queues of the settings. Neither of the left-out chats between workers is used here."""
    number = () if concurrency is None else (f"--concurrency={concurrency}",)
    return (*_celery(), "worker", "--loglevel=INFO", "--without-gossip", "--without-mingle", *number, *extra)


def beat_argv(*, extra: Sequence[str] = ()) -> tuple[str, ...]:
    """The clock. No pid file can be left behind to stop it."""
    return (*_celery(), "beat", "--loglevel=INFO", "--pidfile=", *extra)


def flower_argv(data: Path, *, address: str = LOOPBACK, port: int = 5555, extra: Sequence[str] = ()) -> tuple[str, ...]:
    """Flower, with a memory in the data folder. An empty file of options: one in the working folder would be run unseen."""
    options = {
        "address": address, "port": port, "conf": os.devnull, "tasks_columns": FLOWER_COLUMNS, "max_tasks": FLOWER_MAX_TASKS,
        "persistent": True, "db": data / "flower", "state_save_interval": FLOWER_SAVE_MS,
        "purge_offline_workers": FLOWER_FORGET_WORKERS_S,
    }  # fmt: skip
    return (*_celery(), "flower", *(f"--{name}={value}" for name, value in options.items()), *extra)


def web_argv(*, address: str = LOOPBACK, port: int = 8000) -> tuple[str, ...]:
    """The HTTP API."""
    return (sys.executable, "-m", "worker", "web", f"--address={address}", f"--port={port}")


def flower_env(settings: Settings) -> Mapping[str, str]:
    """Flower's password goes by its environment: on its command line every user of the machine could read it."""
    if settings.flower_auth is None:
        return {}
    auth = settings.flower_auth.get_secret_value()
    if ":" not in auth or "," in auth:
        raise SettingsInvalid("DETENTE_FLOWER_AUTH must be user:password, without a comma, at which Flower would split it")
    return {"FLOWER_BASIC_AUTH": auth}


def bridge_argv() -> tuple[str, ...]:
    """The bridge from the intake stream to the queues."""
    return (sys.executable, "-m", "worker", "bridge")


def become(argv: Sequence[str], env: Mapping[str, str]) -> None:
    """Put a program in this process's place, so that signals and exit codes are its own."""
    os.execve(argv[0], tuple(argv), {**os.environ, **env})  # noqa: S606


def _celery() -> tuple[str, ...]:
    return (sys.executable, "-m", "celery", "--quiet", "-A", "worker")
