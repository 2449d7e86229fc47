"""Role and country of a person, from the words around the name."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from detente.analysis.actors.names import head_of, is_capitalized
from detente.analysis.actors.phrases import attached_states, modifier_states, states_of
from detente.analysis.actors.marks import countries_of
from detente.analysis.lexicon.roles import honorifics, roles
from detente.contracts import ActorKind

if TYPE_CHECKING:
    from spacy.tokens import Token

    from detente.analysis.actors.marks import Draft, Page

#: “Director of the Center for Analysis of Strategies and Technologies” has ten words; a longer one is a clause.
_LONGEST_ROLE = 14
#: These stand before a role and say nothing of it.
_DROPPED = frozenset("new newly then current late senior top veteran prominent leading longtime long-time fellow".split())
#: Bodies of a state: who is “connected to the Russian Ministry of Defense” is of that state.
_BODIES = frozenset(
    "ministry government army parliament embassy presidency council academy institute university party committee office agency "
    "bank military navy senate congress administration department cabinet".split()
)
#: These roles are about a state that is not their own.
_OUTSIDERS = frozenset("expert specialist critic opponent ambassador envoy author historian correspondent reporter editor".split())


def describe(page: Page, start: int, end: int, person: Draft) -> None:
    """Set what the text says of a person at a mention, where it is not known yet."""
    noun = _role_before(page, start) or _role_apposed(page, start, end)
    if noun is None:
        if person.country is None:
            _set_country(page, person, modifier_states(page, head_of(page, start, end)))
        return
    if person.role is None:
        person.role = role_of(page, noun)
    if person.country is None:
        _set_country(page, person, _country_by(page, noun, start, end))
    if person.country is None and _is_of_organization(page, noun, start, end):
        person.stateless = True
    if person.country is None and not person.stateless and noun.lower_ in roles().offices:
        _set_country(page, person, _inherited(page, noun))


def _set_country(page: Page, person: Draft, codes: tuple[str, ...]) -> None:
    if len(codes) == 1:
        person.country = codes[0]


def _role_before(page: Page, start: int) -> Token | None:
    """The noun just before a name: “Foreign Minister” in “Foreign Minister Sergey Lavrov”."""
    at = start - 1
    if at < 0:
        return None
    token = page.doc[at]
    if page.doc[start].is_sent_start or page.marks[at] is not None:
        return None
    word = token.lower_
    if word in honorifics() and word not in roles().nouns:
        return _role_before(page, at)
    return token if word in roles().nouns else None


def _role_apposed(page: Page, start: int, end: int) -> Token | None:
    """The noun beside a name: “the Czech president, Petr Pavel”, “Sergey Lavrov, Russia's foreign minister”."""
    head = head_of(page, start, end)
    if head.dep_ == "appos" and _is_role(head.head):
        return head.head
    for child in islice(head.rights, 12):
        if child.dep_ == "appos" and child.i >= end and _is_role(child):
            return child
    if head.dep_ == "nsubj" and head.head.lemma_ == "be":
        return next((child for child in islice(head.head.rights, 8) if child.dep_ == "attr" and _is_role(child)), None)
    return None


def _is_role(token: Token) -> bool:
    return token.lemma_.lower() in roles().nouns or token.lower_ in roles().nouns


def role_of(page: Page, noun: Token) -> str:
    """The role in words: “foreign minister”, “chief of army staff”."""
    first = noun.i
    while first and _belongs(page, first - 1):
        first -= 1
    words = [token.lower_ for token in page.doc[first : noun.i + 1] if token.lower_ not in _DROPPED]
    text = " ".join(words).replace(" - ", "-")
    return text + _of_phrase(page, noun)


def _belongs(page: Page, at: int) -> bool:
    token = page.doc[at]
    if page.marks[at] is not None or token.is_space or token.is_punct and token.text != "-":
        return False
    word = token.lower_
    if token.text == "-":
        return at > 0 and not token.whitespace_ and page.marks[at - 1] is None
    return word in roles().modifiers or word in roles().nouns or (token.tag_ == "NN" and token.dep_ == "compound")


def _of_phrase(page: Page, noun: Token) -> str:
    """“ of army staff”, but nothing where it is the state alone: “president of Russia”."""
    after = page.doc[noun.i + 1] if noun.i + 1 < len(page.doc) else None
    if after is None or after.lower_ not in ("of", "for") or after.head != noun:
        return ""
    end = after.i + 1
    while end < len(page.doc) and end - after.i < _LONGEST_ROLE and _goes_on(page.doc[end], after):
        end += 1
    inner = page.doc[after.i + 1 : end]
    marks = [page.marks[token.i] for token in inner if token.lower_ != "the"]
    if not marks or (marks[0] is not None and marks[0].who[0].kind is ActorKind.STATE and all(m is marks[0] for m in marks)):
        return ""
    return f" {after.lower_} {inner.text}".replace("\n", " ")


def _goes_on(token: Token, preposition: Token) -> bool:
    if token.text in ",;:()–—-\"“”" or token.is_space or token.pos_ == "VERB" or token.is_sent_start:
        return False
    # “… of the Center for Analysis of Strategies and Technologies and an analyst”: an article after “and” starts another role.
    if token.lower_ in ("and", "who", "which", "that"):
        after = token.doc[token.i + 1] if token.i + 1 < len(token.doc) else None
        return token.lower_ == "and" and after is not None and is_capitalized(after.text)
    return True


def _country_by(page: Page, noun: Token, start: int, end: int) -> tuple[str, ...]:
    own = _before(page, noun) or modifier_states(page, noun)
    if own:
        return own
    if noun.head.i in range(start, end) and (around := modifier_states(page, noun.head)):
        return around
    return attached_states(page, noun) or _of_body(page, noun)


def _before(page: Page, noun: Token) -> tuple[str, ...]:
    """The state just before a role: “Russian” in “Russian defense minister”, whatever the parse says."""
    at = noun.i - 1
    while at >= 0 and _belongs(page, at):
        at -= 1
    if at >= 0 and page.doc[at].tag_ == "POS":
        at -= 1
    mark = page.marks[at] if at >= 0 else None
    if mark is None or page.doc[at].lower_ in ("to", "in"):
        return ()
    before = page.doc[mark.start - 1].lower_ if mark.start else ""
    return () if before in ("to", "in", "for", "with", "on") and mark.kind != "demonym" else countries_of(mark)


def _of_body(page: Page, noun: Token) -> tuple[str, ...]:
    """“An analyst well connected to the Russian Ministry of Defense” is of Russia."""
    nouns = [noun, *islice((token for token in noun.rights if token.dep_ == "conj"), 2)]
    for role in nouns:
        if role.lemma_.lower() in _OUTSIDERS:
            continue
        for index in range(role.i + 1, min(role.i + _LONGEST_ROLE, len(page.doc))):
            token = page.doc[index]
            if token.text in (",", ";", ":", ".") or token.is_space:
                break
            if token.lower_ in _BODIES and (codes := modifier_states(page, token)):
                return codes
    return ()


def _is_of_organization(page: Page, noun: Token, start: int, end: int) -> bool:
    """“NATO Secretary General Jens Stoltenberg” holds no office of a state."""
    first = max(0, noun.i - 6)
    stretch = page.marks[first:start] if noun.i < start else page.marks[first : noun.i + 8]
    return any(mark is not None and mark.who[0].kind is ActorKind.ORGANIZATION and not mark.who[0].country for mark in stretch)


def _inherited(page: Page, noun: Token) -> tuple[str, ...]:
    """The state of the nearest subject before in the sentence: “Putin canceled; foreign minister Sergey Lavrov went instead”."""
    sentence = page.sentences[noun.i]
    for at in range(noun.i - 1, max(-1, noun.i - 40), -1):
        if page.sentences[at] != sentence:
            break
        token = page.doc[at]
        if token.dep_ in ("nsubj", "nsubjpass"):
            return states_of(page, token)
    return ()
