"""Docs that cannot lie."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.generate import pages
from worker.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_generated_pages_are_current(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == pages()[path], "run `make docs`"


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    assert all(f"`DETENTE_{name.upper()}`" in text for name in Settings.model_fields)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_what_the_readme_makes_can_be_made() -> None:
    made = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert set(re.findall(r"(?:^|`|&& )make ([a-z]+)", text, re.MULTILINE)) <= made


def test_every_command_that_the_docs_show_exists_and_every_command_has_examples() -> None:
    from detente.cli.__main__ import app

    names = {command.callback.__name__ for command in app.registered_commands if command.callback}
    names |= {group.typer_instance.info.name for group in app.registered_groups}
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert set(re.findall(r"^detente ([a-z]+)", text, re.MULTILINE)) <= names
    in_groups = [command for group in app.registered_groups for command in group.typer_instance.registered_commands]
    for command in [*app.registered_commands, *in_groups]:
        assert "Example" in (command.callback.__doc__ or "")


def test_the_repo_speaks_of_no_machine() -> None:
    machine = re.compile(r"/work/|/root/|\.pyenv|pypi\.org/simple|files\.pythonhosted")
    rooms = ("detente", "tasks", "worker", "tests", "docs", "benchmarks")
    for path in [*ROOT.glob("*"), *(path for room in rooms for path in (ROOT / room).rglob("*"))]:
        if path.suffix in {".py", ".md", ".toml", ".yml", ".lock", ".txt", ".csv"} and path != Path(__file__):
            assert not machine.search(path.read_text(encoding="utf-8")), path


def test_the_code_of_the_readme_runs_as_printed() -> None:
    block = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block
    compiled = subprocess.run([sys.executable, "-c", f"compile({block[1]!r}, 'README', 'exec')"], capture_output=True)
    assert compiled.returncode == 0, compiled.stderr


def test_every_test_that_a_guarantee_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/operations.md").read_text(encoding="utf-8")))
    there = {name for path in (ROOT / "tests").rglob("*.py") for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))}
    assert len(named) > 20
    assert named <= there
