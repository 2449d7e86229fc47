"""Files and sitemaps go in, readings come out; who is killed on the way goes on."""

from __future__ import annotations

import gzip
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from detente.batches import MAX_ROWS
from detente.contracts import JobState
from detente.embedded import EmbeddedServer
from tests.imports.archives import PAGE, Archive
from tests.systems import System
from tests.waiting import wait_for
from tests.webs import Answer, Web, article_page, serving


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "crawl"
    folder.mkdir()
    rows = [{"id": "i1", "text": "Oslo thanked Riga."}, {"title": "none"}, {"@type": "NewsArticle", "articleBody": "Riga left."}]
    (folder / "rows.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    (folder / "a.txt").write_text("Norway recalled its ambassador from Minsk on Monday.")
    archive = Archive()
    archive.response(PAGE.format(1), url="https://news.example/i2")
    archive.response("gone", status="404 Not Found")
    archive.response(PAGE.format(2))
    # The last record is cut off.
    (folder / "crawl.warc.gz").write_bytes(archive.bytes[:-30])
    return folder


def imported(system: System, *arguments: str | Path, code: int = 0) -> dict[str, Any]:
    shown = system.cli("import", *map(str, arguments), "--json")
    assert shown.returncode == code, shown.stderr
    assert not shown.stderr
    return json.loads(shown.stdout)


def test_a_folder_goes_in_and_readings_come_out(system: System, folder: Path, tmp_path: Path) -> None:
    errors = tmp_path / "errors.jsonl"
    said = imported(system, folder, "--outlet", "The Test", "--errors", errors, "--wait", code=1)
    assert (said["rows"], said["articles"], said["submitted"], said["known"]) == (7, 4, 4, 0)
    assert said["refused"] == {"not_an_article": 1, "broken": 1}
    assert said["passed_over"] == {"not_found": 1}
    assert said["ends"] == {"done": 4}
    written = [json.loads(line) for line in errors.read_text().splitlines()]
    assert [(Path(one["place"]).name, one["reason"]) for one in written] == [
        ("crawl.warc.gz:3", "broken"), ("rows.jsonl.gz:2", "not_an_article"),
    ]  # fmt: skip
    article = system.store.reading(system.store.current_reading_id("i1")).article
    assert (article.text, article.outlet) == ("Oslo thanked Riga.", "The Test")
    again = imported(system, folder, "--outlet", "The Test", code=1)
    assert (again["submitted"], again["known"], again["batches"]) == (0, 4, said["batches"])


def test_what_could_not_be_read_is_told(system: System, tmp_path: Path) -> None:
    path, errors = tmp_path / "a.jsonl", tmp_path / "errors.jsonl"
    path.write_text(json.dumps({"text": "Oslo thanked Vilnius."}) + "\n" + json.dumps({"html": "<html><body></body></html>"}))
    shown = system.cli("import", str(path), "--wait", "--errors", str(errors))
    assert shown.returncode == 1
    assert b"2 rows: 2 articles" in shown.stdout
    assert b"read 1; 1 dead" in shown.stdout
    [failed] = [json.loads(line) for line in errors.read_text().splitlines()]
    assert failed["reason"] == "ArticleRejected"
    assert failed["place"].endswith(":1")


def test_a_dry_run_needs_no_system_and_submits_nothing(folder: Path, idle: System) -> None:
    shown = idle.cli("import", str(folder), "--dry-run", "--broker", "redis://127.0.0.1:1/0")
    assert shown.returncode == 1
    lines = shown.stdout.decode().splitlines()
    assert lines[0] == "7 rows: 4 articles; passed over 1 not_found"
    assert lines[1].startswith("refused 2; 1 ")
    assert "crawl.warc.gz:3: broken: " in shown.stdout.decode()
    assert not idle.client.jobs()


@pytest.mark.parametrize(
    "arguments",
    [(), ("/no/such/folder",), ("--sitemap", "no url"), ("--sitemap", "https://news.example/s.xml", "--dry-run"),
     ("--sitemap", "https://news.example/s.xml", "--since", "soon"), (".", "--language", "English")],
)  # fmt: skip
def test_what_cannot_be_is_said_in_a_line(system: System, arguments: tuple[str, ...]) -> None:
    shown = system.cli("import", *arguments)
    assert shown.returncode == 1
    assert shown.stderr.startswith(b"detente: ")
    assert b"Traceback" not in shown.stderr


def _depth(redis: Redis) -> int:
    return redis.llen("detente:bulk")


def test_a_killed_import_goes_on_and_no_row_is_read_twice(idle: System, tmp_path: Path) -> None:
    """Killed while it waits for room, with some of its jobs done, and begun again beside a worker."""
    path, number = tmp_path / "rows.jsonl", 300
    path.write_text("".join(json.dumps({"id": f"k{row}", "text": f"Oslo thanked envoy {row}."}) + "\n" for row in range(number)))
    redis = idle.client.redis
    redis.hset("detente:limits", "bulk", 200)
    command = [sys.executable, "-m", "detente.cli", "import", str(path)]
    first = subprocess.Popen(command, env=idle.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for(lambda: _depth(redis) == 200)
    first.kill()
    assert first.communicate() == (b"", b"")
    [batch] = idle.client.batches()
    assert batch.accepted == 200
    # As if a minute had passed: until then the sender might be alive.
    redis.hset(f"detente:batch:{batch.id}", "receiving_until", 0)
    with idle.worker():
        redis.hset("detente:limits", "bulk", 100_000)
        said = imported(idle, path, "--wait")
    assert (said["submitted"], said["known"], said["ends"]) == (100, 200, {"done": number})
    assert said["batches"] == [batch.id]
    records = idle.client.jobs(limit=2000)
    readings = [record for record in records if record.kind == "detente.article.read"]
    assert len(readings) == number
    assert {(record.attempts, record.state) for record in readings} == {(1, JobState.DONE)}
    with idle.store.reads() as connection:
        kept = connection.exec_driver_sql("SELECT count(*), count(DISTINCT article_id) FROM readings").one()
    assert tuple(kept) == (number, number)


def test_a_terminal_shows_how_far_it_is(idle: System, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps({"text": f"Oslo thanked envoy {row}."}) + "\n" for row in range(5000)))
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "detente.cli", "import", str(path)]
    env = {**idle.env, "TERM": "xterm", "COLUMNS": "160"}
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=follower)
    os.close(follower)
    seen = b""
    while piece := _read(leader):
        seen += piece
    out, _ = process.communicate(timeout=30)
    os.close(leader)
    assert b"importing" in seen
    assert b"5,000 rows" in seen
    assert b"/s" in seen
    assert out.decode().splitlines()[0] == "5,000 rows: 5,000 articles"
    assert f"{MAX_ROWS:,}" not in out.decode()


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 65_536)
    except OSError:  # Its other side is closed: the command has ended.
        return b""


class Fetcher(System):
    """Its workers may fetch from this machine, and wait little between two requests."""

    @property
    def env(self) -> dict[str, str]:
        return {**super().env, "DETENTE_FETCH_NETWORKS": '["127.0.0.0/8"]', "DETENTE_FETCH_DELAY_S": "0.01"}


@pytest.fixture(scope="module")
def fetcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("fetcher")
    with EmbeddedServer(folder / "redis") as server:
        system = Fetcher(server.url, f"sqlite:///{folder / 'detente.db'}", folder)
        with closing(system), system.worker():
            yield system


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as web:
        yield web


def test_a_sitemap_goes_in_and_readings_come_out(fetcher: System, web: Web) -> None:
    words = "Norway recalled its ambassador from Minsk on day {}, the foreign ministry in Oslo said in a short statement."
    web.paths |= {f"/{number}": Answer(article_page(words.format(number))) for number in range(3)}
    urls = "".join(f"<url><loc>{web.url}/{number}</loc></url>" for number in range(4))
    web.paths["/pages.xml.gz"] = Answer(gzip.compress(f"<urlset>{urls}</urlset>".encode()), kind="application/gzip")
    web.paths["/all.xml"] = Answer(f"<sitemapindex><sitemap><loc>{web.url}/pages.xml.gz</loc></sitemap></sitemapindex>")
    said = imported(fetcher, "--sitemap", f"{web.url}/all.xml", "--wait", code=1)
    assert said["pages"] == {"sitemaps": 2, "urls": 4, "new": 4}
    assert said["ends"] == {"done": 3, "dead": 1}
    again = imported(fetcher, "--sitemap", f"{web.url}/all.xml", "--wait")
    assert (again["pages"], again["ends"]) == ({"sitemaps": 2, "urls": 4, "new": 0, "known": 4}, {})
    assert [web.times(f"/{number}") for number in range(4)] == [1, 1, 1, 1]
