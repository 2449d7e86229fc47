"""`detente feeds`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detente.contracts import FailureKind
from detente.contracts.feeds import FeedEntry, Poll, PollOutcome
from detente.embedded import EmbeddedServer
from tests.systems import System

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
URL = "https://news.example/feed.xml"


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    with EmbeddedServer(tmp_path / "redis") as server:
        system = System(server.url, f"sqlite:///{tmp_path / 'detente.db'}", tmp_path)
        yield system
        system.close()


def out(system: System, *arguments: str, code: int = 0) -> str:
    done = system.cli("feeds", *arguments)
    assert done.returncode == code, done.stderr
    return done.stdout.decode()


def rows(system: System, *arguments: str, code: int = 0) -> list[dict]:
    return [json.loads(line) for line in out(system, *arguments, "--json", code=code).splitlines()]


def test_feeds_are_kept_from_the_command_line(system: System) -> None:
    told = rows(system, "add", URL, "ftp://x.example/", URL, "--outlet", "The Daily Test", code=1)
    assert [row["verdict"] for row in told] == ["added", "wrong", "known"]
    id = told[0]["feed"]
    assert told[2]["feed"] == id
    [feed] = rows(system)
    assert (feed["id"], feed["url"], feed["outlet"], feed["state"]) == (id, URL, "The Daily Test", "active")
    assert "paused" in out(system, "pause", id)
    assert rows(system, "resume", id)[0]["state"] == "active"
    job = out(system, "poll", id).strip()
    assert system.client.status(job).kind == "detente.feed.poll"
    (system.folder / "list.opml").write_text(out(system, "export"), encoding="utf-8")
    assert [row["verdict"] for row in rows(system, "import", str(system.folder / "list.opml"))] == ["known"]
    out(system, "remove", id)
    assert rows(system) == []
    assert [row["verdict"] for row in rows(system, "import", str(system.folder / "list.opml"))] == ["added"]


def test_trouble_is_seen_at_a_glance(system: System) -> None:
    told = rows(system, "add", URL, "https://well.example/")
    feed = system.store.feed(told[0]["feed"])
    entry = FeedEntry(id="e1", feed=feed.id, title="Nothing", reason="it has no link", seen_at=NOON, appeared_at=NOON)
    wrong = {"failure": FailureKind.NOT_A_FEED, "message": "it is a page", "failures": 3, "failing_since": NOON}
    poll = Poll(at=NOON, outcome=PollOutcome.FAILED, failure=FailureKind.NOT_A_FEED, message="it is a page")
    system.store.keep_poll(feed, feed.model_copy(update=wrong), poll, new=[entry])
    shown = out(system, "--troubled")
    assert "not_a_feed" in shown
    assert "it is a page (3 since 2026-06-15 12:00)" in " ".join(shown.split())
    assert "well.example" not in shown
    assert "well.example" in out(system)
    whole = out(system, "show", feed.id)
    assert "it is a page" in whole
    assert "it has no link" in whole
    [as_json] = rows(system, "show", feed.id)
    assert (as_json["last_polls"][0]["outcome"], as_json["last_entries"][0]["reason"]) == ("failed", "it has no link")
    assert [one["id"] for one in rows(system, "entries", feed.id)] == ["e1"]
    assert "no page" in out(system, "entries", feed.id)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["show", "nobody"], "no feed"), (["import", "/nothing/there.opml"], "No such file"), (["poll", "nobody"], "no feed")],
)
def test_what_cannot_be_is_told_in_one_line(system: System, arguments: list[str], told: str) -> None:
    system.store.upgrade()
    done = system.cli("feeds", *arguments)
    assert done.returncode == 1
    assert told in done.stderr.decode()
    assert len(done.stderr.decode().splitlines()) == 1
