"""`detente dossier`, as people type it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detente.storage import open_store
from tests.readings import make_article, make_event, make_reading, make_tie


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'detente.db'}"
    store = open_store(url)
    article = make_article(published_at=datetime(2024, 3, 5, tzinfo=UTC))
    store.keep_reading(make_reading(article, events=(make_event(),), ties=(make_tie(),)), reading_id="r", job_id="j")
    store.close()
    return url


def _run(*arguments: str, url: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "detente.cli", "dossier", *arguments, "--store", url]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_dossier_is_shown_with_its_weeks_and_sentences(url: str) -> None:
    shown = _run("rus", "pak", url=url).stdout
    assert "PAK – RUS" in shown
    assert "RUS → PAK  CONSULT happened" in shown
    assert "2024-03-04" in shown
    assert "\x1b[" not in shown


def test_scripts_get_json(url: str) -> None:
    found = json.loads(_run("RUS", "PAK", "--since", "2024-01-01", "--json", url=url).stdout)
    assert found["pair"] == ["PAK", "RUS"]
    assert found["since"] == "2024-01-01"
    assert found["weeks"][0]["ties"][0]["direction"] == "warming"


def test_browsers_get_a_page(url: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert _run("RUS", "PAK", "--html", "-o", str(page), url=url).returncode == 0
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("pair", [("RUS", "Russia"), ("RUS", "RUS")])
def test_what_is_no_pair_of_states_is_said_to_be_none(pair: tuple[str, str], url: str) -> None:
    failed = _run(*pair, url=url)
    assert failed.returncode == 2
    assert "Traceback" not in failed.stderr


def test_a_dossier_can_be_forgotten(url: str) -> None:
    _run("RUS", "PAK", "--json", url=url)
    assert [_run("RUS", "PAK", "--forget", url=url).stdout for _ in range(2)] == ["forgotten\n", "it was not kept\n"]
