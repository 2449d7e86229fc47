"""`detente demo` and `--embedded`: a system for one call, which leaves nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil

from tests.systems import ROOT
from tests.waiting import wait_for


def _demo(tmp: Path, *arguments: str) -> subprocess.Popen[bytes]:
    tmp.mkdir(exist_ok=True)
    env = {**os.environ, "TMPDIR": str(tmp)}
    command = [sys.executable, "-m", "detente.cli", *arguments]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)


def _left(tmp: Path) -> list[str]:
    """Processes that still have the folder in their command line or environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(tmp) in " ".join([*process.cmdline(), process.environ().get("TMPDIR", "")]):
                found.append(" ".join(process.cmdline()))
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found


def test_two_demos_at_once_and_the_one_killed_leaves_nothing_while_the_other_finishes(tmp_path: Path) -> None:
    killed, spared = _demo(tmp_path / "a", "demo"), _demo(tmp_path / "b", "demo", "--json")
    wait_for(lambda: len(_left(tmp_path / "a")) >= 3)
    killed.kill()
    killed.communicate()
    out, err = spared.communicate(timeout=90)
    assert spared.returncode == 0, err
    assert json.loads(out)["statements"]
    wait_for(lambda: not _left(tmp_path / "a"), timeout_s=40)
    wait_for(lambda: not _left(tmp_path / "b"))
    assert not list((tmp_path / "b").glob("detente-*"))


def test_a_call_may_bring_up_its_own_system(tmp_path: Path) -> None:
    seed = str(ROOT / "tests/gold/seed/article.txt")
    process = _demo(tmp_path / "c", "read", seed, "--published", "2012-10-08", "--json", "--embedded")
    out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err
    assert json.loads(out)["article"]["title"] == "Fearing Afghanistan, Russia Gets Closer To Pakistan"
    assert not _left(tmp_path / "c")
