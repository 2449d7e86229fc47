"""Web archives for tests, written by warcio."""

from __future__ import annotations

import gzip
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

PAGE = "<html><body><article><p>Oslo recalled its ambassador from Minsk on Monday, number {}.</p></article></body></html>"


class Archive:
    """Collects records; `bytes` is the archive, each record packed by itself unless `packed` is False."""

    def __init__(self, *, packed: bool = True) -> None:
        self._file = BytesIO()
        self._writer = WARCWriter(self._file, gzip=packed)
        self.starts: list[int] = []

    def response(
        self, body: bytes | str, *, url: str = "https://news.example/a", status: str = "200 OK",
        kind: str = "text/html; charset=utf-8", http: dict[str, str] | None = None, warc: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        headers = [("Content-Type", kind), *(http or {}).items()]
        self._add(body, url, "response", StatusAndHeaders(status, headers, protocol="HTTP/1.1"), warc)

    def other(self, kind: str, body: bytes | str = b"", *, type: str = "text/plain", url: str = "https://news.example/a") -> None:
        self._add(body, url, kind, None, {"Content-Type": type})

    def _add(self, body: bytes | str, url: str, kind: str, http: Any, warc: dict[str, str] | None) -> None:
        self.starts.append(self._file.tell())
        content = BytesIO(body.encode() if isinstance(body, str) else body)
        with warnings.catch_warnings():
            # warcio leaves a temporary file to the collector.
            warnings.simplefilter("ignore", ResourceWarning)
            record = self._writer.create_warc_record(url, kind, payload=content, http_headers=http, warc_headers_dict=warc or {})
            self._writer.write_record(record)
            del record

    @property
    def bytes(self) -> bytes:
        return self._file.getvalue()

    def kept(self, path: Path) -> Path:
        path.write_bytes(self.bytes)
        return path


def bomb(megabytes: int, *, before: bytes = b"", after: bytes = b"") -> bytes:
    """Something small that unpacks to zeros without end."""
    out = BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=9) as packed:
        packed.write(before)
        for _ in range(megabytes):
            packed.write(bytes(2**20))
        packed.write(after)
    return out.getvalue()
