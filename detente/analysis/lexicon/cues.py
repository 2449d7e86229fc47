"""Words that report speech, and the frames in which they do so."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

Frames = frozenset[str]
_NONE: Frames = frozenset()


@dataclass(frozen=True)
class Cues:
    """The frames of each verb and noun, by lemma."""

    verbs: dict[str, Frames]
    nouns: dict[str, Frames]

    def of_verb(self, lemma: str) -> Frames:
        return self.verbs.get(lemma, _NONE)

    def of_noun(self, lemma: str) -> Frames:
        return self.nouns.get(lemma, _NONE)


@cache
def load_cues() -> Cues:
    """The cues of `cues.toml`."""
    data = tomllib.loads(files(__package__).joinpath("cues.toml").read_text(encoding="utf-8"))
    return Cues(verbs=_by_lemma(data["verbs"]), nouns=_by_lemma(data["nouns"]))


def _by_lemma(frames: dict[str, str]) -> dict[str, Frames]:
    found: dict[str, set[str]] = {}
    for frame, lemmas in frames.items():
        for lemma in lemmas.split():
            found.setdefault(lemma, set()).add(frame)
    return {lemma: frozenset(names) for lemma, names in found.items()}
