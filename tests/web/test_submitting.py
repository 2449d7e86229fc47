"""docs/submit.md: its code, run as printed against a whole system."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.contracts import JobState
from tests.systems import ROOT, stop
from tests.waiting import wait_for
from tests.web.conftest import Api
from worker.bridges import is_bridge_up

PAGE = (ROOT / "docs/submit.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
needs_redis_cli = pytest.mark.skipif(shutil.which("redis-cli") is None, reason="needs redis-cli")


def _code(section: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", SECTIONS[section], re.DOTALL)


@pytest.fixture(scope="module")
def full(api: Api) -> Iterator[Api]:
    """An API with a worker and a bridge."""
    with (api.system.folder / "bridge.log").open("wb") as log:
        bridge = subprocess.Popen([sys.executable, "-m", "worker", "bridge"], cwd=ROOT, env=api.system.env, stderr=log)
        try:
            wait_for(lambda: is_bridge_up(api.system.broker))
            yield api
        finally:
            stop(bridge)


def _run(api: Api, *command: str | Path, code: str | None = None) -> str:
    own = {"DETENTE_URL": api.url, "DETENTE_KEY": str(api.key), "DETENTE_BROKER": api.system.broker}
    env = {**os.environ, **own, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, input=code, env=env, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _wait_until_read(api: Api, article: str) -> None:
    """Until the job of an article is done, of which there is one."""

    def state() -> bool:
        found = [record for record in api.system.client.jobs(limit=500) if record.label.get("article") == article]
        assert len(found) <= 1
        return bool(found) and found[0].state is JobState.DONE

    wait_for(state, timeout_s=60)


@needs_curl
def test_curl_submits_an_article_and_a_batch(full: Api) -> None:
    single, batch = _code("curl", "bash")
    for _ in range(2):
        job = json.loads(_run(full, "bash", "-e", code=single))
        assert (job["state"], job["result"]["article_id"]) == ("done", "article-1")
        assert json.loads(_run(full, "bash", "-e", code=batch))["accepted"] == 2
    for article in ("article-1", "article-2", "article-3"):
        _wait_until_read(full, article)


def test_python_submits_over_http_and_into_redis(full: Api) -> None:
    over_http, into_redis = _code("Python", "python")
    straight = over_http.replace('os.environ["DETENTE_URL"], key=os.environ["DETENTE_KEY"]', 'os.environ["DETENTE_BROKER"]')
    assert straight != over_http
    for code in (over_http, straight):
        printed = _run(full, sys.executable, "-", code=code)
        assert "recalled" in printed
        assert [line.split()[-1] for line in printed.splitlines()][-3:] == ["submitted", "started", "done"]
    _wait_until_read(full, "article-4")
    for _ in range(2):
        assert _run(full, sys.executable, "-", code=into_redis).startswith("100 ")


@needs_node
def test_node_submits_over_http(full: Api) -> None:
    [code] = _code("Node", "js")
    for _ in range(2):
        assert re.match(r"200 done [0-9a-f-]{36}", _run(full, "node", "--input-type=module", "-", code=code))
    _wait_until_read(full, "article-5")


@needs_redis_cli
def test_redis_cli_appends_a_plain_job(full: Api) -> None:
    [code] = _code("A plain job in Redis, from any program", "bash")
    socket = full.system.broker.removeprefix("unix://").partition("?")[0]
    for _ in range(2):
        _run(full, "bash", "-e", code=f'redis-cli() {{ command redis-cli -s {socket} "$@"; }}\n{code}')
    _wait_until_read(full, "article-6")


@needs_node
def test_node_appends_a_plain_job_over_a_socket(full: Api) -> None:
    [code] = _code("A plain job in Redis, from any program", "js")
    for _ in range(2):
        assert re.match(r"\d+-\d+\n", _run(full, "node", "--input-type=module", "-", code=code))
    _wait_until_read(full, "article-7")


def test_services_test_themselves(full: Api) -> None:
    [code] = _code("Tests of your own service", "python")
    assert _run(full, sys.executable, "-", code=code) == "2026\nArticleRejected the article has no text\n2\n"
