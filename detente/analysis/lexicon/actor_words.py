"""Words that help to tell actors apart, by what they do in a phrase."""

from __future__ import annotations

import tomllib
from functools import cache

from detente.analysis.lexicon.files import read_text


@cache
def actor_words(what: str) -> frozenset[str]:
    """One list of the file, such as "particles"."""
    return _lists()[what]


@cache
def _lists() -> dict[str, frozenset[str]]:
    return {name: frozenset(words.split()) for name, words in tomllib.loads(read_text("actor_words.toml")).items()}
