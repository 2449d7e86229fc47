"""`detente schedules`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.embedded import EmbeddedServer
from tests.systems import System


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder: Path = tmp_path_factory.mktemp("system")
    with EmbeddedServer(folder / "redis") as server:
        system = System(server.url, f"sqlite:///{folder / 'detente.db'}", folder)
        yield system
        system.close()


def out(system: System, *arguments: str) -> str:
    done = system.cli("schedules", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def test_schedules_are_kept_from_the_command_line(system: System) -> None:
    out(system, "add", "at nine", "detente.heartbeat.beat", "0 9 * * *", "--timezone", "Asia/Tokyo", "--catch-up", "skip")
    [row] = [json.loads(line) for line in out(system, "--json").splitlines()]
    plan = row["schedule"]
    assert (plan["cron"], plan["timezone"], plan["catch_up"]) == ("0 9 * * *", "Asia/Tokyo", "skip")
    out(system, "change", "at nine", "--cron", "30 9 * * *")
    out(system, "pause", "at nine")
    assert "paused" in out(system)
    out(system, "resume", "at nine")
    job = out(system, "run", "at nine").strip()
    shown = out(system, "show", "at nine")
    assert "by_hand" in shown
    assert job in shown
    assert "00:30Z" in shown
    out(system, "remove", "at nine")
    assert out(system, "--json") == ""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["add", "a", "detente.heartbeat.beat", "* * *"], "five fields"),
        (["add", "a", "detente.heartbeat.beat", "0 25 * * *"], "no cron line"),
        (["add", "a", "detente.nothing", "* * * * *"], "no job of kind"),
        (["add", "a", "detente.jobs.expire", "* * * * *", "--job", "{"], "JSON"),
        (["add", "a", "detente.jobs.expire", "* * * * *", "--job", '{"after_days": -1}'], "after_days"),
        (["add", "a", "detente.jobs.expire", "* * * * *", "--catch-up", "never"], "catch_up"),
        (["pause", "nobody"], "detente schedules"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(system: System, arguments: list[str], told: str) -> None:
    done = system.cli("schedules", *arguments)
    assert done.returncode == 1
    assert told in done.stderr.decode()
    assert len(done.stderr.decode().splitlines()) == 1
