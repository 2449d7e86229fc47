"""What operators see in Flower."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detente.contracts import Beat, ReadArticle, ReadArticles
from tests.systems import ROOT, System, stop
from tests.waiting import wait_for

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def flower(system: System) -> Iterator[str]:
    """Flower on the system's broker, with its API open to this machine."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (system.folder / "flower.log").open("wb") as log:
        command = [sys.executable, "-m", "worker", "flower", f"--port={port}"]
        env = {**system.env, "FLOWER_UNAUTHENTICATED_API": "true"}
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
        try:
            wait_for(lambda: _answers(port), timeout_s=60)
            wait_for(lambda: _listens(system, f"http://127.0.0.1:{port}"), timeout_s=60)
            yield f"http://127.0.0.1:{port}"
        finally:
            stop(process)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _listens(system: System, url: str) -> bool:
    """Whether Flower has seen the whole life of a job: it listens for events some time after it answers."""
    system.client.submit(Beat()).result(timeout_s=30)
    return any(task["name"] for task in _get(f"{url}/api/tasks").values())


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return json.load(answer)


def test_a_job_is_seen_with_short_facts_and_never_its_text(system: System, flower: str) -> None:
    job = ReadArticle(id="seen", title="Oslo protests", text="Oslo protested to Minsk on Monday.")
    receipt = system.client.submit(job)
    receipt.result(timeout_s=60)
    wait_for(lambda: _get(f"{flower}/api/tasks?limit=50").get(receipt.id, {}).get("state") == "SUCCESS")
    seen = _get(f"{flower}/api/task/info/{receipt.id}")
    assert seen["name"] == "detente.article.read"
    assert seen["kwargs"] == "{'article': 'seen', 'title': 'Oslo protests', 'size': 34}"
    assert "Monday" not in json.dumps(seen)


def test_all_queues_are_listed(flower: str) -> None:
    queues = {queue["name"] for queue in _get(f"{flower}/api/queues/length")["active_queues"]}
    assert queues == {"interactive", "bulk", "fetch", "upkeep"}


def test_progress_is_told_as_events(system: System) -> None:
    with system.client.redis.pubsub() as listener:
        listener.subscribe("detente:/0.celeryev/task.progress")
        articles = tuple(ReadArticle(text=f"Oslo thanked Riga {number} times.") for number in range(3))
        receipt = system.client.submit(ReadArticles(articles=articles))
        seen: list[dict[str, Any]] = []
        while len(seen) < 3:
            message = wait_for(lambda: listener.get_message(ignore_subscribe_messages=True, timeout=0.1))
            seen.append(json.loads(base64.b64decode(json.loads(message["data"])["body"])))
    assert [(event["uuid"], event["done"], event["total"]) for event in seen] == [(receipt.id, done, 3) for done in (1, 2, 3)]


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_the_list_of_tasks_shows_in_a_browser(system: System, flower: str, tmp_path: Path) -> None:
    receipt = system.client.submit(ReadArticle(id="in-a-browser", text="Oslo protested to Minsk on Monday."))
    receipt.result(timeout_s=60)
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", f"--user-data-dir={tmp_path}"]
    command = [CHROMIUM, *options, "--virtual-time-budget=8000", "--dump-dom", f"{flower}/tasks"]
    page = subprocess.run(command, capture_output=True, timeout=90).stdout.decode()
    assert receipt.id in page
    assert "in-a-browser" in page
    assert "Monday" not in page
