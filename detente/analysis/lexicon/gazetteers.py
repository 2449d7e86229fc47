"""One index of all names that the lexicon knows, from the words of a text to what they stand for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal
from unicodedata import combining, normalize

from detente.analysis.lexicon.countries import countries
from detente.analysis.lexicon.files import read_lines, read_rows, split_names

if TYPE_CHECKING:
    from spacy.tokens import Doc

SenseKind = Literal["name", "demonym", "prefix", "capital", "seat", "place", "organization", "trap"]


#: A word leads to the words that may follow it; the empty word to the sense of the name that ends there.
_Node = dict[str, Any]


@dataclass(frozen=True)
class Sense:
    """What a name stands for. `name` is the organization's full name, or the code of the country."""

    kind: SenseKind
    name: str
    country: str | None


class Gazetteer:
    """Finds known names in documents, the longest at each place. Reads each token once or a few times."""

    def __init__(self, senses: Iterator[tuple[str, Sense]]) -> None:
        from spacy.lang.en import English  # Here, so that who only imports handlers does without spaCy.

        self._roots: _Node = {}
        tokenizer = English().tokenizer
        for surface, sense in senses:
            for variant in _variants(surface, sense.kind):
                node = self._roots
                for token in tokenizer(variant):
                    node = node.setdefault(token.text, {})
                node.setdefault("", sense)

    def word(self, text: str) -> Sense | None:
        """The sense of a single word."""
        node = self._roots.get(text)
        return node.get("") if node is not None else None

    def find(self, doc: Doc) -> Iterator[tuple[int, int, Sense]]:
        """Start, end (in tokens) and sense of each name, in order, without overlaps."""
        words = [token.text.replace("’", "'") for token in doc]
        at = 0
        while at < len(words):
            end, sense = self._longest(words, at)
            if sense is not None:
                yield at, end, sense
            at = max(end, at + 1)

    def _longest(self, words: list[str], start: int) -> tuple[int, Sense | None]:
        node: _Node | None = self._roots.get(words[start])
        found: Sense | None = None
        end = start
        at = start + 1
        while node is not None:
            if (sense := node.get("")) is not None:
                found, end = sense, at
            if at == len(words):
                break
            node = node.get(words[at])
            at += 1
        return end, found


@cache
def gazetteer() -> Gazetteer:
    """The index, built once in a process."""
    return Gazetteer(_senses())


def _senses() -> Iterator[tuple[str, Sense]]:
    """Names with their senses. Of two senses of one name the first counts, so the order is one of precedence."""
    for trap in read_lines("traps.txt"):
        yield trap, Sense("trap", trap, None)
    for outlet in read_lines("outlets.txt"):
        yield outlet, Sense("organization", outlet, None)
    yield from _states()
    for row in read_rows("seats.csv"):
        yield from ((name, Sense("seat", row["country"], row["country"])) for name in split_names(row["names"]))
    for row in read_rows("organizations.csv"):
        first, *_ = names = split_names(row["names"])
        yield from ((name, Sense("organization", first, row["country"] or None)) for name in names)
    for row in read_rows("places.csv"):
        yield from ((name, Sense("place", row["country"], row["country"])) for name in split_names(row["names"]))


def _states() -> Iterator[tuple[str, Sense]]:
    for code, country in countries().items():
        yield from ((name, Sense("name", code, code)) for name in (country.name, *country.aliases))
    for code, country in countries().items():
        yield from ((name, Sense("demonym", code, code)) for name in (*country.demonyms, *country.nationals))
        yield from ((name.lower(), Sense("demonym", code, code)) for name in country.demonyms if _is_plain(name))
        yield from ((name, Sense("capital", code, code)) for name in country.capitals)
        yield from ((name, Sense("prefix", code, code)) for name in country.prefixes)


def _is_plain(demonym: str) -> bool:
    """Whether it is no other word in lower case, as hasty writers print it: “polish”, “swiss”, “pole” are or may be."""
    return len(demonym) > 6 and demonym.isalpha()


def _variants(surface: str, kind: SenseKind) -> Iterator[str]:
    """The name as it is, without accents, and in capitals as headlines and datelines print it."""
    plain = "".join(char for char in normalize("NFD", surface) if not combining(char))
    yield from dict.fromkeys((surface, plain))
    # "IT", "ETA", "POLE" and "DIET" in capitals are no names; countries and capitals of four letters are.
    if len(surface) > (3 if kind in ("name", "capital") else 4):
        yield from dict.fromkeys((surface.upper(), plain.upper()))
