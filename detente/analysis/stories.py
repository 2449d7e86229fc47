"""Which articles are copies of one text: a MinHash signature to find candidates, and the shared word triples to judge them.

A copy is often shortened, and then shares all of its own words but few of the longer text's. So candidates are found by
Jaccard similarity (Broder 1997), and judged by containment: what share of the shorter one's triples the other has too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rensa import RMinHash

#: Words in a row. Two articles on one meeting share many pairs of words, and hardly any triples beyond names and titles.
SHINGLE_WORDS = 3
#: Bands of the signature; two texts are candidates where one band is equal. With two rows in each, 40 bands find 98 of 100
#: pairs at a similarity of 0.3, 80 of 100 at 0.2, and three of a thousand unrelated ones at 0.01.
BANDS = 40
ROWS = 2
#: The share of the shorter text's triples that a copy has. Set before the first measurement; docs/stories.md has the figures.
COPY_SHARE = 0.3
#: But so many at least: a notice of thirty words, which an outlet prints under each of its articles, and some stock phrases are
#: a third of a short article, and make it no copy of the others.
ENOUGH_SHINGLES = 60
#: A text that has hardly more than that itself must share nearly all.
SHORT_SHARE = 0.8
#: Words that are looked at. A text of this length is a book, and its beginning tells whose copy it is.
MAX_WORDS = 20_000
#: Signatures are kept, so it never changes.
SEED = 1

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Signature:
    """What is kept of a text in order to find its copies: the hash of each band, as 64-bit integers with a sign."""

    bands: tuple[int, ...]


def find_shingles(text: str) -> frozenset[str]:
    """The word triples of a text, in any case and whatever its marks. A text of one or two words is one shingle."""
    words = [match[0].casefold() for match, _ in zip(_WORD.finditer(text), range(MAX_WORDS), strict=False)]
    if len(words) < SHINGLE_WORDS:
        return frozenset([" ".join(words)] if words else [])
    return frozenset(" ".join(words[at : at + SHINGLE_WORDS]) for at in range(len(words) - SHINGLE_WORDS + 1))


def sign(text: str) -> Signature:
    """The signature of a text. A text without a word has no bands, and so no copies."""
    shingles = find_shingles(text)
    if not shingles:
        return Signature(bands=())
    minhash = RMinHash(num_perm=BANDS * ROWS, seed=SEED)
    minhash.update([shingle.encode(errors="replace") for shingle in shingles])
    values = minhash.digest()
    return Signature(bands=tuple(_band(number, values[number * ROWS : (number + 1) * ROWS]) for number in range(BANDS)))


def _band(number: int, values: Sequence[int]) -> int:
    """Hashes of another version of the algorithm, or of another band, never meet."""
    digest = hashlib.blake2b(repr((RMinHash.ALGORITHM_VERSION, number, *values)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def is_copy(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two texts, given by their triples, are copies of one, shortened or edited."""
    shorter = min(len(one), len(other))
    needed = max(COPY_SHARE * shorter, min(SHORT_SHARE * shorter, ENOUGH_SHINGLES))
    return shorter > 0 and len(one & other) >= needed
