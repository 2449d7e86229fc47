"""A master that is killed: sentinels name another, and worker, client and Flower's queue lengths go on with it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from detente.contracts import Beat, JobState
from detente.embedded import leashed
from detente.embedded.binaries import server_binary
from detente.errors import BrokerUnreachable
from tests.systems import System
from tests.waiting import wait_for

PASSWORD = "an odd p@ss/word"
FLOWER = """
import asyncio, json, sys
from flower.utils.broker import Broker
from detente.urls import celery_transport_options, celery_url
options = {"global_keyprefix": "detente:", **celery_transport_options(sys.argv[1])}
print(json.dumps(asyncio.run(Broker(celery_url(sys.argv[1]), broker_options=options).queues(["upkeep"]))))
"""


def _free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def _server(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    folder.mkdir()
    with (folder / "log").open("wb") as log:
        argv = leashed([str(server_binary()), *arguments])
        process = subprocess.Popen(argv, cwd=folder, stdin=subprocess.PIPE, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.communicate()


def _redis(port: int, folder: Path, *arguments: str) -> list[str]:
    own = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", "--appendonly", "yes"]
    return [*own, "--requirepass", PASSWORD, "--masterauth", PASSWORD, "--repl-diskless-sync-delay", "0", *arguments]


def _sentinel(folder: Path, port: int, master: int) -> list[str]:
    (folder.parent / f"{folder.name}.conf").write_text(
        f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
        f"sentinel monitor mymaster 127.0.0.1 {master} 1\n"
        f'sentinel auth-pass mymaster "{PASSWORD}"\n'
        "sentinel down-after-milliseconds mymaster 500\nsentinel failover-timeout mymaster 3000\n"
    )
    return [str(folder.parent / f"{folder.name}.conf"), "--sentinel"]


@pytest.mark.timeout(120)
def test_a_killed_master_costs_a_pause_and_no_job(tmp_path: Path) -> None:
    ports, watch = [_free_port(), _free_port()], _free_port()
    with ExitStack() as stack:
        first = stack.enter_context(_server(tmp_path / "a", *_redis(ports[0], tmp_path / "a")))
        replica = _redis(ports[1], tmp_path / "b", "--replicaof", "127.0.0.1", str(ports[0]))
        stack.enter_context(_server(tmp_path / "b", *replica))
        nodes = [stack.enter_context(closing(Redis(port=port, password=PASSWORD, decode_responses=True))) for port in ports]
        wait_for(lambda: _answers(nodes[0]) and nodes[0].info("replication").get("slave0", {}).get("state") == "online")
        stack.enter_context(_server(tmp_path / "s", *_sentinel(tmp_path / "s", watch, ports[0])))
        url = f"sentinel://:an%20odd%20p%40ss%2Fword@127.0.0.1:1,127.0.0.1:{watch}/mymaster?db=1"
        asked = stack.enter_context(closing(Redis(port=watch, decode_responses=True)))
        wait_for(lambda: _answers(asked) and len(asked.sentinel_slaves("mymaster")) == 1)

        system = System(url, f"sqlite:///{tmp_path / 'detente.db'}", tmp_path)
        stack.enter_context(closing(system))
        stack.enter_context(system.worker(concurrency=1))
        assert system.client.submit(Beat()).result(timeout_s=30).at
        system.client.redis.sadd("detente:paused", "upkeep")
        waiting = system.client.submit(Beat())
        # Replication is asynchronous: what a master took in its last moments may be lost with it.
        assert nodes[0].wait(1, 5000) == 1

        first.kill()
        wait_for(lambda: _reaches(system), timeout_s=30)
        assert nodes[1].info("replication")["role"] == "master"
        system.client.redis.srem("detente:paused", "upkeep")
        assert waiting.result(timeout_s=60).at
        assert waiting.status().state is JobState.DONE
        assert system.client.submit(Beat()).result(timeout_s=60).at


def test_flower_reads_the_length_of_queues_by_the_same_url(tmp_path: Path) -> None:
    port, watch = _free_port(), _free_port()
    with ExitStack() as stack:
        stack.enter_context(_server(tmp_path / "a", *_redis(port, tmp_path / "a")))
        node = stack.enter_context(closing(Redis(port=port, password=PASSWORD)))
        wait_for(lambda: _answers(node))
        stack.enter_context(_server(tmp_path / "s", *_sentinel(tmp_path / "s", watch, port)))
        url = f"sentinel://:an%20odd%20p%40ss%2Fword@127.0.0.1:{watch}/mymaster"
        asked = stack.enter_context(closing(Redis(port=watch)))
        wait_for(lambda: _answers(asked))
        node.lpush("detente:upkeep", "one")
        # In a process of its own: Flower leaves its connection to the sentinel open.
        asked_by_flower = subprocess.run([sys.executable, "-c", FLOWER, url], capture_output=True, timeout=60)
        assert asked_by_flower.returncode == 0, asked_by_flower.stderr.decode()
        assert json.loads(asked_by_flower.stdout) == [{"name": "upkeep", "messages": 1}]


def _answers(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except RedisConnectionError:
        return False


def _reaches(system: System) -> bool:
    try:
        system.client.ping()
        return system.client.redis.info("replication")["role"] == "master"
    except BrokerUnreachable:
        return False
