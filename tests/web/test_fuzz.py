"""Whatever fits the description is accepted, whatever does not is refused, and nothing makes the API fail.

`DETENTE_FUZZ_EXAMPLES` says how many requests are tried for each operation and phase: a few in `make test`, many in `make fuzz`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from detente.contracts import JobError, JobRecord, JobState
from tests.systems import ROOT
from tests.web.conftest import Api, working

EXAMPLES = int(os.environ.get("DETENTE_FUZZ_EXAMPLES", "4"))
#: A short run is the same each time; a long one looks further each time.
SEED = [] if EXAMPLES > 10 else ["--seed", "20241123"]


@pytest.fixture
def busy_api(tmp_path: Path) -> Iterator[Api]:
    """One of its own: what the fuzzer leaves in line would keep others waiting."""
    with working(tmp_path) as api:
        yield api


def letters(api: Api) -> list[str]:
    """Dead letters for the fuzzer to look at, to replay and to discard."""
    ids = [str(uuid4()) for _ in range(10)]
    for id in ids:
        error = JobError(kind="ArticleRejected", message="too short")
        record = JobRecord(id=id, kind="detente.article.read", queue="interactive", state=JobState.DEAD, error=error)
        api.system.store.keep_job(record, payload={"text": "Riga thanked Oslo."})
    return ids


@pytest.mark.timeout(7200 if EXAMPLES > 10 else 300)
def test_the_fuzzer_finds_nothing(busy_api: Api, seed: str):
    api = busy_api
    jobs = [api.read(seed, id="fuzzed")["id"], api.read("Oslo recalled its ambassador from Minsk.")["id"]]
    known = {"DETENTE_FUZZ_KEY": api.key, "DETENTE_FUZZ_JOBS": " ".join(jobs), "DETENTE_FUZZ_LETTERS": " ".join(letters(api))}
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(Path(__file__).with_name("schemathesis.toml")), "run",
        f"{api.url}/openapi.json", "--max-examples", str(EXAMPLES), "--no-color", *SEED,
    ]  # fmt: skip
    ran = subprocess.run(command, cwd=ROOT, env={**os.environ, **known, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[-20_000:]
    assert "Tested: " in ran.stdout
