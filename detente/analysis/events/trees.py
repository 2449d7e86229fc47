"""The grammar of a document as plain lists, so that looking at a word costs the same however long its sentence is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from detente.analysis.lexicon.frames import load_lemmas

if TYPE_CHECKING:
    from spacy.tokens import Doc

#: A noun phrase that names states does so within its first dozens of words; a list of thousands is hostile or no prose.
MAX_PHRASE_TOKENS = 48
MAX_CONJUNCTS = 8
#: Nobody nests clauses deeper than this; a parser on garbage does.
MAX_CLIMB = 8

#: Clauses inside a noun phrase tell of other acts than the one that the phrase takes part in.
CLAUSES = frozenset({"relcl", "acl", "advcl", "ccomp", "xcomp", "parataxis"})


class Tree:
    """Words, lemmas, tags and arcs of one document by token index. `kids[i][dep]` are the children of `i` under `dep`."""

    __slots__ = ("_bounds", "deps", "doc", "heads", "kids", "lemmas", "pos", "tags", "words")

    def __init__(self, doc: Doc) -> None:
        self.doc = doc
        self.words: list[str] = []
        self.lemmas: list[str] = []
        self.tags: list[str] = []
        self.pos: list[str] = []
        self.deps: list[str] = []
        self.heads: list[int] = []
        self.kids: list[dict[str, list[int]]] = [{} for _ in range(len(doc))]
        self._bounds = [bounds for bounds in _sentences(doc) for _ in bounds]
        corrected = load_lemmas()
        for token in doc:
            word = token.lower_
            self.words.append(word)
            self.lemmas.append(corrected.get(word) or token.lemma_.lower())
            self.tags.append(token.tag_)
            self.pos.append(token.pos_)
            self.deps.append(token.dep_)
            head = token.head.i
            self.heads.append(head)
            if head != token.i:
                self.kids[head].setdefault(token.dep_, []).append(token.i)

    def sentence_of(self, i: int) -> range:
        """The words of the sentence that holds `i`."""
        return self._bounds[i]

    def kid(self, i: int, *deps: str) -> int | None:
        """The first child of `i` under one of `deps`, in the order of `deps`."""
        kids = self.kids[i]
        for dep in deps:
            if found := kids.get(dep):
                return found[0]
        return None

    def every_kid(self, i: int, *deps: str) -> list[int]:
        kids = self.kids[i]
        return [kid for dep in deps for kid in kids.get(dep, ())[:MAX_CONJUNCTS]]

    def has_kid_word(self, i: int, deps: tuple[str, ...], words: frozenset[str]) -> bool:
        return any(self.words[kid] in words for kid in self.every_kid(i, *deps))

    def conjuncts(self, i: int) -> list[int]:
        """`i` and what is coordinated with it."""
        found = [i]
        for each in found:
            found.extend(self.kids[each].get("conj", ())[:MAX_CONJUNCTS])
            if len(found) >= MAX_CONJUNCTS:
                break
        return found[:MAX_CONJUNCTS]

    def below(self, i: int, *, clauses: bool = False, limit: int = MAX_PHRASE_TOKENS) -> Iterator[int]:
        """The words of the phrase headed by `i`, nearest to the head first; into its clauses only on demand."""
        queue, at = [i], 0
        while at < len(queue) and at < limit:
            each = queue[at]
            at += 1
            yield each
            for dep, kids in self.kids[each].items():
                if dep != "punct" and (clauses or dep not in CLAUSES):
                    queue.extend(kids[:MAX_CONJUNCTS])

    def above(self, i: int) -> Iterator[int]:
        """The heads of `i`, nearest first."""
        for _ in range(MAX_CLIMB):
            head = self.heads[i]
            if head == i:
                return
            i = head
            yield i

    def pobjs(self, i: int, prep: str) -> list[int]:
        """What `prep` (“to”, “out of”) governs below `i`."""
        first, _, second = prep.partition(" ")
        found = []
        for dep in ("prep", "agent", "dative", "prt", "advmod"):
            for kid in self.kids[i].get(dep, ())[:MAX_CONJUNCTS]:
                if self.words[kid] != first:
                    continue
                hooks = self.pobjs(kid, second) if second else self.every_kid(kid, "pobj", "pcomp")
                found.extend(hooks)
        return found


def _sentences(doc: Doc) -> Iterator[range]:
    """The sentences as ranges of words. `Token.sent` would search for its bounds every time."""
    starts = [token.i for token in doc if token.i == 0 or token.is_sent_start]
    yield from (range(start, end) for start, end in pairwise([*starts, len(doc)]))
