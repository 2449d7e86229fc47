"""Files and folders: how each file is read, what is passed over, and the name of an import."""

from __future__ import annotations

import gzip
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from detente.imports.rows import Maker, Meter, Row
from detente.imports.sources import digest_of, rows, size_of
from tests.imports.archives import PAGE, Archive, bomb

ROOT = Path(__file__).parents[2]
LINE = json.dumps({"text": "Oslo thanked Riga."}) + "\n"


def read(*paths: Path) -> list[Row]:
    return list(rows(paths, Maker(), Meter()))


def key(*paths: Path, facts: str = "") -> str:
    return digest_of(paths, Meter(), facts=facts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "crawl"
    (folder / "b" / "deep").mkdir(parents=True)
    (folder / "a.txt").write_bytes("Oslo thanked Riga, “warmly”.".encode("cp1252"))
    (folder / "b" / "deep" / "page.html").write_text(PAGE.format(1), encoding="utf-16")
    (folder / "b" / "rows.jsonl.gz").write_bytes(gzip.compress(LINE.encode() * 2))
    (folder / "c.HTM.gz").write_bytes(gzip.compress(PAGE.format(2).encode()))
    archive = Archive()
    archive.response(PAGE.format(3))
    archive.kept(folder / "d.warc.gz")
    return folder


def test_a_folder_is_read_in_the_order_of_its_names(folder: Path) -> None:
    found = read(folder)
    assert [Path(row.place.partition(":")[0]).name for row in found] == [
        "a.txt", "c.HTM.gz", "d.warc.gz", "rows.jsonl.gz", "rows.jsonl.gz", "page.html",
    ]  # fmt: skip
    assert all(row.job for row in found)
    assert found[0].job
    assert found[0].job.text == "Oslo thanked Riga, “warmly”."


def test_links_and_hidden_files_are_passed_over_and_told(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("Not for anybody.")
    (folder / "out.txt").symlink_to(secret)
    (folder / "up").symlink_to(tmp_path, target_is_directory=True)
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / ".git").mkdir()
    (folder / ".git" / "a.txt").write_text("hidden")
    found = read(folder)
    assert {Path(row.place).name: row.reason for row in found if row.reason} == {
        "out.txt": "link", "up": "link", "loop": "link", ".git": "hidden",
    }  # fmt: skip
    assert sum(row.job is not None for row in found) == 6


def test_what_cannot_be_read_is_a_row(folder: Path) -> None:
    os.mkfifo(folder / "pipe.txt")
    (folder / "x.bin").write_bytes(bytes(50))
    (folder / "x.txt").write_bytes(b"\xff\xfe\x00\xd8" * 20)
    (folder / "y.txt").write_bytes(b"words " * 1_500_000)
    (folder / "z.txt.gz").write_bytes(bomb(50))
    (folder / "zz.txt.gz").write_bytes(gzip.compress(b"words")[:-3])
    (folder / "zzz.txt").write_bytes(b"")
    assert {Path(row.place).name: row.reason for row in read(folder) if row.reason} == {
        "pipe.txt": "unreadable", "x.bin": "unknown_format", "x.txt": "bad_charset", "y.txt": "too_large",
        "z.txt.gz": "too_large", "zz.txt.gz": "broken", "zzz.txt": "empty",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "field"),
    [
        ("page", PAGE.format(1).encode(), "html"),
        ("page.txt", PAGE.format(1).encode(), "html"),
        ("rows", LINE.encode(), "text"),
        ("rows.gz", gzip.compress(LINE.encode()), "text"),
    ],
)
def test_a_file_is_known_by_how_it_begins(tmp_path: Path, name: str, content: bytes, field: str) -> None:
    (tmp_path / name).write_bytes(content)
    [row] = read(tmp_path / name)
    assert row.job
    assert getattr(row.job, field)


def test_an_import_is_named_after_what_is_imported_wherever_that_lies(folder: Path, tmp_path: Path) -> None:
    first = key(folder)
    moved = folder.rename(tmp_path / "elsewhere")
    os.utime(moved / "a.txt", (1, 1))
    assert key(moved) == first
    assert key(moved, facts="another outlet") != first
    (moved / "a.txt").write_bytes(b"Oslo thanked Riga, \x93coldly\x94.")
    assert key(moved) != first
    meter = Meter()
    digest_of([moved], meter, facts="")
    assert meter.bytes == size_of([moved])


#: Reads what is named, and says how many rows there were and by how much its memory grew.
READER = """
import sys
from pathlib import Path
from detente.imports import archives, lines
from detente.imports.rows import Maker, Meter
from detente.imports.sources import rows
from tests.memories import peak_mb
before = peak_mb()
number = sum(1 for _ in rows([Path(sys.argv[1])], Maker(), Meter()))
print(number, peak_mb() - before)
"""


def _read_apart(path: Path) -> tuple[int, int]:
    command = [sys.executable, "-c", READER, str(path)]
    # Whoever needs more than this fails, whatever it says of itself.
    limit = 2 * 2**30
    shown = subprocess.run(
        command, capture_output=True, check=True, timeout=100, cwd=ROOT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )  # fmt: skip
    number, grown = shown.stdout.split()
    return int(number), int(grown)


def test_memory_stays_flat_however_long_a_file_is(tmp_path: Path) -> None:
    long, line = tmp_path / "a.jsonl", json.dumps({"text": "Oslo thanked Riga. " * 250}) + "\n"
    with long.open("w") as file:
        for _ in range(40_000):
            file.write(line)
    assert long.stat().st_size > 180_000_000
    number, grown = _read_apart(long)
    assert number == 40_000
    assert grown < 40


def test_two_gigabytes_without_an_end_of_line_are_one_row_and_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(bytes(100 * 2**20), 1) * 21 + gzip.compress(b"\n" + LINE.encode()))
    number, grown = _read_apart(path)
    assert number == 2
    assert grown < 60


def test_values_without_end_in_a_line_take_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes((b'{"a": [' + b"{}," * 2_500_000 + b"{}]}\n") * 3)
    number, grown = _read_apart(path)
    assert number == 3
    assert grown < 400


def test_an_archive_of_many_large_pages_takes_little_memory(tmp_path: Path) -> None:
    archive = Archive()
    for number in range(60):
        archive.response(PAGE.format(number) + "<!-- " + "x" * 1_900_000)
    archive.response(bomb(300), http={"Content-Encoding": "gzip"})
    number, grown = _read_apart(archive.kept(tmp_path / "a.warc.gz"))
    assert number == 61
    assert grown < 90


def test_a_head_without_end_takes_little_memory(tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz").write_bytes(bomb(300, before=b"WARC/1.0\r\nWARC-Type: response\r\nX: "))
    number, grown = _read_apart(tmp_path / "a.warc.gz")
    assert number == 1
    assert grown < 60
