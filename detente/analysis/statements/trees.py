"""The grammar of a document as plain lists, and where its words stand among paragraphs and quotation marks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from detente.analysis.statements.marks import Paragraph, Quotation, find_quotations, split_paragraphs

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

#: A sentence of prose ends within this many words on either side of its cue; a longer one is a table, or hostile.
_MAX_SENTENCE = 300
#: A sentence ends in a few marks at most.
_MAX_MARKS = 6
#: Nobody nests clauses deeper than this; a parser on garbage does.
MAX_CLIMB = 8


#: With a capital after a full stop, even that of an abbreviation, these words begin a sentence: "… by the U.S. That led …".
_STARTERS = frozenset(
    ["the", "a", "an", "this", "that", "these", "those", "he", "she", "it", "they", "we", "i", "but", "and", "in", "on", "if"]
)


_MARKS = frozenset(("“", "”", "„", "«", "»", "‹", "›", "「", "」", "″", "‟"))
_BEFORE_NOUNS = frozenset(("POS", "IN", "DT", "PRP$", "JJ", "HYPH"))
_ENDS = frozenset(".?!,…—–-")
_CLOSING = frozenset(('"', "”", "''", "’", "'", ")", "]", "»"))


class Tree:
    """Words, arcs and surroundings of one document by token index, so that a look costs the same in every sentence.

    `left` and `right` are the first and last word under a word. `sentence[i]` is the first word of the sentence of word `i`,
    where quotation marks hold sentences together and paragraphs part them. `quoted[i]` is the index of the outer quotation
    around word `i`, or -1.
    """

    def __init__(self, doc: Doc, text: str) -> None:
        self.doc = doc
        self.text = text
        self.words: list[str] = []
        self.lemmas: list[str] = []
        self.tags: list[str] = []
        self.pos: list[str] = []
        self.deps: list[str] = []
        self.heads: list[int] = []
        self.left: list[int] = []
        self.right: list[int] = []
        self.start: list[int] = []
        self.end: list[int] = []
        self.kids: list[list[int]] = [[] for _ in range(len(doc))]
        self._firsts: list[dict[str, int]] = [{} for _ in range(len(doc))]
        for token in doc:
            self._add(token)
        self.paragraphs: list[Paragraph] = split_paragraphs(text)
        self.quotations: list[Quotation] = find_quotations(text, self.paragraphs)
        self._closes = [quotation.closes for quotation in self.quotations]
        self.quoted = self._quoted()
        self.paragraph_at = self._paragraph_numbers()
        self.sentence, self.sentence_end = self._sentences()

    def _add(self, token: Token) -> None:
        i = token.i
        self.words.append(token.lower_)
        self.lemmas.append(token.lemma_.lower())
        self.tags.append(token.tag_)
        # Parsers take rarer marks for words: «Yes» may have a subject called ».
        mark = token.text in _MARKS
        self.pos.append("PUNCT" if mark else token.pos_)
        self.deps.append("punct" if mark else token.dep_)
        self.left.append(token.left_edge.i)
        self.right.append(token.right_edge.i)
        self.start.append(token.idx)
        self.end.append(token.idx + len(token))
        head = token.head.i
        self.heads.append(head)
        if head != i:
            self.kids[head].append(i)
            self._firsts[head].setdefault(self.deps[i], i)

    def _quoted(self) -> list[int]:
        quoted = [-1] * len(self.words)
        for number, quotation in enumerate(self.quotations):
            for i in range(self.token_at(quotation.opens), self.token_from(quotation.closes)):
                if self.start[i] >= quotation.opens:
                    quoted[i] = number
        return quoted

    def _paragraph_numbers(self) -> list[int]:
        numbers, number = [], 0
        for start in self.start:
            while number + 1 < len(self.paragraphs) and start >= self.paragraphs[number + 1].start:
                number += 1
            numbers.append(number)
        return numbers

    def _sentences(self) -> tuple[list[int], list[int]]:
        """First word and end (exclusive) of the sentence around each word."""
        first: list[int] = []
        for token in self.doc:
            i = token.i
            new = i == 0 or self.paragraph_at[i] != self.paragraph_at[i - 1]
            if not new and not (self.quoted[i] >= 0 and self.quoted[i] == self.quoted[i - 1]):
                if token.is_sent_start:
                    new = self._ends_before(i)
                elif token.is_title and self.words[i] in _STARTERS and self.words[i - 1][-1] == ".":
                    new = True
                elif self.quoted[i] >= 0:
                    new = self._stops_before(i)
            first.append(i if new else first[-1])
        end = [len(first)] * len(first)
        for i in range(len(first) - 2, -1, -1):
            end[i] = end[i + 1] if first[i] == first[i + 1] else i + 1
        return first, end

    def _ends_before(self, i: int) -> bool:
        """Whether a sentence can end before word `i`: parsers also split inside one, for want of a verb."""
        k = self.word_before(i)
        return k < 0 or self.words[k][-1] in ".!?…:;" or self.words[i][0] in "•*-–—"

    def _stops_before(self, i: int) -> bool:
        """Whether a full stop stands before the quotation that word `i` opens."""
        k = self.word_before(i)
        return k >= 0 and self.words[k] in (".", "?", "!", "…")

    def word_before(self, i: int) -> int:
        """The nearest word before `i` that is no closing mark or space; -1 where there is none."""
        for k in range(i - 1, max(-1, i - 2 - _MAX_MARKS), -1):
            if self.pos[k] != "SPACE" and self.words[k] not in _CLOSING:
                return k
        return max(-1, i - 2 - _MAX_MARKS)

    def last_before(self, i: int) -> int:
        """The nearest word before `i` that is no space; -1 where there is none."""
        k = i - 1
        while k >= max(0, i - _MAX_MARKS) and self.pos[k] == "SPACE":
            k -= 1
        return k

    def is_sentence_like(self, number: int, *, words: int = 3) -> bool:
        """Whether a quotation is somebody's sentence and not a term, a title or a scare quote."""
        quotation = self.quotations[number]
        said = self.text[quotation.start : quotation.end]
        follows = self.text[quotation.closes : quotation.closes + 1]
        ends = said.rstrip("\"'’”")[-1:] in _ENDS or not quotation.closed or follows in ("!", "?")
        return bool(said) and ends and said.count(" ") >= words - 1

    def is_term(self, number: int) -> bool:
        """Whether a quotation is a noun of its sentence: “the author of “Winter Light,””, “on NBC's “Sunday””."""
        first = self.token_at(self.quotations[number].opens)
        at = self.last_before(first)
        if at < self.sentence[first] or at < 0 or self.words[at] == "that":
            return False
        return self.tags[at] in _BEFORE_NOUNS

    def bounds(self, i: int) -> tuple[int, int]:
        """First word and end (exclusive) of the sentence around word `i`, as far as a sentence reaches."""
        return max(self.sentence[i], i - _MAX_SENTENCE), min(self.sentence_end[i], i + _MAX_SENTENCE)

    def kid(self, i: int, *deps: str) -> int | None:
        """The first child of `i` under one of `deps`, in the order of `deps`."""
        firsts = self._firsts[i]
        for dep in deps:
            if dep in firsts:
                return firsts[dep]
        return None

    def quotations_between(self, first: int, last: int) -> list[int]:
        """The numbers of the quotations with words between two words."""
        number = bisect_right(self._closes, self.start[first])
        found = []
        while number < len(self.quotations) and self.quotations[number].opens < self.end[last]:
            found.append(number)
            number += 1
        return found

    def token_at(self, offset: int) -> int:
        """The word that covers a character, or the last before it."""
        return max(0, bisect_right(self.start, offset) - 1)

    def token_from(self, offset: int) -> int:
        """The first word that starts at a character or after it."""
        return bisect_left(self.start, offset)
