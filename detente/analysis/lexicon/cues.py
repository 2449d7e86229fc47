"""Words that report speech, and the frames in which they do so."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from detente.analysis.lexicon.files import read_text

Frames = frozenset[str]
_NONE: Frames = frozenset()


@dataclass(frozen=True)
class Cues:
    """The frames of each verb and noun, by lemma."""

    verbs: dict[str, Frames]
    nouns: dict[str, Frames]
    finite: dict[str, str]
    """Present and past forms of the verbs that introduce quotations, with their lemmas: parsers mistake such words for nouns."""

    def of_verb(self, lemma: str) -> Frames:
        return self.verbs.get(lemma, _NONE)

    def of_noun(self, lemma: str) -> Frames:
        return self.nouns.get(lemma, _NONE)


@cache
def load_cues() -> Cues:
    """The cues of `cues.toml`."""
    data = _data()
    finite: dict[str, str] = {}
    for lemma in data["verbs"]["quote"].split():
        for form in (lemma, _third(lemma), *data["past"].get(lemma, _past(lemma)).split()):
            finite.setdefault(form, lemma)
    return Cues(verbs=_by_lemma(data["verbs"]), nouns=_by_lemma(data["nouns"]), finite=finite)


def _third(lemma: str) -> str:
    """The third person: says, replies, preaches."""
    if lemma.endswith("y") and lemma[-2] not in "aeiou":
        return lemma[:-1] + "ies"
    return lemma + ("es" if lemma.endswith(("s", "sh", "ch", "x", "o")) else "s")


def _past(lemma: str) -> str:
    """The regular past: added, agreed, replied."""
    if lemma.endswith("e"):
        return lemma + "d"
    return lemma[:-1] + "ied" if lemma.endswith("y") and lemma[-2] not in "aeiou" else lemma + "ed"


@cache
def cue_words(what: str) -> frozenset[str]:
    """One list of the section "words", such as "vehicles"."""
    return frozenset(_data()["words"][what].split())


@cache
def _data() -> dict[str, dict[str, str]]:
    return tomllib.loads(read_text("cues.toml"))


def _by_lemma(frames: dict[str, str]) -> dict[str, Frames]:
    found: dict[str, set[str]] = {}
    for frame, lemmas in frames.items():
        for lemma in lemmas.split():
            found.setdefault(lemma, set()).add(frame)
    return {lemma: frozenset(names) for lemma, names in found.items()}
