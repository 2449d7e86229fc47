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
_CLIPPED = re.compile(r"['’‘](?:\d0s|\d\d\b|em\b|cause\b|til\b|tis\b|twas\b|n\b|bout\b|round\b|cuz\b|s\b|re\b|ve\b|ll\b|t\b|d\b|m\b)", re.IGNORECASE)
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
        marks = list(_marks(text, paragraph))
        carried = unclosed
        quotations, unclosed = _pair(text, paragraph, number, marks, carried)
        if unclosed and not _goes_on(text, paragraphs, number):
            unclosed = False
            quotations = _without_odd_tail(text, paragraph, quotations)
        found.extend(quotations)
    return found


def _marks(text: str, paragraph: Paragraph) -> Iterator[_Mark]:
    """The marks of a paragraph with the roles that their neighbours allow."""
    for match in _MARK.finditer(text, paragraph.start, paragraph.end):
        start, end = match.span()
        sign = match[0]
        before = text[start - 1] if start > paragraph.start else " "
        after = text[end] if end < paragraph.end else " "
        single = len(sign) == 1 and sign in _SINGLES
        role = _role(sign, before, after)
        if single:
            if before.isalnum() and after.isalnum():
                continue
            if role != "close" and _CLIPPED.match(text, start) and not before.isalnum():
                if sign != "‘":
                    continue
            if role == "open" and not (after.isalnum() or after in "[(“\"…$@#"):
                continue
            if role == "either":
                continue
        apostrophe = single and role == "close" and before in "sS" and (after == " ")
        yield _Mark(start, end, role, single, apostrophe)


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


def _pair(
    text: str, paragraph: Paragraph, number: int, marks: list[_Mark], carried: bool
) -> tuple[list[Quotation], bool]:
    """Pair the marks of one paragraph. The second value tells whether its last quotation is still open at its end."""
    found: list[Quotation] = []
    stack: list[_Mark] = []
    first_double = next((mark for mark in marks if not mark.single), None)
    if carried and first_double is not None and first_double.role == "close":
        stack.append(_Mark(paragraph.start, paragraph.start, "open", False))
    last_closers = _last_single_closers(marks)
    for at, mark in enumerate(marks):
        if _acts_as_opener(mark, stack):
            if len(stack) < _MAX_DEPTH:
                stack.append(mark)
            continue
        opener = _opener_for(mark, stack)
        if opener is None or (mark.apostrophe and last_closers > at and not any(m.role == "open" for m in marks[at + 1 : at + 2])):
            continue
        del stack[opener + 1 :]
        begun = stack.pop()
        if not stack:
            found.append(_quotation(text, begun.start, begun.end, mark.start, mark.end, number, begun.single, carried and begun.start == paragraph.start))
    doubles = [mark for mark in stack if not mark.single]
    if not doubles:
        return found, False
    begun = doubles[0]
    found.append(_quotation(text, begun.start, begun.end, paragraph.end, paragraph.end, number, False, carried and begun.start == paragraph.start, closed=False))
    return found, True


def _acts_as_opener(mark: _Mark, stack: list[_Mark]) -> bool:
    if mark.role == "open":
        return True
    return mark.role == "either" and not any(not open_.single for open_ in stack)


def _opener_for(mark: _Mark, stack: list[_Mark]) -> int | None:
    """The place in the stack of the mark that `mark` closes: the nearest of its width."""
    for place in range(len(stack) - 1, -1, -1):
        if stack[place].single == mark.single:
            return place
    return None


def _last_single_closers(marks: list[_Mark]) -> int:
    """The index of the last mark that can close single marks, so that a plural's apostrophe need not."""
    return max((at for at, mark in enumerate(marks) if mark.single and mark.role == "close"), default=-1)


def _quotation(
    text: str, opens: int, start: int, end: int, closes: int, number: int, single: bool, carried: bool, closed: bool = True
) -> Quotation:
    inner = _stripped(text, start, end)
    return Quotation(inner.start, inner.end, opens, closes, number, single, carried, closed)


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
