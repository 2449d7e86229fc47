"""Sitemaps as hosts write them, and as nobody should."""

from __future__ import annotations

import gzip
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detente.fetching.failures import FetchFailed
from detente.fetching.sitemaps import MAX_ENTRIES, MAX_VALUE_CHARS, Entry, read_sitemap
from tests.imports.archives import bomb

ROOT = Path(__file__).parents[2]
NEWS = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"
        xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" xmlns:xhtml="http://www.w3.org/1999/xhtml">
  <!-- a comment -->
  <url>
    <loc> https://news.example/a?x=1&amp;y=2 </loc>
    <lastmod>2024-01-15T09:00:00+01:00</lastmod>
    <xhtml:link rel="alternate" hreflang="no" href="https://news.example/no"/>
    <n:news>
      <n:publication><n:name>The Daily Test</n:name><n:language>en-gb</n:language></n:publication>
      <n:publication_date>2024-01-15</n:publication_date>
      <n:title><![CDATA[Oslo & Riga]]></n:title>
    </n:news>
    <image:image><image:loc>https://news.example/a.jpg</image:loc><image:title>A picture</image:title></image:image>
  </url>
  <url><lastmod>2024-01-16</lastmod></url>
  <url><loc>https://news.example/b</loc></url>
</urlset>"""


def refused(body: bytes | str) -> str:
    with pytest.raises(FetchFailed) as failed:
        read_sitemap(body.encode() if isinstance(body, str) else body)
    return failed.value.kind


def test_a_news_sitemap_says_what_stands_where_since_when_and_by_whom() -> None:
    sitemap = read_sitemap(NEWS.encode())
    first, second = sitemap.entries
    assert not sitemap.is_index
    assert (first.url, first.title, first.outlet, first.iso_language) == (
        "https://news.example/a?x=1&y=2", "Oslo & Riga", "The Daily Test", "en",
    )  # fmt: skip
    assert first.changed_until == datetime(2024, 1, 15, 8, tzinfo=UTC)
    assert first.published_at == datetime(2024, 1, 15, tzinfo=UTC)
    assert second == Entry(url="https://news.example/b")
    assert (second.changed_until, second.published_at, second.iso_language) == (None, None, None)


@pytest.mark.parametrize("body", [NEWS.replace("UTF-8", "utf-16").encode("utf-16"), gzip.compress(NEWS.encode()), NEWS.encode()])
def test_it_may_be_packed_and_in_another_charset(body: bytes) -> None:
    assert len(read_sitemap(body).entries) == 2


def test_an_index_names_sitemaps() -> None:
    sitemap = read_sitemap(b"<sitemapindex><sitemap><loc>https://news.example/1.xml</loc></sitemap></sitemapindex>")
    assert sitemap.is_index
    assert [entry.url for entry in sitemap.entries] == ["https://news.example/1.xml"]


@pytest.mark.parametrize(
    ("said", "until"),
    [
        ("2024", datetime(2025, 1, 1, tzinfo=UTC)),
        ("2024-02", datetime(2024, 3, 3, tzinfo=UTC)),
        ("2024-01-15", datetime(2024, 1, 16, tzinfo=UTC)),
        ("2024-01-15T09:00Z", datetime(2024, 1, 15, 9, tzinfo=UTC)),
        ("2024-01-15T09:00:00.5-05:00", datetime(2024, 1, 15, 14, 0, 0, 500_000, tzinfo=UTC)),
        ("2024-13", None), ("0000", None), ("9999-12-31", None), ("yesterday", None), ("", None),
    ],
)  # fmt: skip
def test_a_change_is_as_late_as_its_date_allows(said: str, until: datetime | None) -> None:
    assert Entry(changed=said).changed_until == until


LAUGHS = '<!DOCTYPE urlset [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
OUTSIDE = '<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/passwd">]><urlset><url><loc>&x;</loc></url></urlset>'


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (LAUGHS + "]><urlset><url><loc>&i;</loc></url></urlset>", "bad_xml"),
        (OUTSIDE, "bad_xml"),
        ('<!DOCTYPE urlset SYSTEM "http://127.0.0.1/x.dtd"><urlset/>', "bad_xml"),
        ("<urlset><url><loc>&nbsp;</loc></url></urlset>", "bad_xml"),
        ("<a>" * 200_000, "not_a_sitemap"),
        ("<urlset>" + "<url>" * 200_000, "bad_xml"),
        ("<urlset><url><loc>https://news.example/</loc>", "bad_xml"),
        ("<urlset a='" + "x" * 70_000 + "'/>", "bad_xml"),
        ("<urlset><!--" + "x" * 10_000_000 + "--></urlset>", "bad_xml"),
        ('<?xml version="1.0" encoding="no-such"?><urlset/>', "bad_xml"),
        ("<urlset " + " ".join(f"a{number}=''" for number in range(2000)) + "/>", "not_a_sitemap"),
        ("<urlset>" + "".join(f"<a{number}/>" for number in range(2000)) + "</urlset>", "not_a_sitemap"),
        ("<html><head></head></html>", "not_a_sitemap"),
        ("<rss><channel/></rss>", "not_a_sitemap"),
        ("", "bad_xml"),
        (b"\x00" * 100, "bad_xml"),
        (gzip.compress(NEWS.encode())[:-9], "bad_answer"),
        (b"\x1f\x8b nothing", "bad_answer"),
        (bomb(60), "too_large"),
    ],
)
def test_what_is_hostile_or_no_sitemap_is_refused_with_its_kind(body: bytes | str, kind: str) -> None:
    assert refused(body) == kind


def test_values_and_entries_without_end_are_cut() -> None:
    long = "x" * 60_000
    url = f"<url><loc>https://news.example/</loc><news><title>{long}</title></news></url>"
    [entry] = read_sitemap(f"<urlset>{url}</urlset>".encode()).entries
    assert len(entry.title) == MAX_VALUE_CHARS
    many = b"<urlset>" + b"<url><loc>https://n.example/</loc></url>" * (MAX_ENTRIES + 3) + b"</urlset>"
    sitemap = read_sitemap(many)
    assert (len(sitemap.entries), sitemap.left_out) == (MAX_ENTRIES, 3)


#: Reads a hostile document, and says by how much its memory grew.
READER = """
import sys
from tests.memories import peak_mb
from detente.fetching.sitemaps import read_sitemap
from detente.fetching.failures import FetchFailed
kind, size = sys.argv[1], 49_000_000
if kind == "attributes":
    tag = "<a " + " ".join(f"a{n}=''" for n in range(6000)) + "/>"
elif kind == "values":
    tag = "<url><loc>" + "x" * 60_000 + "</loc></url>"
else:
    tag = "<url>" + "<loc/>" * 9 + "</url>"
body = ("<urlset>" + tag * (size // len(tag)) + "</urlset>").encode()
before = peak_mb()
try:
    read_sitemap(body)
except FetchFailed as failed:
    print(failed.kind, file=sys.stderr)
print(peak_mb() - before)
"""


@pytest.mark.parametrize("kind", ["attributes", "values", "elements"])
def test_fifty_megabytes_take_little_memory(kind: str) -> None:
    shown = subprocess.run([sys.executable, "-c", READER, kind], capture_output=True, check=True, timeout=60, cwd=ROOT)
    assert int(shown.stdout) < 60
