"""Tells a capital where something happens from a capital that acts for its government."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.tokens import Token

#: After these, a name is where something is or happens.
_WHERE = frozenset("in at near outside inside around across via through throughout within into onto off above over".split())
#: After these, a name is where somebody goes where the verb or noun before tells of going, else who is addressed.
_WAY = frozenset(("to", "from", "for", "toward", "towards", "out", "of"))
_GOING = frozenset(
    "go come travel fly return drive head arrive depart leave sail march move send dispatch deploy withdraw evacuate recall visit "
    "trip journey tour travels flight return arrival departure visitor road way train bus pilgrimage march flee escape "
    "deport extradite fly-in relocate transfer walk ride bring take route cross airlift ship export summon".split()
)
#: Their object is a place.
_VISITING = frozenset(
    "visit tour leave reach enter bomb bombard shell capture seize occupy besiege storm evacuate flee attend strike "
    "hit retake liberate surround approach overrun rock paralyze".split()
)


def is_place(head: Token) -> bool:
    """Whether a capital or country, named by the phrase of `head`, is only where something happens."""
    head = _first_conjunct(head)
    if head.dep_ == "pobj" or head.head.pos_ == "ADP":
        return _is_where(head.head)
    if head.dep_ == "dobj":
        return head.head.lemma_.lower() in _VISITING
    return head.dep_ == "npadvmod" or _is_dateline(head)


def _is_where(preposition: Token) -> bool:
    word = preposition.lower_
    governor = preposition.head
    if word in _WHERE:
        return True
    if word == "of" and governor.lower_ in ("city", "capital", "outside", "north", "south", "east", "west", "outskirts", "streets"):
        return True
    return word in _WAY and word != "of" and governor.lemma_.lower() in _GOING


def _is_dateline(head: Token) -> bool:
    """“MOSCOW (Reuters) –”, “PARIS —”."""
    return head.is_upper and len(head) > 3 and bool(head.is_sent_start)


def _first_conjunct(head: Token) -> Token:
    # Lists of more than eight places are rare; the bound keeps a chain of thousands from being walked for each of its names.
    for _ in range(8):
        if head.dep_ != "conj":
            break
        head = head.head
    return head
