"""The headline of a text that came without one: what it looks like, and where it is printed again."""

from __future__ import annotations

import re
import unicodedata

from detente.analysis.articles.blocks import SENTENCE_END
from detente.analysis.lexicon.residue import load_residue

#: The longest headlines with their decks run to some 180 characters; a first paragraph is seldom shorter than that.
_MAX_HEADLINE_CHARS = 200
_MIN_HEADLINE_WORDS, _MAX_HEADLINE_WORDS = 3, 30
#: What follows a headline tells more than the headline does.
_MIN_BODY_RATIO = 2
#: A headline printed again may lack a label (“Opinion:”) or a tail, not more.
_MIN_AGAIN = 0.7

_WORD = re.compile(r"\w+")
#: Headlines end in a word, a figure, a question or a mark of quotation; never in the stop of a sentence or an opening colon.
_NO_HEADLINE_END = re.compile(r"""[.,;:…—–-][”"’'»)\]]*$""")
_WHOLLY_QUOTED = re.compile(r"""[“"«„][^”"»]*[”"»]?$""")


def take_headline(blocks: list[str]) -> tuple[str | None, list[str]]:
    """The headline of a text and the paragraphs around it. None where the text starts straight with its body."""
    at = next((at for at, block in enumerate(blocks) if load_residue().kind_of(block) is None), 0)
    if at + 1 < len(blocks) and is_headline(blocks[at]) and _is_body(blocks[at + 1 :], len(blocks[at])):
        return blocks[at], blocks[:at] + blocks[at + 1 :]
    return None, blocks


def is_headline(line: str) -> bool:
    """Whether a first line can be a headline: short, in words, no whole sentence, no quotation, no date or byline."""
    if len(line) > _MAX_HEADLINE_CHARS or _NO_HEADLINE_END.search(line) or _WHOLLY_QUOTED.match(line):
        return False
    words = _WORD.findall(line)
    if not _MIN_HEADLINE_WORDS <= len(words) <= _MAX_HEADLINE_WORDS or line[0].islower():
        return False
    return not load_residue().is_preamble(line)


def is_again(line: str, headline: str) -> bool:
    """Whether a line is the headline printed again, whole or without a label before or after it."""
    if len(line) > 2 * len(headline) or not (words := squash(line)):
        return False
    whole = squash(headline)
    if words == whole:
        return True
    is_piece = whole.startswith(words + " ") or whole.endswith(" " + words)
    return is_piece and len(words) >= _MIN_AGAIN * len(whole) and not SENTENCE_END.search(line)


def squash(text: str) -> str:
    """The words of a text without case, marks and accents: two printings of one headline are alike in it."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _is_body(blocks: list[str], headline_chars: int) -> bool:
    """Whether paragraphs can be the body under a headline: longer than it, and with a whole sentence near the top."""
    if sum(map(len, blocks)) < _MIN_BODY_RATIO * headline_chars:
        return False
    return any(len(block) > headline_chars / 2 and SENTENCE_END.search(block) for block in blocks[:6])
