"""Rows are cut out of bodies wherever the pieces end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.web.facts import BodyMalformed
from detente.web.rows import MAX_ROW_BYTES, Elements, Lines, Splitter, rows_of

scalars = st.none() | st.booleans() | st.integers() | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8
)


def cut(body: bytes, sizes: list[int]) -> list[bytes]:
    pieces, place = [], 0
    for size in [*sizes, len(body)]:
        pieces.append(body[place : place + size])
        place += size
    return pieces


def rows(splitter: Splitter, pieces: list[bytes]) -> list[bytes]:
    async def body() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async def read() -> list[bytes]:
        return [row async for row in rows_of(body(), splitter)]

    return asyncio.run(read())


@given(st.lists(values, max_size=5), st.lists(st.integers(0, 9), max_size=60), st.booleans())
def test_an_array_in_any_pieces_gives_its_elements(elements, sizes, is_wide):
    body = json.dumps(elements, ensure_ascii=is_wide, indent=1 if is_wide else None).encode()
    assert [json.loads(row) for row in rows(Elements(), cut(body, sizes))] == elements


@given(st.lists(values, max_size=5), st.lists(st.integers(0, 9), max_size=60), st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_lines_in_any_pieces_are_rows(elements, sizes, end):
    body = end.join(map(json.dumps, elements)).encode()
    assert [json.loads(row) for row in rows(Lines(), cut(body, sizes))] == elements


@given(st.binary(max_size=200), st.lists(st.integers(0, 9), max_size=30))
def test_any_bytes_are_rows_or_told_to_be_none(body, sizes):
    try:
        found = rows(Elements(), cut(body, sizes))
    except BodyMalformed:
        with pytest.raises((ValueError, AssertionError)):
            assert isinstance(json.loads(body), list)
    else:
        assert isinstance(found, list)


@pytest.mark.parametrize(("splitter", "begin", "end"), [(Lines, b"1\n", b'"\n3'), (Elements, b"[1,", b'",3]')])
def test_of_a_row_that_is_too_large_no_more_is_kept_than_shows_it(splitter, begin, end):
    long = [b"x" * 2**20] * (MAX_ROW_BYTES // 2**20 + 9)
    for pieces in ([begin + b'"', *long, end], [begin + b'"' + b"".join(long) + end]):
        first, second, third = rows(splitter(), pieces)
        assert (first, third) == (b"1", b"3")
        assert len(second) == MAX_ROW_BYTES + 1


def test_what_stands_between_commas_is_a_row_even_if_it_is_nothing():
    assert rows(Elements(), [b"[1,,2]"]) == [b"1", b"", b"2"]
    assert rows(Elements(), [b"[1,]"]) == [b"1", b""]
