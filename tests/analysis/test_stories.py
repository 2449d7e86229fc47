"""Copies of a text are told from other texts."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from detente.analysis.stories import BANDS, find_shingles, is_copy, sign

WORDS = [f"word{number}" for number in range(5000)]


def _text(seed: int, *, words: int = 400) -> list[str]:
    return random.Random(seed).choices(WORDS, k=words)


def _copies(one: list[str], other: list[str]) -> bool:
    return is_copy(find_shingles(" ".join(one)), find_shingles(" ".join(other)))


def test_a_text_is_a_copy_of_itself_in_any_case_and_with_other_marks() -> None:
    text = "Nora Quill met Ivo Marsh on Monday, officials in the capital said."
    other = "NORA QUILL met Ivo Marsh – on Monday! Officials in the capital said"
    assert sign(text) == sign(other)
    assert is_copy(find_shingles(text), find_shingles(other))


def test_the_first_third_of_a_text_is_its_copy() -> None:
    text = _text(1)
    assert _copies(text, text[:130])


def test_a_reordered_text_is_its_copy() -> None:
    text = _text(1)
    assert _copies(text, text[200:] + text[:200])


def test_other_texts_are_no_copies() -> None:
    assert not _copies(_text(1), _text(2))


def test_a_short_text_that_shares_a_stock_phrase_is_no_copy() -> None:
    one = "Two people died when shells hit the town on Monday, the ministry of defence said"
    other = "Four tanks crossed the river into the valley at dawn, the ministry of defence said"
    assert find_shingles(one) & find_shingles(other)
    assert not is_copy(find_shingles(one), find_shingles(other))


def test_a_short_article_is_no_copy_of_another_with_the_same_notice_under_it() -> None:
    notice = _text(7, words=35)
    assert not _copies(_text(1, words=50) + notice, _text(2, words=50) + notice)
    assert not _copies(_text(1, words=50) + notice, _text(2) + notice)
    assert _copies(_text(1) + notice, _text(1, words=400)[:100])


def test_a_shortened_text_shares_a_band_and_another_text_hardly_ever() -> None:
    whole = set(sign(" ".join(_text(1))).bands)
    assert len(whole) == BANDS
    assert whole & set(sign(" ".join(_text(1)[:200])).bands)
    assert sum(bool(whole & set(sign(" ".join(_text(seed))).bands)) for seed in range(2, 32)) <= 2


def test_a_text_without_words_has_no_copies() -> None:
    assert sign(" … ").bands == ()
    assert not is_copy(find_shingles("…"), find_shingles("…"))


@settings(deadline=None)  # the first call loads a library
@given(st.text())
def test_any_text_can_be_signed_and_its_hashes_fit_the_store(text: str) -> None:
    assert all(-(2**63) <= band < 2**63 for band in sign(text).bands)
