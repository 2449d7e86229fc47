"""Another service: its own environment with the wheel and its client extra, its own module named `tasks`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.systems import ROOT, System

SERVICE = """
import importlib.util, json, sys
import tasks
from detente.client import Client
from detente.contracts import ReadArticle, ReadingStored

with Client(sys.argv[1]) as client:
    job = ReadArticle(id=tasks.NAME, text="Oslo recalled its ambassador from Minsk.", inline=True)
    stored = client.submit(job).result(timeout_s=60)
print(json.dumps({
    "typed": isinstance(stored, ReadingStored),
    "article": stored.reading.article.id,
    "heavy": [name for name in ("celery", "spacy", "sqlalchemy", "worker") if importlib.util.find_spec(name)],
}))
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has the wheel, pydantic and redis, and nothing else."""
    folder = tmp_path_factory.mktemp("service")
    uv = shutil.which("uv") or str(ROOT / ".tools/bin/uv")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    wheel = next(folder.glob("*.whl"))
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(folder / "venv")], check=True)
    install = [uv, "pip", "install", "--quiet", "--python", str(folder / "venv"), "--constraint", str(folder / "versions.txt")]
    versions = [
        line.split(" ")[0] for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines() if "==" in line
    ]
    (folder / "versions.txt").write_text("\n".join(versions), encoding="utf-8")
    if subprocess.run([*install, "--offline", f"{wheel}[client]"], capture_output=True).returncode != 0:
        subprocess.run([*install, f"{wheel}[client]"], check=True)
    return folder / "venv/bin/python"


def test_a_service_with_the_wheel_alone_submits_a_job_and_gets_a_typed_result(
    system: System, python: Path, tmp_path: Path
) -> None:
    (tmp_path / "tasks.py").write_text("NAME = 'theirs'\n", encoding="utf-8")
    (tmp_path / "service.py").write_text(SERVICE, encoding="utf-8")
    theirs = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [python, tmp_path / "service.py", system.broker]
    done = subprocess.run(command, capture_output=True, timeout=90, cwd=tmp_path, env=theirs)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"typed": True, "article": "theirs", "heavy": []}
