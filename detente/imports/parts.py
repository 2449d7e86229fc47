"""The bytes of a file in parts: one, or each that was packed by itself. Never holds more than a piece, whatever it unpacks to."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO, Protocol

from detente.imports.rows import Meter, NoArticle, Reason

#: Bytes that are read, or unpacked, at once.
PIECE = 65_536
#: A part that unpacks to more than this, and to more than a hundred times its size, is a bomb: texts and markup become
#: some ten times as large, and what is larger (a film) was hardly packed at all.
MAX_UNPACKED, MAX_RATIO = 2**30, 100
GZIP = b"\x1f\x8b\x08"


class Broken(Exception):
    """The part cannot be unpacked any further. `begin` goes on with the next."""


class Parts(Protocol):
    """A file, part after part."""

    def begin(self) -> bool:
        """Go to the next part. False where there is none."""

    def read(self, most: int = PIECE) -> bytes:
        """Up to so many bytes of this part; none at its end. Raises Broken."""

    def left(self) -> int | None:
        """How many bytes of this part have not been read, if that is known."""


class Plain:
    """A file that is not packed: a single part."""

    def __init__(self, file: BinaryIO, meter: Meter) -> None:
        self._file, self._meter, self._begun = file, meter, False
        self._left = os.fstat(file.fileno()).st_size

    def begin(self) -> bool:
        begun, self._begun = self._begun, True
        return not begun

    def read(self, most: int = PIECE) -> bytes:
        # As long as it was at first: what others append while it is read is not this import's.
        piece = self._file.read(min(most, self._left))
        self._left -= len(piece)
        self._meter.bytes += len(piece)
        return piece

    def left(self) -> int | None:
        return self._left


class Packed:
    """A gzip file, of which each member is a part. After a broken one it goes on with what looks like the next."""

    def __init__(self, file: BinaryIO, meter: Meter) -> None:
        self._plain, self._rest = Plain(file, meter), b""
        self._inside: zlib._Decompress | None = None
        self._packed = self._unpacked = 0

    def begin(self) -> bool:
        while self.read():
            pass  # What is left of the part before.
        # Some programs fill files up with zeros behind the last member.
        self._rest = self._rest.lstrip(b"\0")
        while not self._rest:
            if not (piece := self._plain.read()):
                return False
            self._rest = piece.lstrip(b"\0")
        self._inside, self._packed, self._unpacked = zlib.decompressobj(zlib.MAX_WBITS | 16), 0, 0
        return True

    def read(self, most: int = PIECE) -> bytes:
        inside = self._inside
        while inside is not None and not inside.eof:
            packed = self._rest or self._plain.read()
            if not packed:
                raise self._broken("the file ends before what is packed in it does")
            try:
                piece = inside.decompress(packed, most)
            except zlib.error as error:
                self._rest = packed[1:]
                raise self._broken(str(error)) from None
            self._rest = inside.unused_data if inside.eof else inside.unconsumed_tail
            self._packed, self._unpacked = self._packed + len(packed) - len(self._rest), self._unpacked + len(piece)
            if self._unpacked > max(MAX_UNPACKED, MAX_RATIO * self._packed):
                raise self._broken(f"it becomes more than {MAX_RATIO} times as large")
            if piece:
                return piece
        return b""

    def left(self) -> int | None:
        return None

    def _broken(self, why: str) -> Broken:
        self._inside = None
        self._find_next()
        return Broken(f"cannot be unpacked: {why}")

    def _find_next(self) -> None:
        """Drop what comes before the next mark of a member, or all that is left."""
        while (at := self._rest.find(GZIP)) < 0:
            piece = self._plain.read()
            self._rest = self._rest[-2:] + piece if piece else b""
            if not piece:
                return
        self._rest = self._rest[at:]


@contextmanager
def file_at(path: Path, *, follow: bool) -> Iterator[BinaryIO]:
    """A file, open. Raises NoArticle (unreadable) for what is none or may not be read."""
    try:
        # Not blocking, since a pipe would wait for its writer; it is refused.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW))
    except OSError as error:
        raise NoArticle(Reason.UNREADABLE, error.strerror or str(error)) from None
    with open(descriptor, "rb") as file:
        if not S_ISREG(os.fstat(descriptor).st_mode):
            raise NoArticle(Reason.UNREADABLE, "this is no file")
        yield file


def parts_of(file: BinaryIO, meter: Meter) -> Parts:
    """The parts of a file, unpacked where it begins as gzip files do."""
    return Packed(file, meter) if os.pread(file.fileno(), len(GZIP), 0) == GZIP else Plain(file, meter)


def pieces(parts: Parts) -> Iterator[bytes]:
    """All bytes of all parts. Raises Broken."""
    while parts.begin():
        while piece := parts.read():
            yield piece


def whole(parts: Parts, *, most: int) -> bytes:
    """All bytes of all parts, if they are no more than `most`. Raises NoArticle and Broken."""
    body = bytearray()
    for piece in pieces(parts):
        body += piece
        if len(body) > most:
            raise NoArticle(Reason.TOO_LARGE, f"it has more than {most:,} bytes")
    return bytes(body)
