"""Where a frame of the lexicon applies: verbs, predicative adjectives, and nouns with or without a light verb."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from detente.analysis.events.parties import Stage, object_of, subject_of
from detente.analysis.lexicon.frames import Controls, Frame, Frames
from detente.contracts import ActorKind, Plover

HOSTILE = frozenset({
    Plover.PROTEST, Plover.SANCTION, Plover.MOBILIZE, Plover.COERCE, Plover.ASSAULT, Plover.THREATEN, Plover.ACCUSE,
})  # fmt: skip

PEOPLE_ENDINGS = ("ers", "ors", "ists", "ians")


@dataclass(frozen=True)
class Act:
    """A frame that applies. `at` is the word that tells the act, `verb` the one that carries tense, negation and subject.

    They differ for nouns under a light verb (“held talks”) and adjectives (“is opposed”). A noun on its own has itself as
    verb.
    """

    frame: Frame
    at: int
    verb: int
    object: int | None
    bare: bool = False


class Matcher:
    """Applies the lexicon to the words of one document."""

    def __init__(self, stage: Stage, frames: Frames, controls: Controls) -> None:
        self.stage = stage
        self.tree = stage.tree
        self.frames = frames
        self.controls = controls
        self.taken: set[int] = set()

    def acts(self) -> list[Act]:
        """All acts of the document in order of the text; verbs first claim their objects."""
        tree, found = self.tree, []
        for i, lemma in enumerate(tree.lemmas):
            if tree.words[i] in self.frames.by_adjective and tree.pos[i] in ("ADJ", "VERB") and tree.tags[i] != "VBD":
                act = self.match_adjective(i) or (self.match_verb(i) if lemma in self.frames.by_verb else None)
            elif lemma in self.frames.by_verb and tree.pos[i] in ("VERB", "AUX"):
                act = self.match_verb(i)
            else:
                continue
            if act:
                found.append(act)
                self.taken.update(each for each in (act.verb, act.object) if each is not None)
        nouns = (self.match_noun(i) for i, lemma in enumerate(tree.lemmas) if self._is_event_noun(i, lemma))
        found.extend(act for act in nouns if act)
        return sorted(found, key=lambda act: act.at)

    def _is_event_noun(self, i: int, lemma: str) -> bool:
        known = self.frames.by_noun
        return self.tree.pos[i] in ("NOUN", "PROPN") and (lemma in known or self.tree.words[i] in known)

    # --- verbs -------------------------------------------------------------------------------------------------------

    def match_verb(self, i: int) -> Act | None:
        """The most specific frame that applies to the verb at `i`."""
        tree = self.tree
        if tree.deps[i] in ("aux", "auxpass", "amod", "compound") or not tree.tags[i].startswith(("VB", "NN")):
            return None
        if tree.words[i] == "going" and self._has_infinitive(i):
            return None  # “is going to help” is a future
        object_ = object_of(tree, i)
        for frame, particle in self.frames.by_verb[tree.lemmas[i]]:
            if (not particle or self._has_particle(i, particle)) and self._applies(frame, i, object_):
                return Act(frame, i, i, object_)
        return None

    def _has_particle(self, i: int, particle: str) -> bool:
        first, _, rest = particle.partition(" ")
        tree = self.tree
        for kid in tree.every_kid(i, "prt", "advmod", "prep", "dobj", "acomp", "oprd", "ccomp", "pobj", "nmod", "attr"):
            if tree.words[kid] == first or tree.lemmas[kid] == first:
                return not rest or rest in tree.words[kid + 1 : kid + 4]
        return False

    def _applies(self, frame: Frame, i: int, object_: int | None) -> bool:
        return (
            self._objects_fit(frame, i, object_)
            and self._subject_fits(frame, i)
            and self._complements_fit(frame, i, object_)
            and self._needs_met(frame, i, object_)
            and (not frame.having or self._has_near(i, frame.having))
            and (not frame.not_with or not self._has_near(i, frame.not_with, limit=20))
            and not (frame.is_("violent") and self._is_sport(i))
        )

    def _needs_met(self, frame: Frame, i: int, object_: int | None) -> bool:
        if not frame.need or (frame.is_("or_xcomp") and self._has_infinitive(i)):
            return True
        return any(self.tree.pobjs(i, prep) for prep in frame.need) or self._object_needs(frame, object_)

    def _has_infinitive(self, i: int) -> bool:
        """Whether an infinitive completes the verb: “agreed to share”, “asked them to leave”."""
        tree = self.tree
        return any(tree.has_kid_word(kid, ("aux",), frozenset({"to"})) for kid in tree.every_kid(i, "xcomp", "ccomp", "advcl"))

    def _object_needs(self, frame: Frame, object_: int | None) -> bool:
        """Whether a preposition that the frame asks for hangs on the object: “returned dozens of coins to Peru”."""
        heads = self._object_heads(object_)
        return any(self.tree.pobjs(head, prep) for head in heads for prep in frame.need)

    def _objects_fit(self, frame: Frame, i: int, object_: int | None) -> bool:
        heads = self._object_heads(object_)
        if frame.objects and not self._is_one(heads, frame.objects):
            return False
        if frame.not_objects and self._is_one(heads, frame.not_objects):
            return False
        if frame.objects_or_of:
            hooks = heads + [hook for prep in ("from", "of", "out of") for hook in self.tree.pobjs(i, prep)]
            if not self._is_one(hooks, frame.objects_or_of):
                return False
        if frame.objects_adverb and not self.tree.has_kid_word(i, ("advmod",), frame.objects_adverb):
            return False
        if frame.is_("people_object") and not self._is_people(heads):
            return False
        if frame.is_("actor_object") and not any(self.is_actor(head) for head in heads):
            return False
        if frame.is_("no_object") and object_ is not None:
            return False
        return not ((frame.is_("goods") or frame.is_("needs_object")) and object_ is None)

    def _object_heads(self, object_: int | None) -> list[int]:
        """The object with its conjuncts and what it is a number or group of."""
        if object_ is None:
            return []
        heads = self.tree.conjuncts(object_)
        tree, partitives = self.tree, self.controls["partitives"]
        inner = [each for head in heads if tree.lemmas[head] in partitives for each in tree.pobjs(head, "of")]
        return heads + inner + [each for head in heads if tree.lemmas[head] == "increase" for each in tree.pobjs(head, "in")]

    def _is_one(self, heads: Iterable[int], words: frozenset[str]) -> bool:
        for head in heads:
            if self.tree.lemmas[head] in words or self.tree.words[head] in words or "*" in words:
                return True
            if "@person" in words and self.is_person(head):
                return True
            if "@state" in words and self.stage.states_at(head):
                return True
            if "@place" in words and self.tree.doc[head].ent_type_ in ("GPE", "LOC", "FAC"):
                return True
        return False

    def is_person(self, i: int) -> bool:
        """Whether the phrase headed by `i` stands for a person or people, as far as words tell."""
        tree = self.tree
        if tree.lemmas[i] in self.controls["person_nouns"] or tree.words[i] in ("him", "her"):
            return True
        if tree.doc[i].ent_type_ == "PERSON":
            return True
        mention = self.stage.mention_at(i)
        return mention is not None and self.stage.cast.actor(mention.actors[0]).kind is ActorKind.PERSON

    def _is_people(self, heads: Iterable[int]) -> bool:
        classes, tree = self.frames.classes["@detainee"] | self.controls["actor_nouns"], self.tree
        return any(tree.lemmas[head] in classes or self.is_person(head) or tree.doc[head].ent_type_ == "NORP" for head in heads)

    def _subject_fits(self, frame: Frame, i: int) -> bool:
        if not (frame.subjects or frame.flags & {"people", "pair", "officials", "state_doer"}):
            return True
        subject = subject_of(self.tree, i)
        if subject is None:
            return False
        if frame.is_("pair"):
            return len(self.stage.parties_of(subject)) > 1
        if frame.subjects:
            return self._is_one(self._object_heads(subject), frame.subjects)
        if frame.is_("state_doer"):
            return self._is_state(subject)
        if frame.is_("officials"):
            return any(self.is_person(each) for each in self._object_heads(subject))
        return self.is_actor(subject)

    def _is_state(self, i: int) -> bool:
        """Whether a state itself is named at `i`, under its name, its capital's or its government's."""
        mention = self.stage.mention_at(i)
        if mention is None or mention.kind == "demonym":
            return False
        return self.stage.cast.actor(mention.actors[0]).kind is ActorKind.STATE

    def is_actor(self, i: int) -> bool:
        """Whether the phrase headed by `i` is somebody who acts: people, bodies, states, names."""
        tree = self.tree
        members = tree.pobjs(i, "of")[:1] if tree.lemmas[i] in self.controls["partitives"] else []
        return any(self._is_actor_word(each) for each in (*tree.conjuncts(i), *members))

    def _is_actor_word(self, i: int) -> bool:
        tree = self.tree
        if tree.lemmas[i] in self.controls["actor_nouns"] or tree.doc[i].ent_type_ in ("PERSON", "NORP", "GPE", "ORG"):
            return True
        if tree.deps[i] == "nsubj" and tree.lemmas[tree.heads[i]] in self.controls["speaking"]:
            return True
        return tree.pos[i] == "PROPN" or tree.doc[i].is_upper or self._ends_like_people(i) or bool(self.stage.states_at(i))

    def _ends_like_people(self, i: int) -> bool:
        """“dockers”, “settlers”, “railwaymen”: nouns of many people that no list holds."""
        tree = self.tree
        if tree.lemmas[i].endswith(("man", "men")):
            return True
        return tree.tags[i] == "NNS" and tree.words[i].endswith(PEOPLE_ENDINGS) and tree.lemmas[i] not in self.controls["things"]

    def _complements_fit(self, frame: Frame, i: int, object_: int | None) -> bool:
        tree = self.tree
        if frame.is_("xcomp") and not self._has_infinitive(i):
            return False
        if frame.is_("ccomp") and tree.kid(i, "ccomp") is None:
            return False
        if frame.is_("not_quoting") and object_ is None and any(kid < i for kid in tree.every_kid(i, "ccomp")):
            return False
        if frame.is_("no_complement") and tree.kid(i, "ccomp", "xcomp") is not None:
            return False
        if frame.xcomp_verbs and not any(tree.lemmas[kid] in frame.xcomp_verbs for kid in tree.every_kid(i, "xcomp")):
            return False
        if frame.is_("hostile_complement"):
            return any(self._is_hostile(kid) for kid in tree.every_kid(i, "ccomp"))
        return True

    def _is_hostile(self, i: int) -> bool:
        rows = self.frames.by_verb.get(self.tree.lemmas[i], ())
        if not rows or any(frame.is_("hostile_complement") for frame, _ in rows):
            return False  # one who alleges that somebody alleges accuses nobody
        act = self.match_verb(i)
        return act is not None and act.frame.plover in HOSTILE

    def _has_near(self, i: int, words: frozenset[str], limit: int = 40) -> bool:
        tree = self.tree
        if any(tree.words[each] in words or tree.lemmas[each] in words for each in tree.below(i, clauses=True, limit=limit)):
            return True
        subject = tree.kid(i, "nsubj", "nsubjpass")
        return subject is not None and tree.lemmas[subject] in words

    def _is_sport(self, i: int) -> bool:
        return self._has_near(i, self.controls["sport"])

    # --- adjectives and nouns ------------------------------------------------------------------------------------------

    def match_adjective(self, i: int) -> Act | None:
        """“is opposed to”, “was responsible for the killing of”."""
        tree = self.tree
        if tree.deps[i] not in ("acomp", "attr", "ROOT", "oprd", "conj", "xcomp", "ccomp"):
            return None
        if tree.pos[i] == "VERB" and tree.kid(i, "auxpass") is None:
            return None
        verb = tree.heads[i] if tree.deps[i] in ("acomp", "attr", "oprd") else i
        for frame in self.frames.by_adjective[tree.words[i]]:
            if self._applies(frame, i, None) or (verb != i and self._applies(frame, verb, None)):
                return Act(frame, i, verb, None)
        return None

    def match_noun(self, i: int) -> Act | None:
        """A noun that tells an act: what a light verb does, else a mention of the act on its own."""
        tree = self.tree
        frames = self.frames.by_noun.get(tree.lemmas[i]) or self.frames.by_noun[tree.words[i]]
        if tree.deps[i] in ("compound", "nmod", "amod") or i in self.taken:
            return None
        if tree.words[i] == "wars" and not tree.pobjs(i, "between"):
            return None  # “the Afghan and Iraq wars” are two, and in history books
        for frame in frames:
            if frame.is_("violent") and self._is_sport(i):
                return None
            verb = self._light_verb(i, frame)
            if verb is not None and verb not in self.taken:
                return Act(frame, i, verb, i)
        return None if frames[0].is_("light_only") else Act(frames[0], i, i, None, bare=True)

    def _light_verb(self, i: int, frame: Frame) -> int | None:
        """The light verb of `frame` that carries the noun at `i`, as object, passive subject or after its preposition."""
        tree, head = self.tree, self.tree.heads[i]
        if tree.deps[i] == "conj":
            return None
        if tree.deps[i] in ("dobj", "nsubjpass", "attr"):
            return head if tree.lemmas[head] in frame.light or self._phrase(head, frame) else None
        if tree.deps[i] == "pobj" and tree.pos[tree.heads[head]] in ("VERB", "AUX"):
            verb = tree.heads[head]
            return verb if f"{tree.lemmas[verb]} {tree.words[head]}" in frame.light else None
        return None

    def _phrase(self, head: int, frame: Frame) -> bool:
        tree = self.tree
        return any(f"{tree.lemmas[head]} {tree.words[kid]}" in frame.light for kid in tree.every_kid(head, "prt"))
