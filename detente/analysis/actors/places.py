"""Tells a capital where something happens from a capital that acts for its government."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.analysis.actors.nouns import acts, lemma_of
from detente.analysis.lexicon.actor_words import actor_words

if TYPE_CHECKING:
    from spacy.tokens import Token

#: After these, a name is where somebody goes if the verb or noun before tells of going, else who is addressed.
_WAY = frozenset(("to", "from", "for", "toward", "towards", "out", "of"))
#: Lists of more than eight places are rare; the bound keeps a chain of thousands from being walked for each of its names.
_LIST = 8


def is_place(head: Token, *, is_capital: bool) -> bool:
    """Whether a capital or country, named by the phrase of `head`, is only where something happens."""
    if _is_dateline(head):
        return True
    head = _first_conjunct(head)
    if head.dep_ == "pobj" or head.head.pos_ == "ADP":
        return _is_where(head.head, is_capital=is_capital)
    if head.dep_ == "appos":
        return lemma_of(head.head) in actor_words("located") or lemma_of(head.head) == "capital"
    if head.dep_ == "dobj":
        return lemma_of(head.head) in actor_words("visiting")
    if head.dep_ in ("compound", "nmod") and is_capital:
        return not acts(head.head)
    return head.dep_ == "npadvmod" and (head.i + 1 == len(head.doc) or head.nbor().text not in ("-", "–"))


def _is_where(preposition: Token, *, is_capital: bool) -> bool:
    word, governor = preposition.lower_, preposition.head
    lemma = lemma_of(governor)
    if word in actor_words("where"):
        return True
    if word == "of":
        return lemma in actor_words("located") or (is_capital and not acts(governor) and lemma not in actor_words("bonds"))
    return word in _WAY and lemma in actor_words("going")


def _is_dateline(head: Token) -> bool:
    """“MOSCOW (Reuters) –”, “THE HAGUE —”."""
    doc, first = head.doc, head.i - 1 if head.i and head.nbor(-1).is_upper else head.i
    if (first and not doc[first].is_sent_start) or head.i + 1 == len(doc):
        return False
    after = head.nbor().text
    return after == "(" or (head.is_upper and len(head) > 3 and after in ("—", "–", "--", ",", "-"))


def _first_conjunct(head: Token) -> Token:
    for _ in range(_LIST):
        if head.dep_ != "conj":
            break
        head = head.head
    return head
