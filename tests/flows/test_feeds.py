"""Feeds of a made web, polled by real workers through simulated days. `python -m benchmarks.sources` is the long version."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from benchmarks.sources.worlds import Course, Fate, make_world
from tests.systems import ROOT

FEEDS, ARTICLES, DAYS = 15, 60, 4


def test_the_short_web_has_every_fate_and_every_course() -> None:
    world = make_world(feeds=FEEDS, articles=ARTICLES, days=DAYS, seed=1)
    assert {feed.course for feed in world.feeds} == set(Course)
    assert {article.fate for feed in world.feeds for article in feed.articles} == set(Fate)


@pytest.mark.timeout(180)
def test_every_entry_is_read_once_and_every_fault_is_seen() -> None:
    size = ["--feeds", str(FEEDS), "--articles", str(ARTICLES), "--days", str(DAYS)]
    command = [sys.executable, "-m", "benchmarks.sources", "--json", "--seed", "1", *size]
    run = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    verdict = json.loads(run.stdout)
    assert verdict["faults"] == []
    assert verdict["read"] + verdict["refused"] + verdict["unlinked"] == verdict["published"] == ARTICLES
    assert min(verdict["read"], verdict["refused"], verdict["unlinked"], verdict["polls"]) > 0
