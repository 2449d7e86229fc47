"""Pairs of articles that are copies, made by edits from real ones; and pairs of articles that are not."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

_SENTENCE = re.compile(r"(?<=[.!?”\"])\s+(?=[A-Z“\"])")
_NAME = re.compile(r"\b[A-Z]\w+")
#: Words that may be put for another without changing what is said. A light edit changes few, and has nothing to do with names.
_REWORDED = {
    "said": "stated", "told": "informed", "also": "too", "but": "yet", "about": "around", "after": "following",
    "because": "since", "many": "numerous", "big": "large", "while": "as", "however": "though", "show": "demonstrate",
    "against": "versus", "help": "assist", "near": "close to", "began": "started", "last": "past", "during": "in", "new": "fresh",
    "would": "will", "government": "authorities", "including": "among them", "according": "going",
}  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """Two texts, whether they are copies, and how the pair was made."""

    one: str
    other: str
    copies: bool
    made: str


def _paragraphs(text: str) -> list[str]:
    found = [part for part in text.split("\n\n") if part.strip()]
    return found if len(found) > 3 else _SENTENCE.split(text)


def shortened(text: str, dice: random.Random) -> str:
    """The first 40 to 70 percent, as a paper cuts an agency's report from its end."""
    parts = _paragraphs(text)
    return "\n\n".join(parts[: max(1, round(len(parts) * dice.uniform(0.4, 0.7)))])


def reheadlined(text: str, dice: random.Random) -> str:
    """Another first line."""
    first, *rest = _paragraphs(text)
    words = re.findall(r"\w+", " ".join(rest))
    return "\n\n".join([" ".join(dice.sample(words, min(9, len(words)))).capitalize(), *(rest or [first])])


def dropped(text: str, dice: random.Random) -> str:
    """Three paragraphs of ten left out, wherever they are."""
    parts = _paragraphs(text)
    return "\n\n".join(part for part in parts if dice.random() > 0.3) or text


def reordered(text: str, dice: random.Random) -> str:
    """The same paragraphs in another order."""
    parts = _paragraphs(text)
    return "\n\n".join(dice.sample(parts, len(parts)))


def tagged(text: str, dice: random.Random) -> str:
    """An agency's line before, and its notice behind."""
    agency = dice.choice(["AGENCY ONE", "The Wire", "Staff and agencies", "Press Service"])
    return f"CAPITAL CITY, {agency} –\n\n{text}\n\n(Reporting by {agency}; editing by the desk). All rights reserved."


def reworded(text: str, dice: random.Random) -> str:
    """Some words put for others, and one of twenty left out."""
    words = [_REWORDED.get(word, word) for word in text.split(" ")]
    return " ".join(word for word in words if dice.random() > 0.05)


EDITS: tuple[Callable[[str, random.Random], str], ...] = (shortened, reheadlined, dropped, reordered, tagged, reworded)


def copies(texts: Sequence[str], *, seed: int) -> Iterator[Pair]:
    """Each text beside a copy for each edit, and beside one with three edits at once."""
    dice = random.Random(seed)
    for text in texts:
        for edit in EDITS:
            yield Pair(text, edit(text, dice), True, edit.__name__)
        several = text
        chosen = dice.sample(EDITS, 3)
        for edit in chosen:
            several = edit(several, dice)
        yield Pair(text, several, True, "three at once")


def others(texts: Sequence[str], *, number: int) -> Iterator[Pair]:
    """The pairs of different articles that share most names: those on the same states and people."""
    names = [frozenset(_NAME.findall(text)) for text in texts]
    pairs = combinations(range(len(texts)), 2)
    nearest = sorted(pairs, key=lambda at: -len(names[at[0]] & names[at[1]]) / (1 + len(names[at[0]] | names[at[1]])))
    for one, other in nearest[:number]:
        yield Pair(texts[one], texts[other], False, "others on the same names")
