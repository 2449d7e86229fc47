"""JSON Lines: detente's own rows, those of schema.org and ninjs, and what is none."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from detente.imports import lines
from detente.imports.rows import Defaults, Maker, Meter, Row
from detente.imports.sources import rows

OWN = {"id": "1", "text": "Oslo thanked Riga.", "title": "Thanks", "published_at": "2024-01-15T08:00:00Z", "shelf": 3}
SCHEMA_ORG = {
    "@context": "https://schema.org", "@type": "NewsArticle", "headline": "Thanks", "articleBody": "Oslo thanked Riga.",
    "datePublished": "2024-01-15T08:00:00+00:00", "inLanguage": "en-GB", "url": "https://news.example/a",
    "author": [{"@type": "Person", "name": "Kari Nordmann"}, "Ola"], "publisher": {"@type": "Organization", "name": "The Test"},
}  # fmt: skip
NINJS_1 = {
    "uri": "https://news.example/a", "type": "text", "versioncreated": "2024-01-15T08:00:00Z", "headline": "Thanks",
    "body_text": "Oslo thanked Riga.", "language": "en", "byline": "Kari Nordmann", "pubstatus": "usable",
}  # fmt: skip
NINJS_2 = {
    "uri": "urn:newsml:1", "firstcreated": "2024-01-15T08:00:00Z", "language": "en-GB",
    "headlines": [{"role": "short", "value": "T"}, {"role": "main", "value": "Thanks"}],
    "bodies": [{"role": "main", "contenttype": "text/plain", "value": "Oslo thanked Riga."}],
    "infosources": [{"name": "The Test"}],
}  # fmt: skip


def read(path: Path, content: bytes, defaults: Defaults | None = None) -> list[Row]:
    path.write_bytes(content)
    return list(rows([path], Maker(defaults or Defaults()), Meter()))


def one(path: Path, row: dict[str, Any]) -> Row:
    [found] = read(path, json.dumps(row).encode())
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.jsonl"


def test_rows_of_detentes_own_are_taken_as_they_are(path: Path) -> None:
    job = one(path, OWN).job
    assert job is not None
    assert (job.id, job.text, job.title) == ("1", "Oslo thanked Riga.", "Thanks")
    assert job.queue == "bulk"


@pytest.mark.parametrize("row", [SCHEMA_ORG, {"@graph": [{"@type": "WebPage"}, SCHEMA_ORG]}, NINJS_1, NINJS_2])
def test_articles_of_others_keep_what_means_the_same(path: Path, row: dict[str, Any]) -> None:
    job = one(path, row).job
    assert job is not None
    assert (job.text, job.title, job.language, job.id) == ("Oslo thanked Riga.", "Thanks", "en", None)
    assert job.published_at == datetime(2024, 1, 15, 8, tzinfo=UTC)


def test_people_publishers_and_urls_come_with_them(path: Path) -> None:
    first, second, third = (one(path, row).job for row in (SCHEMA_ORG, NINJS_1, NINJS_2))
    assert first
    assert second
    assert third
    assert (first.authors, first.outlet, first.url) == (("Kari Nordmann", "Ola"), "The Test", "https://news.example/a")
    assert (second.authors, second.url) == (("Kari Nordmann",), "https://news.example/a")
    assert (third.outlet, third.url) == ("The Test", None)


def test_html_of_ninjs_is_read_as_a_page_and_a_day_begins_in_utc(path: Path) -> None:
    given = {key: value for key, value in NINJS_1.items() if key != "body_text"}
    job = one(path, {**given, "body_html": "<p>Oslo thanked Riga.</p>", "versioncreated": "2024-01-15"}).job
    assert job is not None
    assert job.text is None
    assert "<article><p>Oslo thanked Riga.</p></article>" in (job.html or "")
    assert job.published_at == datetime(2024, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"title": "no words"}, "not_an_article"),
        ([1], "not_an_article"),
        ("text", "not_an_article"),
        ({"@type": "Person", "headline": "x"}, "not_an_article"),
        ({"@type": "NewsArticle", "headline": "x"}, "empty"),
        ({**NINJS_1, "pubstatus": "canceled"}, "withdrawn"),
        ({**NINJS_1, "type": "picture"}, "not_text"),
        ({"text": " "}, "empty"),
        ({**OWN, "published_at": "yesterday"}, "invalid"),
        ({**SCHEMA_ORG, "datePublished": "yesterday"}, "invalid"),
        ({**OWN, "html": "<p>both</p>"}, "invalid"),
        ({**OWN, "text": {"a": 1}}, "invalid"),
        ({**OWN, "text": "x" * 200_001}, "invalid"),
        ({**SCHEMA_ORG, "articleBody": ["a", "b"]}, "invalid"),
        ({"bodies": "x", "headlines": 3}, "empty"),
    ],
)
def test_what_is_no_article_says_why(path: Path, row: Any, reason: str) -> None:
    found = one(path, row)
    assert (found.reason, found.place, found.job) == (reason, f"{path}:1", None)
    assert found.detail


def test_lines_that_are_none_do_not_stop_the_file(path: Path) -> None:
    good = json.dumps(OWN).encode()
    bad = [b"{", b'{"text": "\xff"}', b"[" * 100_000, b'{"text": "\\ud800"}', b"1" * 5000, b"NaN", b"\x00\x01"]
    found = read(path, b"\xef\xbb\xbf" + b"\n".join([good, *bad, b"", b"  ", good]))
    assert [row.reason for row in found[1:-1]] == ["bad_json"] * 3 + ["invalid"] + ["bad_json", "not_an_article", "bad_json"]
    assert found[0].job == found[-1].job is not None
    assert found[-1].place == f"{path}:{len(bad) + 4}"


def test_a_line_that_is_too_long_is_a_row_and_the_next_is_read(path: Path) -> None:
    long = b'{"text": "' + b"x" * (lines.MAX_LINE_BYTES + 1) + b'"}'
    good = json.dumps(OWN).encode()
    assert [row.reason for row in read(path, b"\n".join([good, long, good, long]))] == [None, "too_large", None, "too_large"]


def test_a_packed_file_that_was_cut_off_gives_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    good = json.dumps(OWN).encode() + b"\n"
    whole = gzip.compress(good) + gzip.compress(good * 2000)
    assert sum(row.job is not None for row in read(path, whole)) == 2001
    *first, last = read(path, whole[:-20])
    assert first
    assert all(row.job for row in first)
    assert (last.reason, last.job) == ("broken", None)


def test_what_the_call_says_holds_where_a_row_says_nothing(path: Path) -> None:
    content = json.dumps({"text": "Oslo thanked Riga."}) + "\n" + json.dumps({**OWN, "outlet": "Its own"})
    first, second = read(path, content.encode(), Defaults(outlet="The Test", language="no"))
    assert first.job
    assert second.job
    assert (first.job.outlet, first.job.language, second.job.outlet) == ("The Test", "no", "Its own")
