"""What handlers are given in these tests: a real Redis, a store, and leave to ask this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from detente.client import Client
from detente.embedded import EmbeddedServer
from detente.storage import Store
from detente.webhooks.deliveries import through
from tasks.services import Services
from tests.webs import HERE, Web, serving


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedServer(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as web:
        yield web


@pytest.fixture
def services(url: str, tmp_path: Path) -> Iterator[Services]:
    store = Store(f"sqlite:///{tmp_path / 'test.db'}")
    store.upgrade()
    with Client(url) as client:
        client.redis.flushdb()
        yield Services(
            job_id="job-1", store=store, nlp=cast(Any, None), progress=lambda made: None, submit=through(client),
            ledger=client.ledger, fetching=HERE,
        )  # fmt: skip
    store.close()
