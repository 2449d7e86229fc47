"""What a verb or noun says of its own reality: tense, modality, negation, conditions."""

from __future__ import annotations

from dataclasses import dataclass

from detente.analysis.events.parties import SUBJECTS, Stage
from detente.analysis.lexicon.frames import Controls
from detente.contracts import EventStatus

HAPPENED, ONGOING, PLANNED = EventStatus.HAPPENED, EventStatus.ONGOING, EventStatus.PLANNED
CANCELLED, DENIED, HYPOTHETICAL = EventStatus.CANCELLED, EventStatus.DENIED, EventStatus.HYPOTHETICAL


@dataclass(frozen=True)
class Standing:
    """What the text says of an act's reality.

    `refused`: the actor will not, cannot or refuses to do it. `announced`: the actor says itself that it will or might.
    `promised`: it is offered or pledged. `governed` are the verbs passed on the way up, nearest first.
    """

    status: EventStatus
    refused: bool = False
    announced: bool = False
    promised: bool = False
    conditional: bool = False
    failed: bool = False
    stopped: bool = False
    governed: tuple[int, ...] = ()


class TenseReader:
    """Reads what the words of an act say by themselves."""

    def __init__(self, stage: Stage, controls: Controls) -> None:
        self.stage = stage
        self.tree = stage.tree
        self.controls = controls

    def own_standing(self, verb: int, noun: int | None = None) -> Standing:
        """The standing of the act that `verb` carries, before anything above it is looked at."""
        tree, controls = self.tree, self.controls
        if tree.pos[verb] not in ("VERB", "AUX", "ADJ"):
            return self._of_noun(verb)
        aux = [tree.words[kid] for kid in tree.every_kid(verb, "aux", "auxpass")]
        negated = self.is_negated(verb, noun)
        if (counterfactual := self._counterfactual(verb, negated)) is not None:
            return Standing(counterfactual)
        if self._has_mark(verb, "if_marks"):
            return Standing(HYPOTHETICAL, conditional=True)
        if any(word in controls["future"] for word in aux):
            return Standing(DENIED, refused=True) if negated else Standing(PLANNED, announced=self._speaks_itself(verb))
        if any(word in controls["modal"] for word in aux):
            return self._modal(verb, aux, negated)
        if negated:
            return Standing(DENIED)
        return self._tensed(verb, aux)

    def _tensed(self, verb: int, aux: list[str]) -> Standing:
        tree = self.tree
        if self._has_mark(verb, "when_marks") and tree.tags[verb] in ("VBP", "VBZ"):
            return Standing(PLANNED)
        if "to" in aux and tree.tags[verb] == "VB":
            return Standing(PLANNED)
        if tree.lemmas[verb] == "be" and tree.has_kid_word(verb, ("acomp",), self.controls["plans"]):
            return Standing(PLANNED)
        if tree.tags[verb] == "VBG" and any(word in ("is", "are", "am", "'s", "'re", "’s", "’re", "was", "were") for word in aux):
            return Standing(ONGOING)
        if any(tree.words[kid] in self.controls["doubt_adverbs"] for kid in tree.every_kid(verb, "advmod")):
            return Standing(HYPOTHETICAL)
        return Standing(HAPPENED)

    def _modal(self, verb: int, aux: list[str], negated: bool) -> Standing:
        """“would” is a reported future; other modals leave it open. What somebody would not or cannot do is refused."""
        would = any(word in ("would", "'d", "’d") for word in aux)
        have = "have" in aux
        if negated:
            return Standing(DENIED, refused=not have and any(word in ("would", "'d", "’d", "can", "ca", "could") for word in aux))
        if would and have:
            return Standing(HYPOTHETICAL, conditional=True)
        if would and self._is_told(verb) and not self._has_condition(verb):
            return Standing(PLANNED, announced=self._speaks_itself(verb))
        might = any(word in ("may", "might", "could", "would") for word in aux)
        announced = might and self._is_told(verb) and self._speaks_itself(verb)
        return Standing(HYPOTHETICAL, announced=announced, conditional=would and self._has_condition(verb))

    def _of_noun(self, noun: int) -> Standing:
        """A noun on its own tells a fact, unless it is called planned, cancelled, possible, or has “no” before it."""
        tree, controls = self.tree, self.controls
        for kid in tree.every_kid(noun, "amod", "det"):
            word, lemma = tree.words[kid], tree.lemmas[kid]
            if word == "no":
                return Standing(DENIED)
            if word in controls["planned_adjectives"]:
                return Standing(PLANNED)
            if word in controls["open_adjectives"]:
                return Standing(HYPOTHETICAL)
            if word in controls["cancelled_adjectives"] or lemma in controls["cancels"]:
                return Standing(CANCELLED)
        return Standing(HAPPENED)

    def is_negated(self, verb: int, noun: int | None) -> bool:
        tree, negatives = self.tree, self.controls["negatives"]
        if any(tree.words[kid] in negatives for kid in tree.every_kid(verb, "neg", "advmod", "preconj")):
            return True
        heads = [kid for kid in tree.every_kid(verb, "nsubj", "nsubjpass", "dobj", "attr") if kid != verb]
        heads += [noun] if noun is not None and noun != verb else []
        no = frozenset({"no", "not"})
        return any(tree.words[head] in negatives or tree.has_kid_word(head, ("det", "neg"), no) for head in heads)

    def _counterfactual(self, verb: int, negated: bool) -> EventStatus | None:
        """“Had X not vetoed it, …” says that X did; “if X had vetoed it, Y would have …” that X did not."""
        tree = self.tree
        had = next((kid for kid in tree.every_kid(verb, "aux") if tree.words[kid] == "had"), None)
        if had is None or tree.deps[verb] != "advcl":
            return None
        subject = tree.kid(verb, *SUBJECTS, "nsubjpass")
        inverted = subject is not None and had < subject
        unreal = self._has_mark(verb, "if_marks") and tree.has_kid_word(tree.heads[verb], ("aux",), frozenset({"have"}))
        if not (inverted or unreal):
            return None
        return HAPPENED if negated else DENIED

    def _has_mark(self, verb: int, name: str) -> bool:
        return self.tree.has_kid_word(verb, ("mark", "advmod"), self.controls[name])

    def _has_condition(self, verb: int) -> bool:
        """Whether an if-clause hangs on the verb."""
        return any(self._has_mark(kid, "if_marks") for kid in self.tree.every_kid(verb, "advcl"))

    def _speaks_itself(self, verb: int) -> bool:
        """Whether nobody else is quoted on it: a state's plan to attack is a threat, another's word of that plan is not."""
        tree = self.tree
        if not self._is_told(verb):
            return True
        speaker, doer = tree.kid(tree.heads[verb], *SUBJECTS), tree.kid(verb, *SUBJECTS)
        if speaker is None or doer is None:
            return True
        if tree.words[doer] in self.controls["pronouns"] or tree.words[doer] == tree.words[speaker]:
            return True
        return bool(set(self.stage.states_at(doer)) & set(self.stage.states_at(speaker)))

    def _is_told(self, verb: int) -> bool:
        """Whether the clause is reported speech."""
        tree = self.tree
        head = tree.heads[verb]
        return tree.deps[verb] in ("ccomp", "parataxis") and tree.lemmas[head] in self.controls["speech"]

    def is_infinitive(self, verb: int) -> bool:
        return self.tree.has_kid_word(verb, ("aux",), frozenset({"to"}))
