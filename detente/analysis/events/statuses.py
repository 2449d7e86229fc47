"""Did it happen? Status from an act's own words and from the words that govern it."""

from __future__ import annotations

from dataclasses import replace

from detente.analysis.events.parties import SUBJECTS
from detente.analysis.events.tenses import CANCELLED, DENIED, HAPPENED, HYPOTHETICAL, ONGOING, PLANNED, Standing, TenseReader
from detente.analysis.events.trees import MAX_CLIMB


class StatusReader(TenseReader):
    """Reads the standing of acts in one document."""

    def standing_of(self, verb: int, noun: int | None = None) -> Standing:
        """The standing of the act that `verb` carries; `noun` is the word that tells it, where that is another one."""
        return self._from_above(verb, self.own_standing(verb, noun))

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
            elif dep == "advcl" and not self.is_infinitive(at):
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
        return self.own_standing(head)

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
        if word in controls["denies"] and dep in ("ccomp", "xcomp", "dobj", "pcomp", "acl") and head < at:
            return replace(standing, status=DENIED)
        if word in controls["stops"] and dep == "xcomp" and tree.tags[at] == "VBG":
            return replace(self.own_standing(head), stopped=True)
        if word in controls["cancels"] and (tree.pos[at] == "NOUN" or dep in ("xcomp", "dobj", "nsubjpass", "pcomp")):
            return replace(standing, status=CANCELLED)
        if dep in ("dobj", "nsubjpass", "pobj", "prep", "nsubj", "attr"):
            return self._noun_under_verb(head, word, standing)
        if word in controls["speech"] and dep == "ccomp" and not self.is_infinitive(at):
            return standing
        if dep in ("xcomp", "ccomp", "pcomp", "advcl", "prep"):
            return self._clause_under_verb(at, head, word, standing)
        return standing

    def _noun_under_verb(self, head: int, word: str, standing: Standing) -> Standing:
        """A noun takes the standing of the verb that brings it about, plans it or weighs it."""
        controls = self.controls
        if standing.status is not HAPPENED:
            return standing
        own = self.own_standing(head)
        if word in controls["plans"] | controls["commits"]:
            return replace(own, status=PLANNED if own.status in (HAPPENED, ONGOING) else own.status)
        if word in controls["weighs"]:
            return replace(standing, status=HYPOTHETICAL, announced=False)
        return standing

    def _clause_under_verb(self, at: int, head: int, word: str, standing: Standing) -> Standing:
        controls, own = self.controls, self.own_standing(head)
        if own.status is DENIED and standing.status in (HAPPENED, PLANNED):
            return replace(own, announced=False)
        if self._is_going_to(at, head):
            return replace(own, status=PLANNED, announced=True)
        if word in controls["begins"] or (word in controls["manages"] and self.is_infinitive(at)):
            return replace(own, promised=standing.promised)
        if word in controls["refuses"]:
            return Standing(DENIED, refused=True)
        if word in controls["fails"]:
            return Standing(DENIED, failed=word == "fail")
        if word in controls["commits"]:
            return replace(standing, status=PLANNED, promised=True, announced=True)
        if (word == "go" or word in controls["plans"]) and self.is_infinitive(at):
            return self._ahead(word, own)
        if word in controls["weighs"]:
            return replace(standing, status=HYPOTHETICAL, announced=False)
        return standing

    def _is_going_to(self, at: int, head: int) -> bool:
        return self.tree.words[head] == "going" and self.is_infinitive(at)

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
            if dep == "xcomp" and adjective is None and self.is_infinitive(at):
                return replace(standing, status=PLANNED, announced=True)
            if adjective is None:
                return standing
            word = tree.lemmas[adjective]
        elif self.is_negated(head, None) or self.is_negated(tree.heads[head], None):
            return Standing(DENIED, refused=True)
        if word in controls["refuses"]:
            return Standing(DENIED, refused=True)
        if word in controls["commits"]:
            return replace(standing, status=PLANNED, promised=True, announced=True)
        if word in controls["plans"]:
            return replace(standing, status=PLANNED)
        if word in controls["weighs"]:
            return replace(standing, status=HYPOTHETICAL, announced=False)
        return standing

    def _under_noun(self, at: int, head: int, dep: str, standing: Standing) -> Standing:
        """“plans to reopen”, “a threat to cut”, “claims that it had shelled”."""
        controls, lemma = self.controls, self.tree.lemmas[head]
        if dep not in ("acl", "ccomp", "pcomp", "prep", "xcomp"):
            return standing
        if dep == "acl" and not self.is_infinitive(at) and self.tree.tags[at] in ("VBN", "VBG"):
            return standing
        if lemma in controls["refuse_nouns"]:
            return Standing(DENIED, refused=True)
        if lemma in controls["plan_nouns"]:
            return replace(standing, status=standing.status if standing.status is not HAPPENED else PLANNED, announced=False)
        if lemma in controls["weigh_nouns"] | controls["deny_nouns"] or self._has_gerund(at):
            return replace(standing, status=HYPOTHETICAL, announced=False)
        return standing

    def _has_gerund(self, prep: int) -> bool:
        """“a deal on ending the war”: the war has not ended."""
        tree = self.tree
        return tree.words[prep] in ("on", "of", "for", "about") and tree.kid(prep, "pcomp") is not None

    def _with_particle(self, verb: int) -> str:
        """“call off” for “called off”, where the lexicon knows that word."""
        tree = self.tree
        for kid in tree.every_kid(verb, "prt", "prep", "advmod"):
            if (word := f"{tree.lemmas[verb]} {tree.words[kid]}") in self.controls["cancels"] | self.controls["begins"]:
                return word
        return tree.lemmas[verb]
