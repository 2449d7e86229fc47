"""JSON Lines: a row a line, in detente's own words, schema.org's or ninjs's."""

from __future__ import annotations

import json
from collections.abc import Iterator

from detente.imports.dialects import article_fields
from detente.imports.parts import Broken, Parts, pieces
from detente.imports.rows import MAX_BODY_BYTES, Maker, NoArticle, Reason, Row, no_row

#: A page of the greatest length fits, if not most of its letters are written as `\u0416`. The values of a hostile line of this
#: length take some 200 MB while they are looked at.
MAX_LINE_BYTES = MAX_BODY_BYTES
#: Behind a line that goes on for longer, nobody looks for another: a file of 10 MB can unpack to one of 10 GB.
MAX_PASSED_OVER = 4 * 2**30


def line_rows(name: str, parts: Parts, make: Maker) -> Iterator[Row]:
    """The rows of a file. A line that is none is a row with the reason; it does not stop the file."""
    number = 0
    try:
        for number, line in enumerate(_cut(pieces(parts)), 1):
            if line is None:
                yield Row(f"{name}:{number}", reason=Reason.TOO_LARGE, detail=f"the line has more than {MAX_LINE_BYTES:,} bytes")
            elif line.strip():
                yield _row(f"{name}:{number}", line, make)
    except Broken as broken:
        yield Row(f"{name}:{number + 1}", reason=Reason.BROKEN, detail=f"{broken}; the rest of the file was not read")


def _row(place: str, line: bytes, make: Maker) -> Row:
    try:
        value = json.loads(line)
    except RecursionError:
        return Row(place, reason=Reason.BAD_JSON, detail="nested too deeply")
    except ValueError as error:
        return Row(place, reason=Reason.BAD_JSON, detail=_without_values(error))
    try:
        return make.article(place, article_fields(value))
    except NoArticle as why:
        return no_row(place, why)


def _without_values(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos:,}"
    return "not in UTF-8" if isinstance(error, UnicodeError) else "a number in it is too long"


def _cut(found: Iterator[bytes]) -> Iterator[bytes | None]:
    """Lines, and None for one that is too long. Raises Broken behind one that does not end."""
    rest, dropped = bytearray(), 0
    for piece in found:
        first, *others = piece.split(b"\n")
        rest += first
        for part in others:
            yield None if dropped or len(rest) > MAX_LINE_BYTES else bytes(rest)
            rest, dropped = bytearray(part), 0
        if dropped or len(rest) > MAX_LINE_BYTES:
            dropped += len(rest)
            rest.clear()
        if dropped > MAX_PASSED_OVER:
            raise Broken(f"the line has more than {MAX_PASSED_OVER:,} bytes")
    if rest or dropped:
        yield None if dropped else bytes(rest)
