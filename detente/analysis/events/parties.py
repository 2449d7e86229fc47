"""Who takes part in a clause: subjects and objects through passives, relative clauses, participles and control; their states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from detente.analysis.actors import Cast, Mention
from detente.analysis.events.trees import MAX_CLIMB, Tree

SUBJECTS = ("nsubj", "csubj")
PASSIVE_SUBJECTS = ("nsubjpass", "csubjpass")
RELATIVES = frozenset({"who", "which", "that", "whom"})
#: Verbs whose object, not whose subject, is to do what the infinitive says: “urged Chad to withdraw”.
OBJECT_CONTROL = frozenset({
    "ask", "urge", "call", "order", "force", "allow", "permit", "let", "tell", "press", "push", "want", "expect", "invite",
    "help", "persuade", "enable", "require", "compel", "beg", "instruct", "advise", "encourage", "authorize", "authorise", "lead",
    "prompt", "cause", "get", "warn", "request", "demand", "pressure", "accuse", "thank", "praise", "blame", "criticize",
    "criticise", "condemn", "commend", "suspect", "see",
})  # fmt: skip


@dataclass(frozen=True)
class Party:
    """A state that takes part in an act, and the word that says so."""

    state: str
    at: int


@dataclass
class Stage:
    """One document with its grammar and its cast."""

    tree: Tree
    cast: Cast
    papers: frozenset[str] = frozenset()
    pronouns: frozenset[str] = frozenset()
    _known: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def states_at(self, i: int) -> tuple[str, ...]:
        """The states for which the phrase headed by `i` acts, asked once for each word."""
        if (known := self._known.get(i)) is None:
            known = self._known[i] = self.cast.states_of(self.tree.doc[i])
        return known

    def named_at(self, i: int) -> tuple[str, ...]:
        """The states that the mention at the very word `i` names, whatever phrase it heads: of “Greek-Turkish”, one each."""
        mention = self.mention_at(i)
        if mention is None:
            return self.states_at(i)
        countries = (self.cast.actor(actor).country for actor in mention.actors)
        return tuple(country for country in countries if country)

    def mention_at(self, i: int) -> Mention | None:
        return self.cast.at(self.tree.doc[i])

    def parties_of(self, i: int) -> list[Party]:
        """The states of a phrase and of its conjuncts: its own, else those of the nearest name inside each."""
        found: list[Party] = []
        for head in self.tree.conjuncts(i):
            found.extend(party for party in self._parties_of_one(head) if party.state not in {each.state for each in found})
        return found

    def _parties_of_one(self, head: int) -> list[Party]:
        name = self.tree.kid(head, "appos")
        if name is not None and self.tree.pos[head] == "NOUN" and self.tree.pos[name] == "PROPN" and self.states_at(name):
            head = name  # “its enemy, Pakistan”
        if states := self.states_at(head):
            return [Party(state, head) for state in states]
        for i in self.tree.below(head):
            if i != head and (states := self.states_at(i)):
                return [Party(state, i) for each in self.tree.conjuncts(i) for state in self.states_at(each)]
        return []

    def parties_below(self, i: int, *, clauses: bool, without: frozenset[int] = frozenset()) -> Iterator[Party]:
        """Every state named below `i`, nearest first."""
        for each in self.tree.below(i, clauses=clauses):
            if each not in without:
                for state in self.states_at(each):
                    yield Party(state, each)


def subject_of(tree: Tree, verb: int, depth: int = 0) -> int | None:
    """The word that heads the subject of `verb`, found through control and relative clauses; the agent of a passive."""
    if is_passive(tree, verb):
        return agent_of(tree, verb)
    if (own := tree.kid(verb, *SUBJECTS)) is not None:
        return _antecedent(tree, verb, own)
    return _subject_from_above(tree, verb, depth)


def object_of(tree: Tree, verb: int, depth: int = 0) -> int | None:
    """The word that heads the direct object of `verb`; of a passive, what stands as its subject."""
    if is_passive(tree, verb):
        if (own := tree.kid(verb, *PASSIVE_SUBJECTS)) is not None:
            return _antecedent(tree, verb, own)
        if tree.deps[verb] in ("acl", "relcl", "amod"):
            return tree.heads[verb]
        return _subject_from_above(tree, verb, depth)
    if (own := tree.kid(verb, "dobj")) is not None:
        return _antecedent(tree, verb, own)
    subject = tree.kid(verb, *SUBJECTS)
    if tree.deps[verb] == "relcl" and subject is not None and tree.words[subject] not in RELATIVES:
        return tree.heads[verb]  # “the crew that Iran holds”
    return tree.kid(verb, "oprd", "attr")


def agent_of(tree: Tree, verb: int) -> int | None:
    agents = tree.pobjs(verb, "by")
    return agents[0] if agents else None


def is_passive(tree: Tree, verb: int) -> bool:
    """Whether the subject suffers the act: by auxiliary, as participle of a noun, or shared with the verb it is joined to."""
    for _ in range(MAX_CLIMB):
        kids = tree.kids[verb]
        if "auxpass" in kids or "nsubjpass" in kids:
            return True
        if tree.tags[verb] != "VBN" or "nsubj" in kids or "aux" in kids:
            return False
        if tree.deps[verb] != "conj":
            return tree.deps[verb] in ("acl", "amod")
        verb = tree.heads[verb]
    return False


def _antecedent(tree: Tree, verb: int, word: int) -> int:
    """What a relative pronoun stands for."""
    if tree.words[word] in RELATIVES and tree.tags[word] in ("WDT", "WP", "IN", "DT"):
        clause = verb
        for _ in range(MAX_CLIMB):
            if tree.deps[clause] == "relcl":
                return tree.heads[clause]
            if tree.deps[clause] not in ("conj", "ccomp", "xcomp"):
                break
            clause = tree.heads[clause]
    return word


def _subject_from_above(tree: Tree, verb: int, depth: int) -> int | None:
    """The subject that a verb without one of its own shares with what governs it."""
    if depth > MAX_CLIMB:
        return None
    dep, head = tree.deps[verb], tree.heads[verb]
    if head == verb:
        return None
    if dep in ("relcl", "acl"):
        return _subject_of_noun_clause(tree, verb, head, depth)
    if dep == "pcomp" or (dep in ("pobj",) and tree.pos[head] == "ADP"):
        return _subject_of_gerund(tree, head, depth)
    if dep in ("xcomp", "ccomp", "advcl", "conj", "dep", "parataxis", "acomp", "prep"):
        return _shared_subject(tree, head, dep, depth)
    return None


def _subject_of_noun_clause(tree: Tree, verb: int, noun: int, depth: int) -> int | None:
    """“troops attacking …”: the noun itself; “a plan to attack”: whoever has the plan."""
    if not tree.has_kid_word(verb, ("aux",), frozenset({"to"})):
        return noun
    owner = owner_of(tree, noun, depth + 1)
    return noun if owner is None else owner


def owner_of(tree: Tree, noun: int, depth: int = 0) -> int | None:
    """Whose deed a noun is: its possessor, its demonym, its “by …”, else the subject of its verb."""
    if (own := tree.kid(noun, "poss")) is not None:
        return own
    if by := tree.pobjs(noun, "by"):
        return by[0]
    head = tree.heads[noun]
    if tree.deps[noun] in ("dobj", "attr", "oprd") and head != noun and depth <= MAX_CLIMB:
        return subject_of(tree, head, depth + 1)
    return None


def _subject_of_gerund(tree: Tree, prep: int, depth: int) -> int | None:
    """“thanked Chad for sending”, “accused of sending”: the object before; “insisted on sending”: the subject."""
    head = tree.heads[prep]
    if tree.pos[head] in ("VERB", "AUX"):
        if tree.lemmas[head] in OBJECT_CONTROL and (found := object_of(tree, head, depth + 1)) is not None:
            return found
        return subject_of(tree, head, depth + 1) if not is_passive(tree, head) else object_of(tree, head, depth + 1)
    return owner_of(tree, head, depth + 1)


def _shared_subject(tree: Tree, head: int, dep: str, depth: int) -> int | None:
    if tree.pos[head] not in ("VERB", "AUX"):
        is_top = tree.heads[head] == head or depth > MAX_CLIMB
        return None if is_top else _shared_subject(tree, tree.heads[head], dep, depth + 1)
    if dep in ("xcomp", "ccomp") and tree.lemmas[head] in OBJECT_CONTROL and (found := tree.kid(head, "dobj")) is not None:
        return found
    if is_passive(tree, head):
        return object_of(tree, head, depth + 1)
    if (own := tree.kid(head, *SUBJECTS)) is not None:
        return _antecedent(tree, head, own)
    return _subject_from_above(tree, head, depth + 1)


def first_of_each(parties: Iterable[Party]) -> list[Party]:
    """One party for each state, the first."""
    found: dict[str, Party] = {}
    for party in parties:
        found.setdefault(party.state, party)
    return list(found.values())
