"""The Compose file: against the specification's schema, against house rules, and each command run outside a container."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from redis import Redis
from redis.exceptions import AuthenticationError

from detente.embedded import EmbeddedServer
from detente.embedded.binaries import server_binary
from tests.systems import stop
from tests.waiting import wait_for
from worker.settings import Settings
from worker.systems import WORKER_GOODBYE_S

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
SECRETS = {"DETENTE_REDIS_PASSWORD": "word1", "DETENTE_POSTGRES_PASSWORD": "word2", "DETENTE_FLOWER_AUTH": "reader:word3"}
PROGRAMS = ("worker", "beat", "flower", "web", "bridge")


def interpolated(text: str, env: Mapping[str, str]) -> str:
    """`${NAME:-default}`, `${NAME:?why}` and `$$`, as Compose reads them. KeyError where a variable that must be set is not."""

    def value(match: re.Match[str]) -> str:
        name, default, why = match["name"], match["default"], match["why"]
        if match[0] == "$$":
            return "$"
        if why is not None and not env.get(name):
            raise KeyError(name, why)
        return env.get(name) or default or ""

    return re.sub(r"\$\$|\$\{(?P<name>\w+)(?::-(?P<default>[^}]*)|:\?(?P<why>[^}]*))?\}", value, text)


def filled(node: Any, env: Mapping[str, str]) -> Any:
    """The file's tree with its variables filled in: Compose reads the YAML first."""
    if isinstance(node, dict):
        return {key: filled(value, env) for key, value in node.items()}
    if isinstance(node, list):
        return [filled(value, env) for value in node]
    return interpolated(node, env) if isinstance(node, str) else node


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return filled(yaml.safe_load(TEXT), SECRETS)


def seconds(duration: str) -> int:
    return int(duration.removesuffix("s"))


def test_the_file_is_as_the_specification_says(compose: dict[str, Any]) -> None:
    schema = json.loads((Path(__file__).parent / "data/compose-spec.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    assert [error.message for error in validator.iter_errors(compose)] == []
    broken = {**compose, "services": {"redis": {**compose["services"]["redis"], "restrat": "always"}}}
    assert not validator.is_valid(broken)


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_has_a_default(secret: str) -> None:
    with pytest.raises(KeyError, match=secret):
        filled(yaml.safe_load(TEXT), {name: word for name, word in SECRETS.items() if name != secret})


def test_every_service_restarts_is_watched_and_has_limits(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"], name
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}, name
        assert service["stop_grace_period"], name
        assert service["logging"]["options"]["max-size"], name


def test_no_service_may_write_outside_its_volume_or_gain_privileges(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert name not in PROGRAMS or "cap_add" not in service


def test_ports_are_open_to_this_machine_alone(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_what_must_last_is_in_volumes(compose: dict[str, Any]) -> None:
    services = compose["services"]
    mounted = {volume.partition(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert mounted == set(compose["volumes"]) == {"redis", "postgres", "flower"}


def test_programs_start_when_redis_and_postgres_answer(compose: dict[str, Any]) -> None:
    for name in PROGRAMS:
        needed = compose["services"][name]["depends_on"]
        assert {service: need["condition"] for service, need in needed.items()} == {
            "redis": "service_healthy",
            "postgres": "service_healthy",
        }


def test_a_worker_has_time_to_drain_before_it_is_killed(compose: dict[str, Any]) -> None:
    worker = compose["services"]["worker"]
    assert seconds(worker["stop_grace_period"]) > float(worker["environment"]["DETENTE_DRAIN_S"]) + WORKER_GOODBYE_S


def test_the_environment_holds_settings_that_exist(compose: dict[str, Any]) -> None:
    known = {f"DETENTE_{name.upper()}" for name in Settings.model_fields}
    for name in PROGRAMS:
        assert compose["services"][name]["environment"].keys() <= known


def test_the_image_is_not_run_as_root_and_copies_what_exists() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert "USER detente" in lines
    assert lines.index("USER detente") > lines.index("FROM python:3.13-slim")
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")}
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    assert {source for sources in copied for source in sources} == let_in
    assert all((ROOT / source).exists() for source in let_in)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def started(command: list[str], env: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as lines:
        process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=lines, stderr=lines)
    try:
        yield process
    finally:
        stop(process)


@pytest.mark.timeout(200)
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_healthy_when_it_runs_and_not_before(name: str, compose: dict[str, Any], tmp_path: Path) -> None:
    service, port = compose["services"][name], str(free_port())
    command = [re.sub("5555|8000", port, word) for word in service["command"]]
    how, *health = [re.sub("5555|8000", port, word) for word in service["healthcheck"]["test"]]
    assert how == "CMD"
    with EmbeddedServer(tmp_path / "redis") as server:
        place = {
            "DETENTE_BROKER": server.url,
            "DETENTE_STORE": f"sqlite:///{tmp_path / 'detente.db'}",
            "DETENTE_DATA": str(tmp_path),
        }
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        env = {**os.environ, **service["environment"], **place, "PATH": path}

        def asked() -> int:
            return subprocess.run(health, env=env, cwd=ROOT, capture_output=True).returncode

        assert asked() == 1
        with started(command, env, tmp_path / "log") as process:
            wait_for(lambda: asked() == 0 or process.poll() is not None, timeout_s=150)
            assert process.poll() is None, (tmp_path / "log").read_text(encoding="utf-8")


def test_redis_keeps_all_jobs_and_asks_for_its_password(compose: dict[str, Any], tmp_path: Path) -> None:
    program, *options = compose["services"]["redis"]["command"]
    assert program == "valkey-server"
    port = free_port()
    place = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(tmp_path)]
    with (
        started([str(server_binary()), *options, *place], dict(os.environ), tmp_path / "log") as process,
        Redis(port=port, password="word1", decode_responses=True) as redis,
        Redis(port=port) as stranger,
    ):
        wait_for(lambda: "Ready to accept" in (tmp_path / "log").read_text(encoding="utf-8") or process.poll() is not None)
        assert redis.config_get("appendonly", "maxmemory", "maxmemory-policy", "save") == {
            "appendonly": "yes",
            "maxmemory": str(768 * 1024**2),
            "maxmemory-policy": "noeviction",
            "save": "",
        }
        with pytest.raises(AuthenticationError):
            stranger.ping()
