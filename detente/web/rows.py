"""Rows of a body that is read as it arrives: lines of NDJSON, or the elements of a JSON array. Memory holds one row at a time.

Of a row that is larger than one may be, one byte more is kept than that, which tells whoever takes the rows.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import Protocol

from detente.web.facts import BodyMalformed
from detente.web.limits import MAX_BODY_BYTES

#: A row is a job, which may be as large alone as among others.
MAX_ROW_BYTES = MAX_BODY_BYTES
_IN_STRING = re.compile(rb'["\\]')
_OUTSIDE = re.compile(rb'["\[\]{},]')


class Splitter(Protocol):
    """Cuts a body into rows."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The rows that end in this piece of the body."""

    def finish(self) -> Iterator[bytes]:
        """The row that the body's end ends, if there is one."""


async def rows_of(pieces: AsyncIterator[bytes], splitter: Splitter) -> AsyncIterator[bytes]:
    """The rows of a body, as they come. Raises BodyMalformed."""
    async for piece in pieces:
        for row in splitter.feed(piece):
            yield row
    for row in splitter.finish():
        yield row


class Lines:
    """Rows of NDJSON. Empty lines are none."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        *whole, rest = chunk.split(b"\n")
        for line in whole:
            row = bytes(self._rest) + _fitting(self._rest, line)
            self._rest.clear()
            if row.strip():
                yield row
        self._rest += _fitting(self._rest, rest)

    def finish(self) -> Iterator[bytes]:
        if self._rest.strip():
            yield bytes(self._rest)


class Elements:
    """The elements of a JSON array. What stands between them is looked at; they themselves are whoever reads them's business."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._depth = 0
        self._in_string = False
        self._is_escaped = False
        self._has_rows = False
        self._is_over = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        start = place = 0
        while (mark := self._next_mark(chunk, place)) is not None:
            place = mark + 1
            ended = self._step(chunk[mark : mark + 1], chunk[start:mark])
            if ended is not None:
                yield from ended
                start = place
        if self._is_over or not self._depth:
            self._nothing_but_space(chunk[start:])
        else:
            self._rest += _fitting(self._rest, chunk[start:])

    def finish(self) -> Iterator[bytes]:
        if not self._is_over:
            raise BodyMalformed("the body ends within a JSON array" if self._depth else "the body is no JSON array")
        return iter(())

    def _next_mark(self, chunk: bytes, place: int) -> int | None:
        """Where the next character is that means something here."""
        if self._is_escaped and place < len(chunk):
            self._is_escaped, place = False, place + 1
        match = (_IN_STRING if self._in_string else _OUTSIDE).search(chunk, place)
        return match.start() if match else None

    def _step(self, mark: bytes, before: bytes) -> list[bytes] | None:
        """Go past one mark. Returns the rows that end there, or None where a row goes on."""
        if mark == b"\\":
            self._is_escaped = True
        elif mark == b'"':
            self._must_be_inside()
            self._in_string = not self._in_string
        elif mark in b"[{":
            return self._open(mark, before)
        elif mark in b"]}":
            return self._close(mark, before)
        elif self._depth == 1:
            self._has_rows = True
            return [self._row(before)]
        else:
            self._must_be_inside()
        return None

    def _open(self, mark: bytes, before: bytes) -> list[bytes] | None:
        self._depth += 1
        if self._depth > 1:
            return None
        self._nothing_but_space(before)
        if mark != b"[" or self._is_over:
            raise BodyMalformed("the body is no JSON array")
        return []

    def _close(self, mark: bytes, before: bytes) -> list[bytes] | None:
        self._must_be_inside()
        self._depth -= 1
        if self._depth:
            return None
        if mark != b"]":
            raise BodyMalformed("the body is no JSON array")
        self._is_over = True
        row = self._row(before)
        return [row] if row.strip() or self._has_rows else []

    def _row(self, end: bytes) -> bytes:
        row = bytes(self._rest) + _fitting(self._rest, end)
        self._rest.clear()
        return row

    def _must_be_inside(self) -> None:
        if not self._depth:
            raise BodyMalformed("the body is no JSON array")

    def _nothing_but_space(self, piece: bytes) -> None:
        if piece.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n"):
            raise BodyMalformed("the body is no JSON array")


def _fitting(kept: bytearray, piece: bytes) -> bytes:
    """What is kept of the next piece of a row."""
    return piece[: MAX_ROW_BYTES + 1 - len(kept)]
