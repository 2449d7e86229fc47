"""Every fault once, in half a minute: nothing is lost, nothing is stored twice. `make chaos` is the long version."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from benchmarks.chaos.faults import FAULTS, schedule
from tests.systems import ROOT

#: A seed with which the two long faults come early.
SEED, SECONDS, GAP_S = 26, 25.0, (1.0, 2.0)


def test_the_short_schedule_has_every_fault() -> None:
    assert {fault.kind for fault in schedule(seconds=SECONDS, seed=SEED, gap_s=GAP_S)} == set(FAULTS)


@pytest.mark.timeout(180)
def test_nothing_is_lost_or_stored_twice_under_faults() -> None:
    bounds = [f"{bound:g}" for bound in GAP_S]
    command = [
        sys.executable, "-m", "benchmarks.chaos", "--only", "detente", "--json", "--jobs", "300", "--seed", str(SEED),
        "--seconds", f"{SECONDS:g}", "--gap", *bounds,
    ]  # fmt: skip
    run = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr + run.stdout
    (verdict,) = json.loads(run.stdout)
    assert verdict["submitted"] == verdict["stored"] == 300, run.stderr
    assert not verdict["lost"]
    assert not verdict["stored_twice"]
    assert not verdict["dead"]
    assert {recovery["kind"] for recovery in verdict["recoveries"]} == set(FAULTS)
