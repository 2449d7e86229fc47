"""A submitter is killed and begins again, with the same key: each row is worked on exactly once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from detente.contracts import JobState
from tests.systems import ROOT, System
from tests.waiting import wait_for

ROWS = 600
#: Submits a job for each line of its standard input, as it comes.
SUBMITTER = """
import sys
from detente.client import Client
from detente.contracts import Terms
from tests.app import Note

with Client(sys.argv[1]) as client:
    jobs = (Note(path=sys.argv[2], name=line.strip()) for line in sys.stdin)
    client.submit_many(jobs, terms=Terms(idempotency_key="the batch"))
"""


def _submitter(system: System, book: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", SUBMITTER, system.broker, str(book)]
    return subprocess.Popen(command, env=system.env, cwd=ROOT, stdin=subprocess.PIPE)


def test_a_killed_client_that_begins_again_has_each_row_worked_on_once(idle: System, tmp_path: Path) -> None:
    book = tmp_path / "book"
    lines = [f"{row}\n".encode() for row in range(ROWS)]
    first = _submitter(idle, book)
    first.stdin.writelines(lines[:500])
    first.stdin.flush()
    wait_for(lambda: idle.client.queues()[0].depth >= 200)
    first.kill()
    first.communicate()
    assert idle.client.queues()[0].depth < ROWS
    with idle.worker(app="tests.app"):
        # Some of its jobs are done by then, others run, others wait.
        second = _submitter(idle, book)
        second.communicate(b"".join(lines), timeout=60)
        assert second.returncode == 0
        wait_for(lambda: book.exists() and book.read_text().count("end ") >= ROWS, timeout_s=60)
        wait_for(lambda: idle.client.queues()[0].in_flight == 0)
    ended = Counter(line for line in book.read_text().splitlines() if line.startswith("end "))
    assert ended == {f"end {row}": 1 for row in range(ROWS)}


def test_a_killed_read_goes_on_with_its_key(system: System, tmp_path: Path) -> None:
    rows, out = tmp_path / "rows.jsonl", tmp_path / "readings.jsonl"
    with rows.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"id": str(row), "text": f"Oslo thanked Riga {row} times."}) + "\n" for row in range(70))
    before = {record.id for record in system.client.jobs(limit=1000)}

    def submitted() -> set[str]:
        return {record.id for record in system.client.jobs(limit=1000) if record.queue == "bulk"} - before

    system.client.redis.sadd("detente:paused", "bulk")
    try:
        command = [sys.executable, "-m", "detente.cli", "read", str(rows), "-o", str(out), "--key", "monday"]
        first = subprocess.Popen(command, env=system.env)
        of_first = wait_for(lambda: ids if len(ids := submitted()) == 3 else None)
        first.kill()
        first.wait()
    finally:
        system.client.redis.srem("detente:paused", "bulk")
    again = system.cli("read", str(rows), "-o", str(out), "--key", "monday")
    assert again.returncode == 0, again.stderr
    assert submitted() == of_first
    assert all(record.state is JobState.DONE and record.attempts == 1 for record in system.client.statuses(of_first))
    assert [json.loads(line)["article"]["id"] for line in out.read_text(encoding="utf-8").splitlines()] == [
        str(row) for row in range(70)
    ]
