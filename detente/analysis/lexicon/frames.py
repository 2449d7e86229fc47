"""Loads the frames of acts: which words mean which PLOVER type, and where the parties stand."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any

from detente.contracts import Plover

#: Goldstein-style intensities: the mean of the CAMEO codes that PLOVER puts under each type.
INTENSITIES: Mapping[Plover, float] = {
    Plover.RETREAT: 7.6, Plover.AID: 7.4, Plover.COOPERATE: 6.8, Plover.CONCEDE: 5.0, Plover.SUPPORT: 4.6, Plover.AGREE: 4.2,
    Plover.CONSULT: 2.1, Plover.ACCUSE: -2.0, Plover.REJECT: -4.2, Plover.REQUEST: -5.0, Plover.THREATEN: -5.1,
    Plover.SANCTION: -5.2, Plover.MOBILIZE: -5.3, Plover.PROTEST: -6.6, Plover.COERCE: -7.2, Plover.ASSAULT: -9.3,
}  # fmt: skip

Words = frozenset[str]


@dataclass(frozen=True)
class Frame:
    """One way to tell an act. Decision 0040 explains the fields; `example` is a sentence that this very frame is found in."""

    name: str
    plover: Plover
    example: str
    cameo: str | None = None
    verbs: tuple[str, ...] = ()
    adjectives: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()
    light: tuple[str, ...] = ()
    objects: Words = frozenset()
    not_objects: Words = frozenset()
    objects_or_of: Words = frozenset()
    objects_adverb: Words = frozenset()
    subjects: Words = frozenset()
    need: tuple[str, ...] = ()
    having: Words = frozenset()
    not_with: Words = frozenset()
    xcomp_verbs: Words = frozenset()
    target: tuple[str, ...] = ()
    noun_target: tuple[str, ...] = ()
    flags: Words = frozenset()

    def is_(self, flag: str) -> bool:
        return flag in self.flags


@dataclass(frozen=True)
class Frames:
    """All frames, by the word that may tell them."""

    all: tuple[Frame, ...]
    by_verb: Mapping[str, tuple[tuple[Frame, str], ...]]
    by_adjective: Mapping[str, tuple[Frame, ...]]
    by_noun: Mapping[str, tuple[Frame, ...]]
    classes: Mapping[str, Words]


@dataclass(frozen=True)
class Controls:
    """Words that govern acts, by class."""

    sets: Mapping[str, Words] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Words:
        return self.sets[name]


@cache
def load_frames() -> Frames:
    """All frames of the lexicon, once per process."""
    classes = _classes(_read("classes.toml"))
    frames = tuple(
        _frame(row, plover, classes) for plover in Plover for row in _read(f"{plover.value.lower()}.toml").get("frame", [])
    )
    return Frames(
        all=frames,
        by_verb=_by_verb(frames),
        by_adjective=_index((word, frame) for frame in frames for word in frame.adjectives),
        by_noun=_index((word, frame) for frame in frames for word in frame.nouns),
        classes=classes,
    )


@cache
def load_controls() -> Controls:
    """The governing words, once per process."""
    return Controls({name: frozenset(words) for name, words in _read("controls.toml").items()})


@cache
def load_lemmas() -> Mapping[str, str]:
    """Lemmas of word forms that the model gets wrong."""
    return _read("lemmas.toml")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("events", name).read_text(encoding="utf-8"))


def _classes(rows: dict[str, list[str]]) -> dict[str, Words]:
    return {f"@{name}": frozenset(words) for name, words in rows.items()}


def _frame(row: dict[str, Any], plover: Plover, classes: Mapping[str, Words]) -> Frame:
    known = {each.name for each in fields(Frame)}
    if "with" in row:
        row["having"] = row.pop("with")
    flags = frozenset(key for key, value in row.items() if value is True)
    values = {key: _value(key, value, classes) for key, value in row.items() if value is not True}
    if unknown := set(values) - known:
        raise ValueError(f"frame {row['name']} has unknown fields: {sorted(unknown)}")
    return Frame(plover=plover, flags=flags, **values)


def _value(key: str, value: Any, classes: Mapping[str, Words]) -> Any:
    if key in ("objects", "not_objects", "objects_or_of", "objects_adverb", "subjects", "having", "not_with", "xcomp_verbs"):
        return frozenset(word for each in value for word in (classes.get(each) or (each,)))
    return tuple(value) if isinstance(value, list) else value


def _by_verb(frames: Iterable[Frame]) -> dict[str, tuple[tuple[Frame, str], ...]]:
    """Frames under their first word, with the particle or preposition that has to follow; the most specific first."""
    found: dict[str, list[tuple[Frame, str]]] = {}
    for frame in frames:
        for verb in frame.verbs:
            lemma, _, particle = verb.partition(" ")
            found.setdefault(lemma, []).append((frame, particle))
    return {lemma: tuple(sorted(rows, key=_specificity, reverse=True)) for lemma, rows in found.items()}


def _specificity(row: tuple[Frame, str]) -> tuple[int, ...]:
    frame, particle = row
    asks = (frame.objects, frame.objects_or_of, frame.having, frame.subjects, frame.objects_adverb, frame.xcomp_verbs)
    return (sum(bool(each) for each in (particle, *asks, frame.need, frame.flags & {"pair", "xcomp", "state_doer"})),)


def _index(rows: Iterable[tuple[str, Frame]]) -> dict[str, tuple[Frame, ...]]:
    found: dict[str, list[Frame]] = {}
    for word, frame in rows:
        found.setdefault(word, []).append(frame)
    return {word: tuple(each) for word, each in found.items()}
