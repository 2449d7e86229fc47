"""Role and country of a person, from the words around the name."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from detente.analysis.actors.marks import countries_of
from detente.analysis.actors.names import head_of, is_capitalized
from detente.analysis.actors.nouns import acts, is_office, is_role, lemma_of
from detente.analysis.actors.phrases import attached_states, is_abbreviation, modifier_states, states_of
from detente.analysis.lexicon.actor_words import actor_words
from detente.analysis.lexicon.roles import honorifics, roles
from detente.contracts import ActorKind

if TYPE_CHECKING:
    from spacy.tokens import Token

    from detente.analysis.actors.marks import Draft, Page

#: “Director of the Center for Analysis of Strategies and Technologies” has ten words; a longer one is a clause.
_LONGEST_ROLE = 14
#: A headline's “leader” or “candidate” gives way to the office that the text names.
_VAGUE = frozenset(("leader", "former leader", "official", "politician", "candidate"))
_ENDS = frozenset(',;:()–—"“”[]')
#: “Sen. John Doe (R-Ariz.)”: what the American press prints, and nobody else.
_AMERICAN_TITLES = frozenset(("sen.", "rep.", "congressman", "congresswoman"))


def describe(page: Page, start: int, end: int, person: Draft) -> None:
    """Set what the text says of a person at a mention, where it is not known yet."""
    nouns = offices_of(page, start, end)
    page.bearers.update((noun.i, person) for noun in nouns if noun.tag_ not in ("NNS", "NNPS"))
    if nouns and (person.role is None or (person.role in _VAGUE and lemma_of(nouns[0]) not in _VAGUE)):
        if lemma_of(nouns[0]) == "counterpart":
            page.counterparts.append((nouns[0].i, person))
        else:
            person.role = role_of(page, nouns[0], start)
    if person.country is None or person.hinted:
        codes = _country(page, start, end, nouns)
        if len(codes) == 1:
            person.country, person.hinted = codes[0], False
    if person.country is None and nouns:
        if any(_is_of_organization(page, noun, start) for noun in nouns):
            person.stateless = True
        elif is_office(nouns[0]):
            page.unplaced.append((nouns[0].i, person))


def offices_of(page: Page, start: int, end: int) -> list[Token]:
    """The nouns of roles before and beside a name. Honorifics come last: “the emir, Sheikh Hamad” is an emir."""
    found = [noun for noun in (_role_before(page, start), _role_apposed(page, start, end)) if noun is not None]
    return sorted(found, key=lambda noun: noun.lower_ in honorifics())


def _role_before(page: Page, start: int) -> Token | None:
    """The noun just before a name: “Minister” in “Foreign Minister Sergey Lavrov”."""
    at = start - 1
    if at < 0 or page.doc[start].is_sent_start:
        return None
    token = page.doc[at]
    if _is_whom(page.doc[start], token):
        return None
    if token.lower_ in honorifics() and token.lower_ not in roles().nouns:
        return _role_before(page, at)
    return token if page.marks[at] is None and is_role(token) else _role_before_phrase(page, at)


def _is_whom(name: Token, noun: Token) -> bool:
    """“The refugees Obama will admit”, “the envoy Putin met”: the noun is whom the verb of the name is about."""
    name = name.head if name.dep_ == "compound" else name
    verb = name.head
    return name.dep_ in ("nsubj", "nsubjpass") and verb.dep_ == "relcl" and verb.head == noun


def _role_before_phrase(page: Page, last: int) -> Token | None:
    """“Secretary” in “Secretary of State Jane Roe”, “ambassador” in “the ambassador to the United States Jane Roe”."""
    for at in range(last, max(0, last - 7), -1):
        word = page.doc[at]
        if word.lower_ in ("of", "to", "for"):
            noun = page.doc[at - 1]
            return noun if at < last and is_office(noun) and page.marks[at - 1] is None else None
        if not is_capitalized(word.text) and word.lower_ not in ("the", "and") and page.marks[at] is None:
            return None
    return None


def _role_apposed(page: Page, start: int, end: int) -> Token | None:
    """The noun beside a name: “the Czech president, Petr Pavel”, “Sergey Lavrov, Russia's foreign minister”."""
    head = head_of(page, start, end)
    if head.dep_ == "appos" and is_role(head.head) and page.marks[head.head.i] is None:
        return head.head
    for child in islice(head.rights, 12):
        if child.dep_ == "appos" and child.i >= end and is_role(child) and page.marks[child.i] is None:
            return child
    if (beside := _role_beside(page, head, start)) is not None:
        return beside
    if head.dep_ == "nsubj" and head.head.lemma_ == "be":
        return next((child for child in islice(head.head.rights, 8) if child.dep_ == "attr" and is_role(child)), None)
    return None


def _role_beside(page: Page, head: Token, start: int) -> Token | None:
    """“Qatar's emir, Sheikh Hamad, said”, where the parse has two subjects of one verb and no apposition."""
    at = start - 1
    while at > 1 and page.doc[at].lower_ in honorifics():
        at -= 1
    if at < 1 or page.doc[at].text != ",":
        return None
    noun = page.doc[at - 1]
    is_joined = noun.head == head.head and noun.dep_ in ("nsubj", "dep", "nsubjpass") and head.dep_ in ("nsubj", "nsubjpass")
    return noun if is_joined and is_role(noun) and page.marks[noun.i] is None else None


def role_of(page: Page, noun: Token, name: int) -> str:
    """The role in words: “foreign minister”, “chief of army staff”. The name of its bearer starts at token `name`."""
    first = noun.i
    while first and _belongs(page, first - 1):
        first -= 1
    before = [token.lower_ for token in page.doc[first : noun.i] if token.lower_ not in actor_words("dropped")]
    words = [*before, noun.lower_ if noun.tag_ not in ("NNS", "NNPS") else lemma_of(noun)]
    return " ".join(words).replace(" - ", "-").strip("- ") + _of_phrase(page, noun, name)


def _belongs(page: Page, at: int) -> bool:
    """Whether the role goes on to the left: “deputy foreign” before “minister”."""
    token = page.doc[at]
    if page.marks[at] is not None or token.is_space:
        return False
    if token.text == "-":
        return at > 0 and not token.whitespace_ and page.marks[at - 1] is None
    word = token.lower_
    return word in roles().modifiers or word in roles().nouns or (token.tag_ == "NN" and token.dep_ == "compound")


def _of_phrase(page: Page, noun: Token, name: int) -> str:
    """“ of army staff”, but nothing where it is the state alone: “president of Russia”."""
    doc = page.doc
    after = doc[noun.i + 1] if noun.i + 1 < len(doc) else None
    if after is None or after.i == name or after.lower_ not in ("of", "for"):
        return ""
    end = after.i + 1
    while end < len(doc) and end != name and end - after.i < _LONGEST_ROLE and _goes_on(doc[end]):
        end += 1
    inner = doc[after.i + 1 : end]
    marks = {page.marks[token.i] for token in inner if token.lower_ != "the"}
    if not marks or (len(marks) == 1 and (only := marks.pop()) is not None and only.who[0].kind is ActorKind.STATE):
        return ""
    words = " ".join(inner.text.split()).rstrip(" .'’")
    # Before a name every word of a title is capitalized.
    return f" {after.lower_} {words.lower() if end == name else words}"


def _goes_on(token: Token) -> bool:
    if token.text in _ENDS or token.is_space or token.pos_ == "VERB" or token.is_sent_start:
        return False
    # “… of the Center for Analysis of Strategies and Technologies and an analyst”: an article after “and” starts another role.
    if token.lower_ in ("and", "who", "which", "that"):
        after = token.doc[token.i + 1] if token.i + 1 < len(token.doc) else None
        return token.lower_ == "and" and after is not None and is_capitalized(after.text)
    return True


def _country(page: Page, start: int, end: int, nouns: list[Token]) -> tuple[str, ...]:
    """The states that the words around a name give its bearer."""
    for noun in nouns:
        if codes := _before(page, noun) or _owners(page, noun) or _attached(page, noun) or _of_body(page, noun):
            return codes
    if any(noun.i < start and _is_of_organization(page, noun, start) for noun in nouns):
        return ()
    return _owners(page, head_of(page, start, end)) or _of_state(page, end) or _american(page, start, end, nouns)


def _owners(page: Page, noun: Token) -> tuple[str, ...]:
    """The states before a noun that its bearer is of: for those without an office adjectives and possessives alone."""
    return modifier_states(page, noun) if is_office(noun) else _adjectives(page, noun)


def _adjectives(page: Page, noun: Token) -> tuple[str, ...]:
    """“Syrian”, “Syria's” and “US”, which make a noun a state's; “Syria” before it may tell what it is about."""
    for child in islice(noun.lefts, 24):
        for word in (child, *islice(child.lefts, 4)):
            mark = page.at(word)
            if mark is not None and (mark.kind == "demonym" or is_abbreviation(mark, noun)):
                return countries_of(mark)
        if child.dep_ == "poss":
            return states_of(page, child)
    return ()


def _before(page: Page, noun: Token) -> tuple[str, ...]:
    """The state just before a role: “Russian” in “Russian defense minister”, whatever the parse says."""
    at = noun.i - 1
    while at >= 0 and _belongs(page, at):
        at -= 1
    if at >= 0 and page.doc[at].tag_ == "POS":
        at -= 1
    mark = page.marks[at] if at >= 0 else None
    if mark is None or (mark.kind != "demonym" and not is_office(noun)):
        return ()
    before = page.doc[mark.start - 1].lower_ if mark.start else ""
    return () if before in ("to", "in", "for", "with", "on", "and") and mark.kind != "demonym" else countries_of(mark)


def _attached(page: Page, noun: Token) -> tuple[str, ...]:
    """“President of France”, “mayor of London”; but a “victim of the siege of Sarajevo” may be of anywhere."""
    if is_office(noun):
        return attached_states(page, noun)
    after = next((child for child in islice(noun.rights, 4) if child.dep_ == "prep" and child.lower_ == "of"), None)
    owner = next((child for child in islice(after.rights, 4) if child.dep_ == "pobj"), None) if after is not None else None
    mark = page.at(owner) if owner is not None else None
    if owner is None or mark is None:
        return _adjectives(page, owner) if owner is not None and not acts(owner) else ()
    return countries_of(mark) if mark.kind != "place" else ()


def _of_state(page: Page, end: int) -> tuple[str, ...]:
    """“King Hassan of Morocco”, “Angela Merkel of Germany”."""
    doc = page.doc
    at = end + 1 if end + 1 < len(doc) and doc[end + 1].lower_ != "the" else end + 2
    if at >= len(doc) or doc[end].lower_ != "of":
        return ()
    mark = page.marks[at]
    return countries_of(mark) if mark is not None and mark.kind != "demonym" and mark.who[0].kind is ActorKind.STATE else ()


def _american(page: Page, start: int, end: int, nouns: list[Token]) -> tuple[str, ...]:
    """“Sen. John Doe”, “John Doe (R-Ariz.)”, “Secretary of State Jane Doe”."""
    doc = page.doc
    if any(noun.lower_ in _AMERICAN_TITLES for noun in nouns):
        return ("USA",)
    behind = doc[end : end + 4].text.lstrip("(, ")
    if behind[:2] in ("R-", "D-", "I-") and behind[2:3].isupper():
        return ("USA",)
    return ("USA",) if doc[max(0, start - 3) : start].text.lower() == "secretary of state" else ()


def _of_body(page: Page, noun: Token) -> tuple[str, ...]:
    """“An analyst well connected to the Russian Ministry of Defense” is of Russia."""
    nouns = [noun, *islice((token for token in islice(noun.rights, 12) if token.dep_ == "conj"), 2)]
    for role in nouns:
        if lemma_of(role) in actor_words("outsiders"):
            continue
        for token in page.doc[role.i + 1 : role.i + _LONGEST_ROLE]:
            if token.text in _ENDS or token.text == "." or token.is_space:
                break
            if token.lower_ in actor_words("bodies") and (codes := _adjectives(page, token)):
                return codes
    return ()


def _is_of_organization(page: Page, noun: Token, start: int) -> bool:
    """“NATO Secretary General Jens Stoltenberg” holds no office of a state."""
    first = max(0, noun.i - 5)
    stretch = page.marks[first:start] if noun.i < start else page.marks[first : noun.i + 6]
    return any(mark is not None and mark.who[0].kind is ActorKind.ORGANIZATION and not mark.who[0].country for mark in stretch)


def give_counterparts_their_role(page: Page) -> None:
    """“His Iranian counterpart” has the role of him for whom “his” stands."""
    for index, person in page.counterparts:
        owner = next((child for child in islice(page.doc[index].lefts, 8) if child.dep_ == "poss"), None)
        roles_there = {draft.role for draft in page.who(owner)} if owner is not None else set()
        if person.role is None and len(roles_there) == 1:
            person.role = roles_there.pop()


def place_the_unplaced(page: Page) -> None:
    """Give holders of offices the state that acts before them: “Putin canceled; foreign minister Sergey Lavrov went instead”."""
    for index, person in page.unplaced:
        if person.country is None and not person.stateless:
            person.country = _inherited(page, page.doc[index])


def _inherited(page: Page, noun: Token) -> str | None:
    """The one state that acts earlier in the sentence, where the person acts in a clause of their own."""
    if not _has_own_clause(noun):
        return None
    sentence, found = page.sentences[noun.i], set[str]()
    for at in range(noun.i - 1, max(-1, noun.i - 60), -1):
        if page.sentences[at] != sentence:
            break
        mark = page.marks[at]
        if mark is not None and mark.kind != "place":
            found.update(countries_of(mark))
    return found.pop() if len(found) == 1 else None


def _has_own_clause(noun: Token) -> bool:
    """Whether the person is subject of a main clause or of one beside it, and not of a clause that depends on another."""
    verb = noun
    for _ in range(6):
        if verb.pos_ in ("VERB", "AUX"):
            return verb.dep_ in ("ROOT", "conj", "parataxis") or (verb.dep_ == "ccomp" and verb.i < verb.head.i)
        if verb.dep_ not in ("compound", "nmod", "nsubj", "nsubjpass", "appos", "pobj", "prep", "poss"):
            return False
        verb = verb.head
    return False
