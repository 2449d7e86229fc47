"""The command line against a running system."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.systems import ROOT, System
from tests.waiting import wait_for

SEED = str(ROOT / "tests/gold/seed/article.txt")


def test_read_shows_statements_events_and_ties_with_their_sentences(system: System) -> None:
    shown = system.cli("read", SEED, "--published", "2012-10-08")
    assert shown.returncode == 0, shown.stderr
    text = shown.stdout.decode()
    assert "Fearing Afghanistan, Russia Gets Closer To Pakistan" in text
    assert all(section in text for section in ("Statements (", "Events (", "Ties ("))
    assert "\x1b[" not in text


def test_json_is_the_reading_alone(system: System) -> None:
    shown = system.cli("read", SEED, "--published", "2012-10-08", "--json")
    reading = json.loads(shown.stdout)
    assert reading["article"]["published_at"].startswith("2012-10-08")
    assert reading["article"]["text"].startswith("Russian President")


def test_standard_input_is_read(system: System) -> None:
    shown = system.cli(
        "read", "-", "--json", stdin="Oslo recalled its ambassador from Minsk, the “foreign” minister said.".encode()
    )
    assert json.loads(shown.stdout)["article"]["text"].startswith("Oslo recalled")


def test_rows_come_back_one_a_line_in_order_and_bad_ones_in_their_place(system: System, tmp_path: Path) -> None:
    rows = [{"id": f"r{number}", "text": f"Country report {number}: France praised Chad.", "other": 1} for number in range(75)]
    rows[3] = {"id": "r3"}
    rows[10] = {"id": "r10", "text": "“”"}
    rows[20] = {"id": "r20", "text": "a" * 300_000}
    path, out = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    lines = [json.dumps(row) for row in rows]
    lines[30] = "{not json"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = system.cli("read", str(path), "--json", "-o", str(out))
    assert done.returncode == 1, done.stderr
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(found) == len(rows)
    for number, row in enumerate(found):
        if number in (3, 10, 20):
            assert row["id"] == f"r{number}"
            assert row["error"]["kind"] == "ArticleRejected"
        elif number == 30:
            assert "row 31" in row["error"]["message"]
        else:
            assert row["article"]["id"] == f"r{number}"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no words"),
        (b"caf\xe9", "--encoding"),
        (b"a" * 300_000, "200000"),
        (b"\x00\x00", "no words"),
        ("“”’".encode(), "no words"),
    ],
)
def test_what_cannot_be_read_is_one_line_that_says_why(system: System, tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "article.txt"
    path.write_bytes(content)
    done = system.cli("read", str(path))
    assert done.returncode == 1
    assert told in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_a_file_that_cannot_be_written_is_named(system: System, tmp_path: Path) -> None:
    done = system.cli("read", SEED, "-o", str(tmp_path / "no/such/folder/out.json"))
    assert done.returncode == 1
    assert b"no/such/folder/out.json: No such file" in done.stderr
    assert b"Traceback" not in done.stderr


def test_another_encoding_is_read_by_its_name(system: System, tmp_path: Path) -> None:
    path = tmp_path / "article.txt"
    path.write_bytes("Ségolène Royal visited Athens.".encode("cp1252"))
    done = system.cli("read", str(path), "--encoding", "cp1252", "--json")
    assert json.loads(done.stdout)["article"]["text"].startswith("Ségolène")


def test_jobs_are_submitted_listed_followed_and_cancelled(system: System) -> None:
    submitted = system.cli("submit", "detente.article.read", '{"id": "cli", "text": "Oslo thanked Riga."}', "--json")
    id = json.loads(submitted.stdout)["id"]
    followed = system.cli("job", id, "--follow")
    assert followed.returncode == 0
    assert [word for word in ("submitted", "started", "done") if word in followed.stdout.decode()] == [
        "submitted",
        "started",
        "done",
    ]
    assert id in system.cli("jobs").stdout.decode()
    listed = [json.loads(line) for line in system.cli("jobs", "--json").stdout.splitlines()]
    assert next(row for row in listed if row["id"] == id)["state"] == "done"
    late = system.cli("cancel", id)
    assert late.returncode == 1
    assert b"ended before" in late.stdout


def test_submit_waits_for_a_result_and_refuses_what_is_no_job(system: System) -> None:
    assert b'"at"' in system.cli("submit", "detente.heartbeat.beat", "--wait").stdout
    unknown = system.cli("submit", "detente.heartbeat.bet")
    assert unknown.returncode == 1
    assert b"detente.heartbeat.beat" in unknown.stderr
    wrong = system.cli("submit", "detente.article.read", '{"txt": "a"}')
    assert b"txt" in wrong.stderr


def test_dead_letters_are_listed_shown_replayed_once_and_discarded(system: System) -> None:
    id = system.cli("submit", "detente.article.read", '{"id": "dead", "text": "“”"}').stdout.decode().strip()
    system.cli("job", id, "--follow")
    wait_for(lambda: id in system.cli("dead", "list").stdout.decode())
    shown = json.loads(system.cli("dead", "show", id).stdout)
    assert shown["payload"] == {"id": "dead", "text": "“”"}
    assert "ArticleRejected" in shown["traceback"]
    mended = ("dead", "replay", id, "--payload", '{"id": "dead", "text": "Oslo thanked Riga."}')
    again, twice = (system.cli(*mended).stdout.decode().strip() for _ in range(2))
    assert again == twice != id
    assert system.cli("job", again, "--follow").returncode == 0
    assert system.client.status(again).attempts == 1
    assert system.cli("dead", "discard", again).returncode == 1
    assert system.cli("dead", "discard", id).returncode == 0
    assert id not in system.cli("dead", "list", "--json").stdout.decode()


def test_doctor_finds_a_healthy_system_healthy_and_says_what_is_wrong_with_another(system: System) -> None:
    checks = {check["name"]: check["verdict"] for check in json.loads(system.cli("doctor", "--json").stdout)}
    assert (checks["redis"], checks["workers"], checks["store"]) == ("right", "right", "right")
    broken = system.cli("doctor", "--broker", "redis://127.0.0.1:1/0")
    assert broken.returncode == 1
    assert "does not answer" in broken.stdout.decode()


def test_without_a_system_a_command_says_how_to_start_one(idle: System) -> None:
    done = idle.cli("read", SEED)
    assert done.returncode == 1
    assert b"detente up" in done.stderr
