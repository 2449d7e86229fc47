"""`detente stories`, `story`, `happenings` and `happening`, as people type them."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

from detente.contracts.happenings import Gist
from detente.storage import open_store
from tests.readings import make_article, make_reading


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'detente.db'}"
    store = open_store(url)
    for id in ("a", "copy", "b"):
        article = make_article(id, title=f"Title of {id}", outlet="Wire", published_at=datetime(2024, 3, 5, tzinfo=UTC))
        store.keep_reading(make_reading(article), reading_id=f"r-{id}", job_id="j")
    store.sign_articles({"a": (1,), "copy": (1,), "b": (2,)})
    store.join_stories(["a", "copy"])
    store.keep_gists({id: Gist(day=date(2024, 3, 5), pairs=("PAK-RUS",), words={"x": 1.0}) for id in ("a", "copy", "b")})
    store.join_happenings("a", ["copy", "b"])
    store.close()
    return url


def _run(*arguments: str, url: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "detente.cli", *arguments, "--store", url]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_story_leads_to_its_happening_and_that_to_all_reports(url: str) -> None:
    id = json.loads(_run("stories", "--json", url=url).stdout)["id"]
    shown = _run("story", id, url=url).stdout
    assert "Title of copy" in shown
    happening = shown.rpartition("detente happening ")[2].strip()
    assert all(f"Title of {name}" in _run("happening", happening, url=url).stdout for name in ("a", "copy", "b"))


def test_happenings_are_listed_by_pair(url: str) -> None:
    listed = _run("happenings", "--pair", "rus", "pak", url=url).stdout
    assert "2024-03-05  PAK-RUS     3 articles    2 stories  Title of a" in listed
    assert _run("happenings", "--pair", "RUS", "IND", url=url).stdout == "no happenings that 2 articles report\n"
    assert _run("happenings", "--pair", "RUS", "IND", "--json", url=url).stdout == ""
    assert _run("stories", "--sources", "9", url=url).stdout == "no stories of 9 articles\n"
    assert json.loads(_run("happenings", "--json", url=url).stdout)["articles"] == 3


def test_what_is_no_pair_or_no_happening_is_said_to_be_none(url: str) -> None:
    for arguments, code in ((("happenings", "--pair", "RUS", "Pakistan"), 2), (("happening", "hp-none"), 1)):
        failed = _run(*arguments, url=url)
        assert failed.returncode == code
        assert "Traceback" not in failed.stderr
