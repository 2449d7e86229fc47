"""What scraping left in a text: whole lines of it, and tags inside lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from detente.analysis.articles.headlines import is_again
from detente.analysis.lexicon.residue import load_residue

#: Tags that turn up in text copied out of pages. Anything else in angle brackets may be meant.
_TAG = re.compile(
    r"</?(?:a|abbr|article|aside|b|blockquote|br|center|cite|code|div|em|figcaption|figure|font|footer|h[1-6]|header|hr|i|iframe|img|"
    r"li|main|nav|ol|p|picture|pre|q|s|script|section|small|source|span|strike|strong|style|sub|sup|svg|table|tbody|td|th|thead|tr|"
    r"u|ul|video|wbr)(?:\s[^<>]{0,500})?/?>|<!--[^<>]{0,500}-->",
    re.IGNORECASE,
)
_SPACES = re.compile(" {2,}")


@dataclass(frozen=True)
class Cleaned:
    """Paragraphs that are left, and what was taken out, in the order of the text."""

    blocks: list[str]
    removed: list[str]


def drop_residue(blocks: list[str], headline: str | None) -> Cleaned:
    """Take residue out. A text that would lose everything keeps everything: a false body is seen, a lost one is not."""
    untagged = [_untag(block) for block in blocks]
    kept, removed = [], []
    for block, tags in untagged:
        removed += tags
        if _is_residue(block, headline):
            removed += [block] if block else []
        else:
            kept.append(block)
    return Cleaned(kept, removed) if kept else Cleaned(blocks, [])


def _is_residue(block: str, headline: str | None) -> bool:
    return load_residue().kind_of(block) is not None or (headline is not None and is_again(block, headline))


def _untag(block: str) -> tuple[str, list[str]]:
    """A paragraph without tags of markup, and those tags."""
    if "<" not in block or not (tags := _TAG.findall(block)):
        return block, []
    return _SPACES.sub(" ", _TAG.sub(" ", block)).strip(), tags
