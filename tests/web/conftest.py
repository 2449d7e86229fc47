"""A whole system with the API in front: Redis, a store, a worker, and uvicorn as a process of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from detente.embedded import EmbeddedServer
from detente.keys import Keys, Scope
from tests.systems import ROOT, System, stop
from tests.waiting import wait_for

ALL = tuple(Scope)


@dataclass
class Api:
    """The address of an API, and calls to it with a key."""

    url: str
    system: System
    key: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, *, key: str | None = "", **others: Any) -> requests.Response:
        """A request with this API's key, or another one, or none."""
        key = self.key if key == "" else key
        headers = {**({"Authorization": f"Bearer {key}"} if key else {}), **others.pop("headers", {})}
        return requests.request(method, self.url + path, headers=headers, timeout=30, **others)

    def get(self, path: str, **others: Any) -> requests.Response:
        return self.call("GET", path, **others)

    def post(self, path: str, **others: Any) -> requests.Response:
        return self.call("POST", path, **others)

    def make_key(self, *scopes: Scope, tenant: str = "default", name: str = "a test") -> str:
        return Keys(self.system.client.redis).create(name, scopes=scopes or ALL, tenant=tenant)[1]

    def read(self, text: str, **facts: Any) -> Any:
        """Have an article read. Returns the job as it ended."""
        answer = self.post("/v1/articles", json={"text": text, **facts}, headers={"Prefer": "wait=30"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["state"] == "done", answer.text
        return answer.json()


@contextmanager
def serving(system: System, **settings: str) -> Iterator[Api]:
    """`python -m worker web` on a free port, until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (system.folder / f"web-{port}.log").open("wb") as log:
        env = {**system.env, "DETENTE_WEB_RATE": "1000000", **settings}
        command = [sys.executable, "-m", "worker", "web", f"--port={port}"]
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
        try:
            wait_for(lambda: _answers(port) or process.poll() is not None, timeout_s=30)
            assert process.poll() is None, (system.folder / f"web-{port}.log").read_text(encoding="utf-8")
            api = Api(f"http://127.0.0.1:{port}", system)
            api.key = api.make_key(name="desk")
            yield api
        finally:
            stop(process)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def working(folder: Path) -> Iterator[Api]:
    """An API whose jobs a worker does, with a Redis and a store of its own."""
    with EmbeddedServer(folder / "redis") as server:
        system = System(server.url, f"sqlite:///{folder / 'detente.db'}", folder)
        system.store.upgrade()
        with closing(system), system.worker("web", concurrency=1), serving(system) as api:
            yield api


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An API whose jobs a worker does."""
    with working(tmp_path_factory.mktemp("web")) as api:
        yield api


@pytest.fixture(scope="session")
def idle_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An API whose jobs nobody does."""
    folder = tmp_path_factory.mktemp("idle-web")
    with EmbeddedServer(folder / "redis") as server:
        system = System(server.url, f"sqlite:///{folder / 'detente.db'}", folder)
        system.store.upgrade()
        with closing(system), serving(system) as api:
            yield api


@pytest.fixture(scope="session")
def seed() -> str:
    return (Path(__file__).parents[1] / "gold/seed/article.txt").read_text(encoding="utf-8")


def problem(answer: requests.Response, status: int, name: str) -> Any:
    """The problem document of an answer, which must be of this status and name."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert document["type"] == f"urn:detente:problem:{name}"
    assert document["status"] == status
    assert document["title"]
    return document
