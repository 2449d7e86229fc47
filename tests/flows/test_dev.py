"""`python -m worker dev`: a whole system from one folder, of which nothing is left over."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from redis import Redis

from detente.client import Client
from detente.contracts import Beat
from detente.embedded import EmbeddedServer, is_serving
from tests.systems import ROOT
from tests.waiting import wait_for

START_S = 100.0


class Dev:
    """A `dev` on a folder, with its lines and all processes that it started."""

    def __init__(self, data: Path, *arguments: str, starter: str | None = None, **env: str) -> None:
        self.data, self.ready_file, self._log = data, data.with_suffix(".ready"), data.with_suffix(".log")
        command = [
            sys.executable, "-m", "worker", "dev", "--data", str(data), "--concurrency", "1", "--flower-port", "0",
            "--web-port", "0", "--ready-file", str(self.ready_file), *arguments,
        ]  # fmt: skip
        if starter is not None:
            command = [sys.executable, "-c", starter, *command]
        own = {key: value for key, value in os.environ.items() if not key.startswith("DETENTE_")}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT, env={**own, **env})

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def ready(self) -> dict[str, str | None]:
        """What the ready file says, once it is there."""
        wait_for(lambda: self.ready_file.exists() or self.process.poll() is not None, timeout_s=START_S)
        assert self.ready_file.exists(), self.log
        return json.loads(self.ready_file.read_text(encoding="utf-8"))

    def family(self) -> list[psutil.Process]:
        """All that runs on the folder, whoever its parent is now."""
        found = []
        for process in psutil.process_iter():
            try:
                words = [*process.cmdline(), process.environ().get("DETENTE_DATA", "")]
                if process.status() != psutil.STATUS_ZOMBIE and any(str(self.data) in word for word in words):
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue
        return found

    def member(self, word: str) -> psutil.Process:
        """The supervised program with this word on its command line."""
        (child,) = (child for child in psutil.Process(self.process.pid).children() if word in child.cmdline())
        return child

    def close(self) -> None:
        for process in self.family():
            process.kill()
        self.process.kill()
        self.process.wait()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Dev]]:
    started: list[Dev] = []

    def start(*arguments: str, name: str = "data", **more: str) -> Dev:
        started.append(Dev(tmp_path / name, *arguments, **more))
        return started[-1]

    yield start
    for dev in started:
        dev.close()


def get(url: str, path: str) -> int:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_everything_becomes_ready_works_and_stops_in_order(start: Callable[..., Dev]) -> None:
    dev = start()
    facts = dev.ready()
    assert get(facts["flower"], "/healthcheck") == 200
    assert get(facts["web"], "/readyz") == 200
    assert get(facts["web"], "/v1/jobs") == 401
    with Client(facts["broker"]) as client:
        assert client.submit(Beat()).result(timeout_s=60).at
    dev.process.terminate()
    assert dev.process.wait(60) == 0
    assert not dev.family()
    assert not is_serving(dev.data)
    assert not dev.ready_file.exists()
    stops = [line.removeprefix("dev      | ") for line in dev.log.splitlines() if line.endswith(" has stopped")]
    assert stops == ["beat has stopped", "bridge has stopped", "web has stopped", "flower has stopped", "worker has stopped"]
    assert "\033" not in dev.log


def test_a_killed_dev_leaves_no_process(start: Callable[..., Dev]) -> None:
    dev = start()
    dev.ready()
    assert len(dev.family()) >= 7  # dev, server, worker and its child, Flower, bridge, beat
    dev.process.kill()
    dev.process.wait()
    wait_for(lambda: not dev.family())


def test_with_parent_it_ends_when_its_parent_is_killed(start: Callable[..., Dev]) -> None:
    starter = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    dev = start("--only", "beat", "--with-parent", starter=starter)
    dev.ready()
    dev.process.kill()
    dev.process.wait()
    wait_for(lambda: not dev.family(), timeout_s=30)
    assert "the process that started this system has gone" in dev.log


def test_a_parent_that_has_ended_before_is_missed_at_once(start: Callable[..., Dev]) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dev = start("--only", "beat", "--with-parent", str(ended.pid))
    assert dev.process.wait(60) == 0
    assert not dev.family()


def test_a_second_dev_on_the_same_folder_says_so(start: Callable[..., Dev]) -> None:
    first = start("--only", "beat")
    first.ready()
    command = [sys.executable, "-m", "worker", "dev", "--data", str(first.data), "--only", "beat"]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert second.returncode == 1
    assert second.stderr == f"a system runs on {first.data} already (process {first.process.pid})\n"
    assert first.process.poll() is None


def test_a_server_that_dies_comes_back_with_its_messages(start: Callable[..., Dev]) -> None:
    dev = start("--only", "beat")
    dev.ready()
    with Redis.from_url(EmbeddedServer(dev.data).url) as redis:
        redis.rpush("queue", "message")
        psutil.Process(redis.info("server")["process_id"]).kill()
    wait_for(lambda: "the embedded server has gone" in dev.log and is_serving(dev.data))
    with Redis.from_url(EmbeddedServer(dev.data).url) as redis:
        assert redis.lrange("queue", 0, -1) == [b"message"]


def test_a_worker_that_crashes_is_started_again(start: Callable[..., Dev]) -> None:
    dev = start("--only", "worker")
    broker = dev.ready()["broker"]
    dev.member("worker").kill()
    wait_for(lambda: "worker was killed by SIGKILL; it starts again in 1 s" in dev.log)
    with Client(broker) as client:
        assert client.submit(Beat()).result(timeout_s=60).at


def test_a_broker_that_the_environment_names_is_used_and_no_other_is_started(start: Callable[..., Dev], tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path / "other") as server:
        dev = start("--only", "beat", DETENTE_BROKER=server.url, DETENTE_STORE="sqlite:////nowhere/at.db")
        assert dev.ready() == {"broker": server.url, "store": "sqlite:////nowhere/at.db", "flower": None, "web": None}
        assert not is_serving(dev.data)


def test_a_wrong_setting_is_named_and_nothing_is_started(start: Callable[..., Dev]) -> None:
    dev = start(DETENTE_BROKER="http://here")
    assert dev.process.wait(60) == 1
    assert "DETENTE_BROKER" in dev.log
    assert "Traceback" not in dev.log
    assert not dev.family()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "worker", "dev", "--data", str(tmp_path), "--flower-port", str(port)]
        refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert refused.returncode == 1
    assert f"Flower cannot listen on port {port}" in refused.stderr


def test_flower_asks_for_the_password_of_the_settings_and_nobody_sees_it_on_its_command_line(start: Callable[..., Dev]) -> None:
    dev = start("--only", "flower", DETENTE_FLOWER_AUTH="reader:secret-word")
    url = dev.ready()["flower"]
    assert get(url, "/tasks") == 401
    assert not any("secret-word" in word for process in dev.family() for word in process.cmdline())
    assert "secret-word" not in dev.log


def test_ctrl_c_stops_all(start: Callable[..., Dev]) -> None:
    dev = start("--only", "beat")
    dev.ready()
    dev.process.send_signal(signal.SIGINT)
    assert dev.process.wait(60) == 0
    assert not dev.family()


def test_flower_without_a_password_is_not_opened_to_others() -> None:
    own = {key: value for key, value in os.environ.items() if not key.startswith("DETENTE_")}
    command = [sys.executable, "-m", "worker", "flower", "--address", "0.0.0.0"]
    refused = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "DETENTE_FLOWER_AUTH" in refused.stderr
