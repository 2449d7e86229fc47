"""Quotation marks as printed: which words stand inside which marks, whatever their style and however they are mixed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: Two apostrophes or two grave accents stand for a double mark in wire copy.
_MARK = re.compile(r"''+|``|[\"“”„‟«»″「」‘’‚‹›'`]")
_PARAGRAPH = re.compile(r"[^\n]+(?:\n(?!\s*\n)[^\n]+)*")
_LINE_THAT_ENDS = re.compile(r"[.!?:;\"”’'»)\]…]\s*$")
_OPENERS = frozenset("“„‟«‘‚‹「")
_CLOSERS = frozenset("”»’›」")
_SINGLES = frozenset("‘’‚‹›'`")
#: Words that begin with an apostrophe, which is no quotation mark.
_CLIPPED = re.compile(r"['’‘](?:\d0s|(?:\d\d|em|cause|til|tis|twas|n|bout|round|cuz|s|re|ve|ll|t|d|m)\b)", re.IGNORECASE)
#: A quotation inside a quotation inside a quotation is the most that prose bears; deeper nesting is a run of odd marks.
_MAX_DEPTH = 3


#: Nobody wraps lines so wide: in a block with a longer line, every line is a paragraph.
_MAX_WRAPPED = 132


@dataclass(frozen=True)
class Paragraph:
    """A stretch of the text between line breaks that end a paragraph."""

    start: int
    end: int


@dataclass(frozen=True)
class Quotation:
    """Words between outer quotation marks: `start` to `end` without the marks, `opens` to `closes` with them.

    `carries_on` is true where the quotation began in an earlier paragraph; `closed` is false where no mark ends it.
    """

    start: int
    end: int
    opens: int
    closes: int
    paragraph: int
    single: bool = False
    carries_on: bool = False
    closed: bool = True


@dataclass(frozen=True)
class _Mark:
    start: int
    end: int
    role: str  # "open", "close" or "either"
    single: bool
    apostrophe: bool = False


def split_paragraphs(text: str) -> list[Paragraph]:
    """The paragraphs of a text. A single line break ends none inside wrapped lines."""
    found: list[Paragraph] = []
    for block in _PARAGRAPH.finditer(text):
        start = block.start()
        position = start
        lines = block[0].split("\n")
        unwrapped = max(map(len, lines)) > _MAX_WRAPPED
        for line in lines[:-1]:
            position += len(line) + 1
            if unwrapped or _LINE_THAT_ENDS.search(line[-8:]):
                found.append(_stripped(text, start, position))
                start = position
        found.append(_stripped(text, start, block.end()))
    return [paragraph for paragraph in found if paragraph.end > paragraph.start]


def _stripped(text: str, start: int, end: int) -> Paragraph:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Paragraph(start, end)


def find_quotations(text: str, paragraphs: list[Paragraph]) -> list[Quotation]:
    """All outer quotations, in order. One odd mark costs at most the quotations of its own paragraph."""
    found: list[Quotation] = []
    unclosed = False
    for number, paragraph in enumerate(paragraphs):
        quotations, unclosed = _pair(text, number, paragraph, unclosed)
        if unclosed and not _goes_on(text, paragraphs, number):
            unclosed = False
            quotations = _without_odd_tail(text, paragraph, quotations)
        found.extend(quotations)
    return found


def _marks(text: str, paragraph: Paragraph) -> Iterator[_Mark]:
    """The marks of a paragraph with the roles that their neighbours allow."""
    for match in _MARK.finditer(text, paragraph.start, paragraph.end):
        start, end = match.span()
        before = text[start - 1] if start > paragraph.start else " "
        after = text[end] if end < paragraph.end else " "
        role = _role(match[0], before, after)
        single = match[0] in _SINGLES
        if single and _is_apostrophe(text, start, role, before, after):
            continue
        yield _Mark(start, end, role, single, single and role == "close" and before in "sS" and after == " ")


def _is_apostrophe(text: str, start: int, role: str, before: str, after: str) -> bool:
    """Whether a single mark belongs to a word: “don't”, “'em”, or one that could open but opens nothing."""
    if role == "either" or (before.isalnum() and after.isalnum()):
        return True
    if role == "close":
        return False
    if text[start] != "‘" and not before.isalnum() and _CLIPPED.match(text, start):
        return True
    return not (after.isalnum() or after in '[(“"…$@#')


def _role(sign: str, before: str, after: str) -> str:
    """Whether a mark can open, close or do either, by its shape first and its neighbours second."""
    opens = (before.isspace() or before in "([{—–-/“‘\"'…:") and not after.isspace()
    closes = not before.isspace() and (not after.isalnum())
    if sign in _OPENERS:
        return "close" if closes and not opens and after.isspace() else "open"
    if sign in _CLOSERS:
        return "open" if opens and not closes and before.isspace() else "close"
    if sign == "``":
        return "open"
    if opens and not closes:
        return "open"
    if closes and not opens:
        return "close"
    if opens and closes:
        return "open" if before.isspace() else "close" if before in "\"'" else "either"
    return "either"


def _pair(text: str, number: int, paragraph: Paragraph, carried: bool) -> tuple[list[Quotation], bool]:
    """Pair the marks of one paragraph. The second value tells whether its last quotation is still open at its end."""
    marks = list(_marks(text, paragraph))
    stack: list[_Mark] = []
    found: list[Quotation] = []

    def keep(begun: _Mark, end: int, closes: int, closed: bool) -> None:
        inner = _stripped(text, begun.end, end)
        carries_on = carried and begun.start == paragraph.start
        found.append(Quotation(inner.start, inner.end, begun.start, closes, number, begun.single, carries_on, closed))

    if carried and next((mark.role for mark in marks if not mark.single), "") == "close":
        stack.append(_Mark(paragraph.start, paragraph.start, "open", False))
    last_closer = max((at for at, mark in enumerate(marks) if mark.single and mark.role == "close"), default=-1)
    for at, mark in enumerate(marks):
        if mark.role == "open" or (mark.role == "either" and all(begun.single for begun in stack)):
            if len(stack) < _MAX_DEPTH:
                stack.append(mark)
            continue
        place = _opener_of(mark, stack)
        # A plural's apostrophe closes nothing where a later mark can: “the ‘players' union’ said”.
        if place is None or (mark.apostrophe and at < last_closer and marks[at + 1].role != "open"):
            continue
        begun = stack[place]
        del stack[place:]
        if all(below.single for below in stack):
            # What lies inside goes: the outer quotation holds it. A single mark below may prove to be an apostrophe.
            while found and found[-1].opens > begun.start:
                found.pop()
            keep(begun, mark.start, mark.end, True)
    doubles = [begun for begun in stack if not begun.single]
    if doubles:
        keep(doubles[0], paragraph.end, paragraph.end, False)
    return found, bool(doubles)


def _opener_of(mark: _Mark, stack: list[_Mark]) -> int | None:
    """The place in the stack of the mark that `mark` closes: the nearest of its width."""
    return next((place for place in range(len(stack) - 1, -1, -1) if stack[place].single == mark.single), None)


def _goes_on(text: str, paragraphs: list[Paragraph], number: int) -> bool:
    """Whether an open quotation goes on in the next paragraph: it begins with a mark, or closes before it opens one."""
    if number + 1 >= len(paragraphs):
        return False
    following = paragraphs[number + 1]
    mark = next((mark for mark in _marks(text, following) if not mark.single), None)
    return mark is not None and (mark.start == following.start or mark.role == "close")


def _without_odd_tail(text: str, paragraph: Paragraph, quotations: list[Quotation]) -> list[Quotation]:
    """Keep an unclosed quotation only where it plainly is one: it opens the paragraph, or follows a colon or a comma."""
    tail = quotations[-1]
    before = text[paragraph.start : tail.opens].rstrip()
    if tail.end > tail.start and (not before or before[-1] in ":,"):
        return quotations
    return quotations[:-1]
