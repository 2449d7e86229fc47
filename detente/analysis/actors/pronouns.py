"""Links pronouns and titles (“he”, “it”, “the president”) to those for whom they stand."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Literal

from detente.analysis.actors.marks import Draft, Mark, Page, countries_of
from detente.analysis.actors.nouns import acts, is_role
from detente.analysis.actors.phrases import states_of
from detente.analysis.actors.titles import Titles, find_country
from detente.analysis.lexicon.actor_words import actor_words
from detente.analysis.lexicon.roles import honorifics
from detente.contracts import ActorKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spacy.tokens import Token

    from detente.analysis.lexicon.roles import Gender

Number = Literal["person", "thing", "many"]

_PRONOUNS: dict[str, tuple[Number, Gender | None]] = {
    "he": ("person", "m"), "him": ("person", "m"), "his": ("person", "m"), "himself": ("person", "m"),
    "she": ("person", "f"), "her": ("person", "f"), "hers": ("person", "f"), "herself": ("person", "f"),
    "it": ("thing", None), "its": ("thing", None), "itself": ("thing", None),
    "they": ("many", None), "them": ("many", None), "their": ("many", None), "themselves": ("many", None),
}  # fmt: skip
#: How far back a pronoun reaches: its own sentence and so many before.
_REACH = {"person": 3, "thing": 1, "many": 1}
#: More subjects than these in a sentence belong to a list gone wrong.
_MANY = 6
_OPENING, _CLOSING = frozenset(("“", "``", "«", "„")), frozenset(("”", "»"))
_DOUBLE = _OPENING | _CLOSING | {'"', "''"}
#: Clauses nested deeper than this around a pronoun come from a parse gone wrong.
_CLAUSES = 8


class Seen:
    """The subjects and people seen so far, by sentence, and whether each stood between quotation marks."""

    def __init__(self) -> None:
        self.quoted = False
        self.in_quotes: set[int] = set()
        self._subjects: dict[int, list[Token]] = {}
        self._people: dict[int, list[Token]] = {}

    def add(self, page: Page, token: Token) -> None:
        sentence, mark = page.sentences[token.i], page.marks[token.i]
        if "\n" in token.text:
            self.quoted = False
        elif token.text in _DOUBLE:
            self.quoted = token.text not in _CLOSING and (token.text in _OPENING or not self.quoted)
        if self.quoted:
            self.in_quotes.add(token.i)
        if token.dep_ in ("nsubj", "nsubjpass"):
            self._subjects.setdefault(sentence, []).append(token)
        elif mark is not None and mark.end == token.i + 1 and mark.who[0].kind is ActorKind.PERSON:
            self._people.setdefault(sentence, []).append(token)

    def before(self, sentence: int, reach: int) -> Iterator[Token]:
        """The subjects of the sentences before, the nearest sentence first, in each the first subject first."""
        for number in range(sentence - 1, sentence - 1 - reach, -1):
            yield from islice(self._subjects.get(number, ()), _MANY)

    def within(self, sentence: int) -> Iterator[Token]:
        """The subjects so far of a sentence, the nearest first."""
        yield from islice(reversed(self._subjects.get(sentence, ())), _MANY)

    def people(self, sentence: int) -> Iterator[Token]:
        """The people of a sentence and the one before who are no subjects, the nearest first."""
        for number in (sentence, sentence - 1):
            yield from islice(reversed(self._people.get(number, ())), _MANY)


def mark_pronouns(page: Page) -> None:
    """Resolve pronouns and titles in order of the text, so that one may lead to another."""
    seen, titles = Seen(), Titles()
    for token in page.doc:
        mark = page.marks[token.i]
        if mark is not None:
            titles.see(mark, page.sentences[token.i])
        elif (wanted := _PRONOUNS.get(token.lower_)) is not None and token.pos_ in ("PRON", "DET"):
            _resolve(page, token, seen, *wanted)
        elif (found := titles.find(page, token)) is not None:
            page.put(found)
        elif (country := find_country(page, token)) is not None:
            page.put(country)
        seen.add(page, token)


def _resolve(page: Page, pronoun: Token, seen: Seen, number: Number, gender: Gender | None) -> None:
    if number == "thing" and _is_empty(pronoun):
        return
    for candidate in _candidates(page, pronoun, seen, number):
        # Who says “Rubio will lose” is not Rubio: people do not call themselves by their names.
        if candidate.i in seen.in_quotes and not seen.quoted:
            continue
        fits = _fits(page, candidate, number, gender)
        if fits is None:
            continue
        if fits:
            _link(page, pronoun, candidate, gender)
        return


def _is_empty(pronoun: Token) -> bool:
    """“It seems”, “it is clear that”, “it was Russia that”: the pronoun stands for nothing."""
    verb = pronoun.head
    if pronoun.dep_ not in ("nsubj", "nsubjpass"):
        return False
    if verb.lemma_ != "be":
        return verb.lemma_ in actor_words("empty_verbs")
    for child in islice(verb.rights, 8):
        if child.dep_ in ("acomp", "attr") and child.lower_ in actor_words("empty_adjectives"):
            return True
        if child.dep_ in ("ccomp", "csubj") or (child.dep_ == "attr" and _has_clause(child)):
            return True
    return False


def _has_clause(noun: Token) -> bool:
    return any(child.dep_ == "relcl" for child in islice(noun.rights, 4))


def _candidates(page: Page, pronoun: Token, seen: Seen, number: Number) -> Iterator[Token]:
    """Subjects of the sentence, the nearest first, then of those before; the owner of a subject after it."""
    sentence = page.sentences[pronoun.i]
    is_object = pronoun.dep_ in ("dobj", "pobj", "dative") or _is_object_clause(pronoun)
    own = _clause_of(pronoun) if is_object else None
    for subject in _nearest_above(pronoun, seen.within(sentence)):
        if _is_shut_in(subject, pronoun):
            continue
        is_own = own is not None and _clause_of(subject) == own
        if not is_own:
            yield subject
        if number == "thing":
            yield from _owner(page, subject)
            if is_own and (other := _other_state(page, pronoun, subject)) is not None:
                yield other
    yield from seen.before(sentence, _REACH[number])
    if number == "person":
        yield from seen.people(sentence)


def _nearest_above(pronoun: Token, subjects: Iterable[Token]) -> list[Token]:
    """Subjects of the clauses above the pronoun's first: “Ryan says that Trump won, but he waits” is about Ryan."""
    above: dict[int, int] = {}
    verb = pronoun
    for step in range(_CLAUSES):
        above.setdefault(verb.i, step)
        verb = verb.head
    return sorted(subjects, key=lambda subject: above.get(subject.head.i, _CLAUSES))


def _is_shut_in(subject: Token, pronoun: Token) -> bool:
    """Whether the subject is that of a relative clause which has ended: “envoys, which Russia recognized, asked it”."""
    verb, above = subject.head, pronoun
    if verb.dep_ not in ("relcl", "acl"):
        return False
    for _ in range(_CLAUSES):
        if above == verb:
            return False
        above = above.head
    return True


def _is_object_clause(pronoun: Token) -> bool:
    """“… have led it to look elsewhere”: object of one verb and subject of the next."""
    return pronoun.dep_ == "nsubj" and _is_controlled(pronoun.head)


def _owner(page: Page, subject: Token) -> Iterator[Token]:
    """“Pakistan” in “Pakistan's relations”."""
    if not page.who(subject) and not acts(subject):
        yield from (child for child in islice(subject.lefts, 8) if child.dep_ == "poss" and page.marks[child.i] is not None)


def _other_state(page: Page, pronoun: Token, subject: Token) -> Token | None:
    """The one state named in the clause beside the subject: “India could be loyal to Russia and save it”."""
    others: dict[Draft, Token] = {}
    for at in range(pronoun.i - 1, max(subject.head.i, subject.i, pronoun.i - 40), -1):
        mark = page.marks[at]
        if mark is not None and mark.kind in ("name", "metonym") and mark.who[0].kind is not ActorKind.PERSON:
            others.setdefault(mark.who[0], page.doc[at])
    return next(iter(others.values())) if len(others) == 1 else None


def _clause_of(token: Token) -> Token:
    """The verb of the clause of a token; of verbs with one subject, the first."""
    for _ in range(_CLAUSES):
        if token.head == token:
            break
        is_verb = token.pos_ in ("VERB", "AUX")
        if is_verb and not (token.dep_ in ("conj", "xcomp") or _is_controlled(token) or _is_purpose(token)):
            break
        token = token.head
    return token


def _is_purpose(verb: Token) -> bool:
    """“… to use them”: its subject is that of the verb above."""
    return verb.dep_ == "advcl" and verb.tag_ == "VB" and any(child.tag_ == "TO" for child in islice(verb.lefts, 4))


def _is_controlled(verb: Token) -> bool:
    """“… to look” in “have led it to look”."""
    if verb.dep_ not in ("ccomp", "xcomp") or verb.tag_ != "VB":
        return False
    return not any(child.tag_ == "MD" for child in islice(verb.lefts, 8))


def _fits(page: Page, candidate: Token, number: Number, gender: Gender | None) -> bool | None:
    """True where it stands for the candidate, None to look further, False where another thing is in the way."""
    if candidate.i in page.links:
        candidate = page.doc[page.links[candidate.i]]
    if number == "person":
        return _fits_person(page, candidate, gender)
    mark = page.at(candidate)
    return _fits_thing(candidate, mark) if number == "thing" else _fits_many(candidate, mark)


def _fits_person(page: Page, candidate: Token, gender: Gender | None) -> bool | None:
    who = page.who(candidate)
    if len(who) == 1:
        return True if who[0].kind is ActorKind.PERSON and who[0].gender in (None, gender) else None
    if not who and candidate.tag_ == "NN" and is_role(candidate):
        return True if honorifics().get(candidate.lower_) in (None, gender) else None
    # Behind another “he” of whom nothing is known, nobody else is meant.
    return False if not who and _PRONOUNS.get(candidate.lower_) == ("person", gender) else None


def _fits_thing(candidate: Token, mark: Mark | None) -> bool | None:
    if mark is not None:
        return True if len(mark.who) == 1 and mark.who[0].kind is not ActorKind.PERSON and mark.kind != "demonym" else None
    if candidate.pos_ == "PRON" or is_role(candidate):
        return None
    return candidate.tag_ in ("NN", "NNP")


def _fits_many(candidate: Token, mark: Mark | None) -> bool | None:
    if mark is not None:
        if mark.kind == "pair" or (mark.kind == "demonym" and candidate.tag_ in ("NNS", "NNPS")):
            return True
        return None
    if candidate.pos_ == "PRON":
        return None
    return candidate.tag_ in ("NNS", "NNPS") or None


def _link(page: Page, pronoun: Token, candidate: Token, gender: Gender | None) -> None:
    who, mark = page.who(candidate), page.at(candidate)
    # “Bosnian Serbs” are of Bosnia, though their name alone is not: the pronoun has to lead to the phrase.
    if not who or (mark is not None and states_of(page, candidate) != countries_of(mark)):
        page.links[pronoun.i] = page.links.get(candidate.i, candidate.i)
        return
    if who[0].kind is ActorKind.PERSON:
        who[0].gender = who[0].gender or gender
    page.put(Mark(pronoun.i, pronoun.i + 1, "pronoun", who))
