"""Between whom: the states that an act of the lexicon binds together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from detente.analysis.events.parties import (
    SUBJECTS,
    Party,
    Stage,
    agent_of,
    first_of_each,
    is_passive,
    object_of,
    owner_of,
    subject_of,
)
from detente.analysis.events.trees import Tree
from detente.analysis.events.triggers import Act
from detente.contracts import ActorKind, Plover

#: Where a target may stand when the frame's own places hold none, most telling first.
ANYWHERE = ("dative", "object", "to", "on", "against", "with", "at", "from", "for", "over", "of", "into", "toward", "towards",
            "between", "upon", "about", "near", "along", "complement", "in", "condition", "clause")  # fmt: skip
#: Whoever is named after these only gives the place of a mutual act.
PLACES = frozenset({"in", "at", "near", "to", "from", "over", "on", "into", "for", "complement", "clause", "condition"})
#: Acts whose object is the doer's own.
SENDING = frozenset({Plover.AID, Plover.MOBILIZE, Plover.RETREAT})
#: Acts that are done to their object, and not to a state that is named further on.
UPON = frozenset({Plover.ACCUSE, Plover.SUPPORT, Plover.REQUEST, Plover.REJECT, Plover.COERCE, Plover.ASSAULT, Plover.PROTEST})
#: What opens a clause whose actor an answer is meant for: “if Ankara blocks the strait, Athens could deploy its navy”.
CONDITIONS = frozenset({"if", "unless"})
#: “In the wake of the Lyon attacks Norway stepped up airstrikes”: what is named behind these was the occasion, not the target.
OCCASIONS = frozenset({"wake", "aftermath", "midst", "light", "view", "run-up", "anniversary"})
#: Three states that sign one treaty are three pairs; thirty are a conference.
MAX_PARTIES = 4


@dataclass(frozen=True)
class Sides:
    """The parties of an act; either side may be empty, where the text names nobody or no state."""

    sources: tuple[Party, ...]
    targets: tuple[Party, ...]
    doer: int | None


def sides_of(stage: Stage, act: Act) -> Sides:
    """Who does it, and to whom."""
    doer = _doer(stage, act)
    sources = _capped(stage.parties_of(doer)) if doer is not None else ()
    if not sources and act.frame.is_("agent_place") and is_passive(stage.tree, act.verb):
        sources = _capped(_at_place(stage, act.verb))
    states = frozenset(party.state for party in sources)
    if act.frame.is_("mutual") and len(sources) > 1:
        return Sides(sources, (), doer)
    if act.frame.is_("mutual") and (pair := _between(stage, act)):
        return Sides(pair, (), doer)
    return Sides(sources, _capped(_targets(stage, act, states, doer)), doer)


def _at_place(stage: Stage, verb: int) -> list[Party]:
    """“was arrested in Lebanon”, “put under investigation in Italy”: whose police it was, by the place."""
    tree = stage.tree
    hooks = [hook for each in (verb, *tree.pobjs(verb, "under")) for hook in tree.pobjs(each, "in")]
    return first_of_each(party for hook in hooks for party in stage.parties_of(hook))


def _doer(stage: Stage, act: Act) -> int | None:
    tree = stage.tree
    if act.bare:
        return _noun_doer(stage, act.at)
    found = subject_of(tree, act.verb)
    if found is None and tree.words[act.at] in act.frame.adjectives:
        found = tree.kid(act.verb, "nsubjpass")  # “is opposed to” is no passive
    if found is None and act.object is not None and act.at == act.object:
        found = _noun_doer(stage, act.at)
    if found is None and act.frame.plover in SENDING and is_passive(tree, act.verb):
        return act.object  # “no Polish guns were sent”: whose they are sends them
    return _meant(stage, act.verb, found) if found is not None else None


def _meant(stage: Stage, verb: int, doer: int) -> int:
    """Whoever issued the paper that speaks; whoever is quoted, for a pronoun that the cast leaves open."""
    tree = stage.tree
    if tree.lemmas[doer] in stage.papers and (owner := owner_of(tree, doer)) is not None:
        return owner
    owner = tree.kid(doer, "poss")
    stands_open = tree.words[doer] in stage.pronouns or (owner is not None and tree.words[owner] in stage.pronouns)
    if not stands_open or stage.parties_of(doer):
        return doer
    for head in tree.above(verb):
        if tree.pos[head] == "VERB" and (speaker := tree.kid(head, *SUBJECTS)) is not None and speaker != doer:
            return speaker
    return doer


def _noun_doer(stage: Stage, noun: int) -> int | None:
    """Whose act a noun tells: “Japan's”, “the Israeli strike”, “by Chad”, “of the emir”."""
    tree = stage.tree
    if (owner := tree.kid(noun, "poss")) is not None:
        return owner
    if (agent := agent_of(tree, noun)) is not None:
        return agent
    for kid in tree.every_kid(noun, "amod", "compound", "nmod"):
        if stage.states_at(kid):
            return kid
    return owner_of(tree, noun)


def _between(stage: Stage, act: Act) -> tuple[Party, ...]:
    """“talks between A and B”, “a meeting of A and B”."""
    for prep in ("between", "among", "of"):
        for hook in stage.tree.pobjs(act.object if act.object is not None else act.at, prep) + stage.tree.pobjs(act.verb, prep):
            parties = _capped(stage.parties_of(hook))
            if len(parties) > 1:
                return parties
    return ()


def _targets(stage: Stage, act: Act, sources: frozenset[str], doer: int | None) -> Iterable[Party]:
    """The parties in the first place that names a state other than the doer's."""
    own = act.frame.noun_target if act.bare or act.at == act.object else act.frame.target
    if "last-destination" in own:
        return ()
    slots = own if act.bare else (*own, *(slot for slot in ANYWHERE if slot not in own))
    for number, slot in enumerate(slots):
        if act.frame.is_("mutual") and number >= len(own) and slot in PLACES:
            continue
        found = [party for party in _in_slot(stage, act, slot) if party.state not in sources and party.at != doer]
        if slot == "object" and act.frame.plover in UPON and _is_of_own(stage, act, sources):
            return ()
        if found:
            return found
    return ()


def _is_of_own(stage: Stage, act: Act, sources: frozenset[str]) -> bool:
    """Whether it is done to somebody of the doer's own state: “the senator accused the president of helping Iran”."""
    if act.object is None:
        return False
    apposed = stage.tree.every_kid(act.object, "appos")
    actors = [actor for i in (act.object, *apposed) if (mention := stage.mention_at(i)) for actor in mention.actors]
    if not actors or any(stage.cast.actor(actor).kind is not ActorKind.PERSON for actor in actors):
        return False
    own = {party.state for party in stage.parties_of(act.object)}
    return bool(own) and own <= sources


def _in_slot(stage: Stage, act: Act, slot: str) -> list[Party]:
    tree = stage.tree
    if slot == "object":
        return _of_object(stage, act)
    if slot == "dative":
        return [party for kid in tree.every_kid(act.verb, "dative", "iobj") for party in stage.parties_of(kid)]
    if slot in ("complement", "condition"):
        kids = tree.every_kid(act.verb, "xcomp", "ccomp", "pcomp", "acl") if slot == "complement" else _conditions(tree, act.verb)
        others = [each for each in dict.fromkeys((act.object, act.at)) if each is not None and each != act.verb]
        kids += [kid for each in others for kid in tree.every_kid(each, "acl", "xcomp", "ccomp")]
        kids += _main_subject(stage, act.verb) if slot == "condition" else []
        return first_of_each(party for kid in kids for party in _nearest(stage.parties_below(kid, clauses=True)))
    if slot == "clause":
        return _elsewhere(stage, act)
    hooks = tree.pobjs(act.verb, slot)
    for other in (act.object, act.at):
        if other is not None and other != act.verb:
            hooks += [hook for each in tree.conjuncts(other) for hook in tree.pobjs(each, slot)]
            hooks += [hook for of in tree.pobjs(other, "of") for hook in tree.pobjs(of, slot)]
    return first_of_each(party for hook in hooks if tree.lemmas[hook] not in OCCASIONS for party in stage.parties_of(hook))


def _of_object(stage: Stage, act: Act) -> list[Party]:
    object_ = act.object if act.object is not None and act.at != act.object else object_of(stage.tree, act.verb)
    if object_ is None:
        return []
    found = stage.parties_of(object_)
    return first_of_each([*found, *stage.parties_below(object_, clauses=False)])


def _conditions(tree: Tree, verb: int) -> list[int]:
    """The if-clauses of a verb."""
    return [kid for kid in tree.every_kid(verb, "advcl") if tree.has_kid_word(kid, ("mark",), CONDITIONS)]


def _main_subject(stage: Stage, verb: int) -> list[int]:
    """Of a verb in an if-clause, the subject of the main clause."""
    tree = stage.tree
    subject = tree.kid(tree.heads[verb], *SUBJECTS, "nsubjpass") if tree.deps[verb] == "advcl" else None
    return [subject] if subject is not None else []


def _elsewhere(stage: Stage, act: Act) -> list[Party]:
    """Any state that the clause names after its verb, where no telling place holds one."""
    found = (party for party in stage.parties_below(act.verb, clauses=True) if party.at > act.verb)
    return first_of_each(list(found)[:1])


def _nearest(parties: Iterator[Party]) -> list[Party]:
    return list(parties)[:6]


def _capped(parties: Iterable[Party]) -> tuple[Party, ...]:
    return tuple(parties)[:MAX_PARTIES]
