"""A real Redis, a real store, a real worker process: started once, used by all flows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from detente.embedded import EmbeddedServer
from tests.systems import System


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The embedded server, or the Redis that DETENTE_TEST_BROKER names (its database is emptied)."""
    if url := os.environ.get("DETENTE_TEST_BROKER"):
        yield url
        return
    with EmbeddedServer(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture(scope="session")
def system(broker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Broker and store (SQLite, or what DETENTE_TEST_STORE names) with one worker that is up."""
    folder = tmp_path_factory.mktemp("system")
    store = os.environ.get("DETENTE_TEST_STORE") or f"sqlite:///{folder / 'detente.db'}"
    system = System(broker, store, folder)
    system.client.redis.flushdb()
    with closing(system), system.worker():
        yield system


@pytest.fixture
def idle(broker: str, tmp_path: Path) -> Iterator[System]:
    """Broker and store of a test's own, without a worker: the test starts and kills its own."""
    with EmbeddedServer(tmp_path / "redis") as server:
        system = System(server.url, f"sqlite:///{tmp_path / 'detente.db'}", tmp_path)
        system.store.upgrade()
        with closing(system):
            yield system


@pytest.fixture(scope="session")
def seed() -> str:
    return (Path(__file__).parents[1] / "gold/seed/article.txt").read_text(encoding="utf-8")
