"""Paragraphs out of lines, and lines out of paragraphs."""

from __future__ import annotations

import re

_BLANK_LINES = re.compile(r"\n\s*\n")
#: A line that ends so is the end of a sentence, marks of quotation and brackets set aside.
SENTENCE_END = re.compile(r"""[.!?…:;][”"’'»)\]]*$""")
#: Text set for paper, mail or a terminal is broken between these widths; shorter lines are items, longer ones are paragraphs.
_MIN_WRAP, _MAX_WRAP = 40, 120
#: The lines of wrapped text fill their width but for the length of one word.
_MAX_SLACK = 25


def split_blocks(text: str) -> list[str]:
    """The paragraphs of a text, each on one line. A line of its own is a paragraph, unless the text was wrapped."""
    return [block for lines in _BLANK_LINES.split(text) for block in _unwrap(lines.split("\n"))]


def join_blocks(blocks: list[str]) -> str:
    """Paragraphs as text, with a blank line between."""
    return "\n\n".join(blocks)


def _unwrap(lines: list[str]) -> list[str]:
    lines = [line for line in (line.strip() for line in lines) if line]
    return [" ".join(lines)] if _is_wrapped(lines) else lines


def _is_wrapped(lines: list[str]) -> bool:
    """Whether the lines are one paragraph broken at a width: all but the last are full, and few end a sentence."""
    full = lines[:-1]
    if not full or len(lines[-1]) > _MAX_WRAP:
        return False
    widths = [len(line) for line in full]
    if min(widths) < _MIN_WRAP or max(widths) > _MAX_WRAP or max(widths) - min(widths) > _MAX_SLACK:
        return False
    return sum(bool(SENTENCE_END.search(line)) for line in full) * 2 < len(full)
