"""Web archives: which records are articles, and what becomes of broken ones."""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from pathlib import Path

import pytest

from detente.imports import parts
from detente.imports.rows import Maker, Meter, Reason, Row
from detente.imports.sources import rows
from tests.imports.archives import PAGE, Archive, bomb


def read(path: Path) -> list[Row]:
    return list(rows([path], Maker(), Meter()))


def found(path: Path) -> list[Reason | str | None]:
    """For each row the URL of its article, or why it is none."""
    return [row.job.url if row.job else row.reason for row in read(path)]


def chunked(body: bytes) -> bytes:
    return (
        b"".join(b"%x\r\n%b\r\n" % (len(body[at : at + 50]), body[at : at + 50]) for at in range(0, len(body), 50)) + b"0\r\n\r\n"
    )


@pytest.mark.parametrize("packed", [True, False])
def test_pages_that_were_answered_with_200_are_articles_and_the_rest_is_passed_over(tmp_path: Path, packed: bool) -> None:
    archive = Archive(packed=packed)
    archive.other("warcinfo", "software: test", type="application/warc-fields")
    archive.response(PAGE.format(1), url="https://news.example/1")
    archive.response("plain words", url="https://news.example/2", kind="text/plain")
    archive.other("conversion", "the words of a page", url="https://news.example/3")
    archive.response(b"\xff\xd8", kind="image/jpeg")
    archive.response("gone", status="404 Not Found")
    archive.response("moved", status="301 Moved")
    archive.response("User-agent: *", kind="text/plain", url="https://news.example/robots.txt")
    archive.other("revisit")
    archive.other("request", "GET / HTTP/1.1\r\n\r\n", type="application/http;msgtype=request")
    archive.other("metadata", "x")
    rows = read(archive.kept(tmp_path / "a.warc"))
    assert [row.job.url for row in rows if row.job] == [f"https://news.example/{number}" for number in (1, 2, 3)]
    assert [(row.job.html or "")[:6] for row in rows if row.job] == ["<html>", "", ""]
    assert Counter(row.reason for row in rows if not row.job) == {
        Reason.NOT_A_PAGE: 4, Reason.NOT_TEXT: 1, Reason.NOT_FOUND: 2, Reason.REVISIT: 1,
    }  # fmt: skip
    assert not any(row.reason.is_fault for row in rows if row.reason)


def test_pages_come_in_their_charsets_and_in_every_packing(tmp_path: Path) -> None:
    page = PAGE.format("“é”")
    cp1252, utf8 = page.encode("cp1252"), page.encode()
    archive = Archive()
    archive.response(cp1252, kind="text/html; charset=windows-1252")
    archive.response(page.encode("utf-16"), kind="text/html")
    archive.response(gzip.compress(utf8), http={"Content-Encoding": "gzip"})
    archive.response(zlib.compress(utf8), http={"Content-Encoding": "deflate"})
    archive.response(chunked(gzip.compress(utf8)), http={"Content-Encoding": "gzip", "Transfer-Encoding": "chunked"})
    # As crawlers write them that unpack pages and keep their heads.
    archive.response(utf8, http={"Content-Encoding": "gzip"})
    archive.response(utf8, http={"Transfer-Encoding": "chunked"})
    rows = read(archive.kept(tmp_path / "a.warc.gz"))
    assert [row.job.html if row.job else row for row in rows] == [page] * 7


def test_what_cannot_be_read_of_a_page_is_a_row_and_the_next_page_is_read(tmp_path: Path) -> None:
    archive = Archive()
    archive.response(b"\xff\xfe" + b"\x00\xd8" * 50, kind="text/html")
    archive.response(PAGE.format(1), http={"Content-Encoding": "br"})
    archive.response(gzip.compress(PAGE.encode())[:-20], http={"Content-Encoding": "gzip"})
    archive.response(bomb(20), http={"Content-Encoding": "gzip"})
    archive.response(b"<html>" + b"x" * 8_000_001)
    archive.response(PAGE.format(2), warc={"WARC-Truncated": "length"})
    archive.response(" \n ")
    archive.response(PAGE.format(3), url="https://news.example/last")
    assert found(archive.kept(tmp_path / "a.warc.gz")) == [
        "bad_charset", "broken", "truncated", "too_large", "too_large", "truncated", "empty", "https://news.example/last",
    ]  # fmt: skip


def three(*, packed: bool) -> Archive:
    archive = Archive(packed=packed)
    for number in range(3):
        archive.response(PAGE.format(number), url=f"https://news.example/{number}")
    return archive


@pytest.mark.parametrize("packed", [True, False])
def test_an_archive_that_was_cut_off_gives_what_is_whole(tmp_path: Path, packed: bool) -> None:
    whole = three(packed=packed)
    path = tmp_path / "cut.warc"
    path.write_bytes(whole.bytes[: whole.starts[2] + (len(whole.bytes) - whole.starts[2]) // 2])
    *good, bad = found(path)
    assert good == ["https://news.example/0", "https://news.example/1"]
    assert bad in ("truncated", "broken")


def test_behind_a_broken_record_the_next_is_found(tmp_path: Path) -> None:
    whole, path = three(packed=True), tmp_path / "a.warc.gz"
    for damage in (b"\0" * 40, b"\xff" * 5):
        broken = bytearray(whole.bytes)
        at = whole.starts[1] + 60
        broken[at : at + len(damage)] = damage
        path.write_bytes(broken)
        urls = found(path)
        assert urls[0] == "https://news.example/0"
        assert urls[-1] == "https://news.example/2"
        assert all(reason in ("broken", "truncated") for reason in urls[1:-1])
        assert len(urls) == 3


@pytest.mark.parametrize("length", [b"99999999999999999999999", b"99999999", b"-5", b"ten", b"", b"12", b"1" * 5000])
@pytest.mark.parametrize("packed", [True, False])
def test_a_record_with_a_wrong_length_costs_itself_alone(tmp_path: Path, packed: bool, length: bytes) -> None:
    whole = three(packed=False)
    first, second, third = (whole.bytes[a:b] for a, b in zip(whole.starts, [*whole.starts[1:], None], strict=True))
    head, behind, rest = second.partition(b"Content-Length: ")
    second = head + behind + length + b"\r\n" + rest.partition(b"\r\n")[2]
    path = tmp_path / "a.warc"
    records = (first, second, third)
    path.write_bytes(b"".join(map(gzip.compress, records)) if packed else b"".join(records))
    urls = found(path)
    assert urls[0] == "https://news.example/0"
    assert urls[-1] == "https://news.example/2"
    # With one that is too short, a part of it is read as if it were all, and what is left over is told.
    assert urls[1:-1] == ["not_text", "broken"] if length == b"12" else [*urls[1:-1]] in (["broken"], ["truncated"])


def test_an_archive_that_was_packed_as_a_whole_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gzip.compress(three(packed=False).bytes))
    assert found(path) == [f"https://news.example/{number}" for number in range(3)]


def test_heads_without_end_and_bombs_behind_pages_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MAX_UNPACKED", 10 * 2**20)
    whole, path = three(packed=True), tmp_path / "a.warc.gz"
    pages = [whole.bytes[a:b] for a, b in zip(whole.starts, [*whole.starts[1:], None], strict=True)]
    hostile = [
        bomb(30, before=b"WARC/1.0\r\nWARC-Type: response\r\nX: "),
        gzip.compress(b"WARC/1.0\r\n" + b"X: y\r\n" * 300_000 + b"\r\n"),
        bomb(30, before=b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 40000000\r\n\r\n"),
        gzip.compress(b"no record at all\n" * 9),
    ]
    path.write_bytes(pages[0] + hostile[0] + hostile[1] + pages[1] + hostile[2] + hostile[3] + pages[2])
    rows = read(path)
    assert [row.job.url for row in rows if row.job] == [f"https://news.example/{number}" for number in range(3)]
    assert {row.reason for row in rows if not row.job} == {"broken"}
    assert sum("times as large" in row.detail for row in rows) == 2
