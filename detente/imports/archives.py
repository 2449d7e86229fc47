"""Web archives (WARC): the pages in them that were answered with 200, and the texts that others made of pages.

warcio reads heads and chunks. Where records begin and end, how much is unpacked, and how to go on behind a broken record is seen
to here: warcio stops at the first broken record, and holds heads, chunks and what they unpack to whole, however long they are.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from email.message import Message
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeadersParserException

from detente.contracts.articles import MAX_LABEL_CHARS
from detente.fetching.articles import FIELDS
from detente.fetching.charsets import decode
from detente.fetching.failures import FetchFailed
from detente.imports.parts import PIECE, Broken, Parts
from detente.imports.rows import MAX_BODY_BYTES, Maker, NoArticle, Reason, Row, no_row

#: Heads of a record, its own and that of HTTP. Servers send some KB; with cookies, some tens.
MAX_HEAD_BYTES = 1_000_000
#: What tells that a line begins a record is at its beginning.
MARK, MARKED = b"WARC/", 64


def archive_rows(name: str, parts: Parts, make: Maker) -> Iterator[Row]:
    """The rows of an archive. A record that is broken is a row with the reason; the next one is looked for behind it."""
    reader, number = _Reader(parts), 0
    while True:
        try:
            if not reader.begin():
                return
            while (head := reader.next_head()) is not None:
                number += 1
                place = f"{name}:{number}"
                if reader.strayed:
                    yield Row(place, reason=Reason.BROKEN, detail="before this record are bytes that belong to none")
                yield _row(place, head, reader, make)
        except Broken as broken:
            yield Row(f"{name}:{number + 1}", reason=Reason.BROKEN, detail=str(broken))


def _row(place: str, head: bytes, reader: _Reader, make: Maker) -> Row:
    try:
        return make.article(place, _fields(head, reader))
    except NoArticle as why:
        # What is left of a broken record is no second fault.
        reader.torn = why.reason in (Reason.TRUNCATED, Reason.BROKEN)
        return no_row(place, why)
    except Broken as broken:
        # It was inside of this record; what comes next is another part.
        return Row(place, reason=Reason.BROKEN, detail=str(broken))
    except (ArchiveLoadFailed, StatusAndHeadersParserException, EOFError, ValueError) as error:
        reader.torn = True
        return Row(place, reason=Reason.BROKEN, detail=f"its head cannot be read ({type(error).__name__})")


def _fields(head: bytes, reader: _Reader) -> dict[str, str | None]:
    """The fields of the article in a record. Afterwards the reader is behind the record, or where to look for the next."""
    loader = ArcWarcRecordLoader(verify_http=False, arc2warc=False)
    record = loader.parse_record_stream(reader, statusline=head, known_format="warc", no_record_parse=True)
    length = record.rec_headers.get_header("Content-Length") or ""
    # Nothing has exabytes.
    if not (length.isascii() and length.isdigit() and len(length) <= 18):
        raise NoArticle(Reason.BROKEN, "it does not say how long it is")
    if (left := reader.left()) is not None and int(length) > left:
        # Its bytes are looked through for the next record: with a wrong length, there are others behind it.
        raise NoArticle(Reason.TRUNCATED, f"it says that it has {int(length):,} bytes, and there are {left:,}")
    refused, fields = None, {}
    try:
        fields = _page(record, loader)
    except NoArticle as why:
        refused = why
    while record.raw_stream.read(PIECE):
        pass
    if record.raw_stream.limit > 0:
        raise NoArticle(Reason.TRUNCATED, f"its last {record.raw_stream.limit:,} bytes are missing")
    if refused:
        raise refused
    return fields


def _page(record: Any, loader: ArcWarcRecordLoader) -> dict[str, str | None]:
    url, kind = record.rec_headers.get_header("WARC-Target-URI") or "", record.rec_type
    if kind == "revisit":
        raise NoArticle(Reason.REVISIT, "the page had not changed since another record")
    if kind not in ("response", "conversion"):
        raise NoArticle(Reason.NOT_A_PAGE, f"a record of the type {str(kind)[:40]}")
    if record.rec_headers.get_header("WARC-Truncated"):
        raise NoArticle(Reason.TRUNCATED, "the crawler says that it cut the page")
    http = loader.load_http_headers(kind, url, record.raw_stream, record.length)
    if kind == "response" and (http is None or urlsplit(url).path == "/robots.txt"):
        raise NoArticle(Reason.NOT_A_PAGE, "an answer of another kind than pages")
    if http and http.get_statuscode() != "200":
        raise NoArticle(Reason.NOT_FOUND, f"answered {http.get_statuscode()[:10]}")
    said = (http.get_header("Content-Type") if http else record.content_type) or ""
    return {_field_of(said): _text(record, http, said), "url": url if url and len(url) <= MAX_LABEL_CHARS else None}


def _field_of(said: str) -> str:
    kind = said.partition(";")[0].strip().lower()
    if kind not in FIELDS:
        raise NoArticle(Reason.NOT_TEXT, f"of the type {kind[:60]}" if kind else "of no type")
    return FIELDS[kind][0]


def _text(record: Any, http: Any, said: str) -> str:
    head = Message()
    head["Content-Type"] = said.replace("\r", "").replace("\n", "")
    try:
        return decode(_body(record, http), declared=head.get_content_charset())[0]
    except FetchFailed as failed:
        raise NoArticle(Reason.BAD_CHARSET, str(failed)) from None


def _body(record: Any, http: Any) -> bytes:
    body = _at_most(record.raw_stream, MAX_BODY_BYTES)
    if http and (http.get_header("Transfer-Encoding") or "").lower() == "chunked":
        # It knows bodies that only say that they are in chunks, as some crawlers write them.
        body = ChunkedDataReader(BytesIO(body)).read()
    packed = (http.get_header("Content-Encoding") or "").strip().lower() if http else ""
    return _unpacked(body, packed) if packed not in ("", "identity") else body


def _at_most(stream: Any, most: int) -> bytes:
    body = bytearray()
    while len(body) <= most and (piece := stream.read(PIECE)):
        body += piece
    if len(body) > most:
        raise NoArticle(Reason.TOO_LARGE, f"the page has more than {most:,} bytes")
    return bytes(body)


def _unpacked(body: bytes, packed: str) -> bytes:
    if packed not in ("gzip", "x-gzip", "deflate"):
        raise NoArticle(Reason.BROKEN, f"packed with {packed[:20]}, which is not known here")
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        page = unpack.decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error:
        # Some crawlers unpack pages and keep the head that says otherwise.
        return body
    if len(page) > MAX_BODY_BYTES:
        raise NoArticle(Reason.TOO_LARGE, f"the page unpacks to more than {MAX_BODY_BYTES:,} bytes")
    if not unpack.eof:
        raise NoArticle(Reason.TRUNCATED, "the packed page ends too early")
    return page


class _Reader:
    """The bytes of a file as warcio reads them: by length, and by lines of heads, within a limit."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._piece, self._at = parts, b"", 0
        self._head_left = MAX_HEAD_BYTES
        #: Whether something stood before the last head that belongs to no record, and whether that is to be expected.
        self.strayed = self.torn = False

    def begin(self) -> bool:
        self._piece, self._at = b"", 0
        return self._parts.begin()

    def left(self) -> int | None:
        """How many bytes of this part there still are, if that is known."""
        behind = self._parts.left()
        return None if behind is None else behind + len(self._piece) - self._at

    def next_head(self) -> bytes | None:
        """The line that begins the next record of this part; None at its end. Raises Broken where it ends with something else."""
        strayed, torn, self.torn = False, self.torn, False
        while line := self._line(MARKED):
            self.strayed = strayed and not torn
            if line.startswith(MARK):
                self._head_left = MAX_HEAD_BYTES
                return line if line.endswith(b"\n") else line + self.readline()
            strayed = strayed or bool(line.strip())
            if not line.endswith(b"\n"):
                self._end_line()
        if strayed and not torn:
            raise Broken("it ends with bytes that belong to no record")
        return None

    def read(self, most: int) -> bytes:
        if not self._fill():
            return b""
        piece = self._piece[self._at : self._at + most]
        self._at += len(piece)
        return piece

    def readline(self, most: int | None = None) -> bytes:
        """A line of a head. Raises ValueError where heads are longer than any is."""
        line = self._line(min(self._head_left, MAX_HEAD_BYTES if most is None else most))
        self._head_left -= len(line)
        if self._head_left <= 0:
            raise ValueError("the heads are too long")
        return line

    def _line(self, most: int) -> bytes:
        line = bytearray()
        while len(line) < most and not line.endswith(b"\n") and self._fill():
            end = self._piece.find(b"\n", self._at, self._at + most - len(line)) + 1
            piece = self._piece[self._at : end or self._at + most - len(line)]
            line += piece
            self._at += len(piece)
        return bytes(line)

    def _end_line(self) -> None:
        """Go behind the end of this line, however far that is."""
        while self._fill():
            self._at = self._piece.find(b"\n", self._at) + 1 or len(self._piece)
            if self._piece[self._at - 1] == 10:
                return

    def _fill(self) -> bool:
        if self._at >= len(self._piece):
            self._piece, self._at = self._parts.read(), 0
        return bool(self._piece)
