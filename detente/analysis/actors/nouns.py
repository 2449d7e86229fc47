"""What kind of thing a noun names: an office, those who act for a state, a situation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.analysis.lexicon.actings import acting_nouns, home_nouns, situations
from detente.analysis.lexicon.actor_words import actor_words
from detente.analysis.lexicon.roles import roles

if TYPE_CHECKING:
    from spacy.tokens import Token


def lemma_of(token: Token) -> str:
    """The noun in the singular and lower case. Capitalized nouns keep their plural as lemma: “Doctors”."""
    lemma: str = token.lemma_.lower()
    if lemma.endswith("s") and token.tag_ in ("NNPS", "NNS", "NNP") and lemma == token.lower_:
        return lemma.removesuffix("s")
    return lemma


def is_role(token: Token) -> bool:
    """“Minister”, “analyst”, “co-chairman”."""
    return token.lower_ in roles().nouns or lemma_of(token) in roles().nouns


def is_office(token: Token) -> bool:
    """“Minister”, but not “analyst”."""
    return token.lower_ in roles().offices or lemma_of(token) in roles().offices


def acts(token: Token) -> bool:
    """Whether the noun names somebody or something that acts for its state."""
    return lemma_of(token) in acting_nouns() or token.lower_ in acting_nouns() or is_role(token)


def is_at_home(token: Token) -> bool:
    """Whether those whom the noun names belong to the place where they are: “officials in Doha”, “security forces in Guinea”."""
    if lemma_of(token) in home_nouns() or token.lower_ in home_nouns():
        return True
    before = token.nbor(-1).lower_ if token.i else ""
    return f"{before} {lemma_of(token)}" in home_nouns()


def is_situation(token: Token) -> bool:
    """“War”, “crisis”: nobody who acts."""
    return token.pos_ != "VERB" and lemma_of(token) in situations()


def counts_others(token: Token) -> bool:
    """“A group of”, “hundreds of”."""
    return token.lower_ in actor_words("partitives") or lemma_of(token) in actor_words("partitives")
