"""Did it happen? Status from tense, modality, negation, conditions, and from the words that govern an act."""

from __future__ import annotations

from dataclasses import dataclass, replace

from detente.analysis.events.parties import SUBJECTS
from detente.analysis.events.trees import MAX_CLIMB, Tree
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
    governed: tuple[int, ...] = ()


class StatusReader:
    """Reads the standing of acts in one document."""

    def __init__(self, tree: Tree, controls: Controls) -> None:
        self.tree = tree
        self.controls = controls

    def standing_of(self, verb: int, noun: int | None = None) -> Standing:
        """The standing of the act that `verb` carries; `noun` is the word that tells it, where that is another one."""
        standing = self._own(verb, noun)
        return self._from_above(verb, standing)

    # --- the verb itself -----------------------------------------------------------------------------------------------

    def _own(self, verb: int, noun: int | None = None) -> Standing:
        tree, controls = self.tree, self.controls
        if tree.pos[verb] not in ("VERB", "AUX", "ADJ"):
            return self._of_noun(verb)
        aux = [tree.words[kid] for kid in tree.every_kid(verb, "aux", "auxpass")]
        negated = self._is_negated(verb, noun)
        if (counterfactual := self._counterfactual(verb, negated)) is not None:
            return Standing(counterfactual)
        if self._has_mark(verb, "if_marks"):
            return Standing(HYPOTHETICAL, conditional=True)
        if any(word in controls["future"] for word in aux):
            return Standing(DENIED, refused=True) if negated else Standing(PLANNED, announced=True)
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
            return Standing(PLANNED, announced=True)
        told = self._is_told(verb) and any(word in ("may", "might", "could", "would") for word in aux)
        return Standing(HYPOTHETICAL, announced=told, conditional=would and self._has_condition(verb))

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

    def _is_negated(self, verb: int, noun: int | None) -> bool:
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

    def _is_told(self, verb: int) -> bool:
        """Whether the clause is reported speech."""
        tree = self.tree
        head = tree.heads[verb]
        return tree.deps[verb] in ("ccomp", "parataxis") and tree.lemmas[head] in self.controls["speech"]

    # --- what governs it -----------------------------------------------------------------------------------------------

    def _from_above(self, verb: int, standing: Standing) -> Standing:
        """Climb from the act to the main clause; each governing word changes the standing in its way."""
        tree, at = self.tree, verb
        governed: list[int] = []
        for _ in range(MAX_CLIMB):
            head, dep = tree.heads[at], tree.deps[at]
            if head == at or dep == "relcl" or dep == "parataxis":
                break
            if dep == "conj":
                if tree.kid(at, *SUBJECTS, "nsubjpass") is not None and tree.tags[at] != "VB":
                    break
                if tree.pos[at] in ("VERB", "AUX") and at == verb:
                    standing = self._shared(at, head, standing)
            elif dep == "advcl" and not self._is_infinitive(at):
                break
            elif tree.pos[head] in ("VERB", "AUX", "ADJ", "NOUN") or dep == "pcomp":
                standing = self._governed(at, head, dep, standing)
                if tree.lemmas[head] not in self.controls["speech"]:
                    governed.append(head)
            at = head
        return replace(standing, governed=tuple(governed))

    def _shared(self, verb: int, head: int, standing: Standing) -> Standing:
        """A verb without auxiliaries shares those of the verb it is joined to: “will meet the king and visit Oslo”."""
        tree = self.tree
        if tree.pos[head] not in ("VERB", "AUX") or tree.kid(verb, "aux", "auxpass", "nsubj") is not None:
            return standing
        if tree.tags[verb] != tree.tags[head] and not (tree.tags[verb] in ("VBN", "VB") and tree.tags[head] in ("VBN", "VB")):
            return standing
        return self._own(head)

    def _is_infinitive(self, verb: int) -> bool:
        return self.tree.has_kid_word(verb, ("aux",), frozenset({"to"}))

    def _governed(self, at: int, head: int, dep: str, standing: Standing) -> Standing:
        """The standing of `at` under `head`."""
        tree = self.tree
        if tree.pos[head] == "NOUN":
            return self._under_noun(at, head, dep, standing)
        if dep in ("nsubj", "csubj") and tree.pos[at] == "NOUN" and not self._ends(head):
            return standing
        if dep in ("pobj", "prep", "pcomp") and tree.pos[head] == "ADP":
            return standing
        if tree.lemmas[head] == "be" or tree.pos[head] == "ADJ":
            return self._under_copula(at, head, dep, standing)
        return self._under_verb(at, head, dep, standing)

    def _ends(self, head: int) -> bool:
        return self.tree.lemmas[head] in ("collapse", "fail", "fall", "founder")

    def _under_verb(self, at: int, head: int, dep: str, standing: Standing) -> Standing:
        tree, controls = self.tree, self.controls
        word = self._with_particle(head)
        if word in controls["denies"] and dep in ("ccomp", "xcomp", "dobj", "pcomp", "acl"):
            return replace(standing, status=DENIED)
        if word in controls["cancels"] and (tree.pos[at] == "NOUN" or dep in ("xcomp", "dobj", "nsubjpass", "pcomp")):
            return replace(standing, status=CANCELLED)
        if dep in ("dobj", "nsubjpass", "pobj", "prep", "nsubj", "attr"):
            return self._noun_under_verb(head, word, standing)
        if word in controls["speech"] and dep == "ccomp" and not self._is_infinitive(at):
            return standing
        if dep in ("xcomp", "ccomp", "pcomp", "advcl", "prep"):
            return self._clause_under_verb(at, head, word, standing)
        return standing

    def _noun_under_verb(self, head: int, word: str, standing: Standing) -> Standing:
        """A noun takes the standing of the verb that brings it about, plans it or weighs it."""
        controls = self.controls
        if standing.status is not HAPPENED:
            return standing
        own = self._own(head)
        if word in controls["plans"] | controls["commits"]:
            return replace(own, status=PLANNED if own.status in (HAPPENED, ONGOING) else own.status)
        if word in controls["weighs"]:
            return replace(standing, status=HYPOTHETICAL)
        return standing

    def _clause_under_verb(self, at: int, head: int, word: str, standing: Standing) -> Standing:
        controls, own = self.controls, self._own(head)
        if own.status is DENIED and standing.status in (HAPPENED, PLANNED):
            return replace(own, announced=False)
        if self._is_going_to(at, head):
            return replace(own, status=PLANNED, announced=True)
        if word in controls["begins"] or (word in controls["manages"] and self._is_infinitive(at)):
            return replace(own, promised=standing.promised)
        if word in controls["refuses"]:
            return Standing(DENIED, refused=True)
        if word in controls["fails"]:
            return Standing(DENIED, failed=word == "fail")
        if word in controls["commits"]:
            return replace(standing, status=PLANNED, promised=True, announced=True)
        if (word == "go" or word in controls["plans"]) and self._is_infinitive(at):
            return self._ahead(word, own)
        if word in controls["weighs"]:
            return replace(standing, status=HYPOTHETICAL)
        return standing

    def _is_going_to(self, at: int, head: int) -> bool:
        return self.tree.words[head] == "going" and self._is_infinitive(at)

    def _ahead(self, word: str, own: Standing) -> Standing:
        """What is planned lies ahead, however the planning itself stands, unless that is open or off."""
        status = own.status if own.status in (HYPOTHETICAL, CANCELLED) else PLANNED
        return replace(own, status=status, announced=word in ("plan", "intend", "decide", "prepare", "go", "vow", "seek"))

    def _under_copula(self, at: int, head: int, dep: str, standing: Standing) -> Standing:
        """“is to visit”, “is willing to”, “is unlikely to”, “was supposed to”."""
        tree, controls = self.tree, self.controls
        word = tree.lemmas[head]
        if dep not in ("xcomp", "ccomp", "pcomp", "advcl", "acl", "prep"):
            return standing
        if tree.lemmas[head] == "be":
            adjective = tree.kid(head, "acomp")
            if dep == "xcomp" and adjective is None and self._is_infinitive(at):
                return replace(standing, status=PLANNED, announced=True)
            if adjective is None:
                return standing
            word = tree.lemmas[adjective]
        elif self._is_negated(head, None) or self._is_negated(tree.heads[head], None):
            return Standing(DENIED, refused=True)
        if word in controls["refuses"]:
            return Standing(DENIED, refused=True)
        if word in controls["commits"]:
            return replace(standing, status=PLANNED, promised=True, announced=True)
        if word in controls["plans"]:
            return replace(standing, status=PLANNED)
        if word in controls["weighs"]:
            return replace(standing, status=HYPOTHETICAL)
        return standing

    def _under_noun(self, at: int, head: int, dep: str, standing: Standing) -> Standing:
        """“plans to reopen”, “a threat to cut”, “claims that it had shelled”."""
        controls, lemma = self.controls, self.tree.lemmas[head]
        if dep not in ("acl", "ccomp", "pcomp", "prep", "xcomp"):
            return standing
        if dep == "acl" and not self._is_infinitive(at) and self.tree.tags[at] in ("VBN", "VBG"):
            return standing
        if lemma in controls["plan_nouns"]:
            return replace(standing, status=standing.status if standing.status is not HAPPENED else PLANNED, announced=False)
        if lemma in controls["weigh_nouns"] | controls["deny_nouns"] or dep == "pcomp" or self._is_gerund(at):
            return replace(standing, status=HYPOTHETICAL, announced=False)
        return standing

    def _is_gerund(self, at: int) -> bool:
        """“a deal on ending the war”: the war has not ended."""
        tree = self.tree
        return tree.deps[at] == "pcomp" and tree.words[tree.heads[at]] in ("on", "of", "for", "about")

    def _with_particle(self, verb: int) -> str:
        """“call off” for “called off”, where the lexicon knows that word."""
        tree = self.tree
        for kid in tree.every_kid(verb, "prt", "prep", "advmod"):
            if (word := f"{tree.lemmas[verb]} {tree.words[kid]}") in self.controls["cancels"] | self.controls["begins"]:
                return word
        return tree.lemmas[verb]
