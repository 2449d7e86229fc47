"""From acts to drafts of events: sides, standing, and the type that both make of the frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product

from detente.analysis.events.meanings import FORCEFUL, FRIENDLY, Meaning, meaning_of
from detente.analysis.events.parties import Party, Stage, subject_of
from detente.analysis.events.statuses import StatusReader
from detente.analysis.events.targets import Sides, sides_of
from detente.analysis.events.tenses import Standing
from detente.analysis.events.triggers import Act, Matcher
from detente.analysis.lexicon.frames import Controls, Frames
from detente.contracts import ActorKind, EventStatus, Plover

#: What is asked, agreed, refused, threatened, allowed, forbidden or blamed is part of that act, and no act beside it.
SUBSUMING = frozenset({
    Plover.AGREE, Plover.REQUEST, Plover.THREATEN, Plover.REJECT, Plover.ACCUSE, Plover.CONCEDE, Plover.COERCE, Plover.SUPPORT,
})  # fmt: skip


@dataclass(frozen=True)
class Draft:
    """An event before it has an id: one pair of sides, either of which may be unknown."""

    frame: str
    meaning: Meaning
    source: Party | None
    target: Party | None
    doer: int | None
    act: Act
    mutual: bool = False
    governed: tuple[int, ...] = ()

    @property
    def sides(self) -> frozenset[str]:
        return frozenset(party.state for party in (self.source, self.target) if party is not None)

    @property
    def is_full(self) -> bool:
        return self.source is not None and self.target is not None


class Coder:
    """Codes one document."""

    def __init__(self, stage: Stage, frames: Frames, controls: Controls) -> None:
        self.stage = stage
        self.tree = stage.tree
        self.controls = controls
        self.matcher = Matcher(stage, frames, controls)
        self.reader = StatusReader(stage, controls)
        self.frames = {frame.name: frame for frame in frames.all}

    def drafts(self) -> list[Draft]:
        """All drafts of the document, sentence by sentence: full ones, and where a sentence has none, its main partial one."""
        acts = self.matcher.acts()
        heads = {act.verb: act for act in acts if not act.bare}
        heads.update({act.at: act for act in acts if not act.bare})
        found = [draft for act in acts for draft in self._of_act(act, heads)]
        found.extend(self._duties(heads))
        return list(self._chosen(found))

    def _of_act(self, act: Act, heads: dict[int, Act]) -> Iterator[Draft]:
        if self._thanks_for_act(act, heads):
            return
        standing = self.reader.standing_of(act.verb, act.at)
        if self._is_subsumed(act, standing, heads):
            return
        if act.frame.is_("commits") and not self._is_last_word(act, heads):
            return
        sides = sides_of(self.stage, act)
        meaning = meaning_of(self.tree, self.controls, act, standing)
        if self._is_thanked_for(act):
            sides = replace(sides, targets=sides.targets or self._thankers(act))
            meaning = replace(meaning, status=EventStatus.HAPPENED)
        yield from self._paired(act, meaning, sides, standing.governed)

    def _paired(self, act: Act, meaning: Meaning, sides: Sides, governed: tuple[int, ...] = ()) -> Iterator[Draft]:
        """One draft for each pair of sides; a partial one where a side is unknown, unless the act is only mentioned."""
        mutual = act.frame.is_("mutual") and meaning.plover is act.frame.plover
        blank = Draft(act.frame.name, meaning, None, None, sides.doer, act, mutual, governed)
        if len(sides.sources) > 1 and act.frame.is_("mutual") and not sides.targets:
            for number, one in enumerate(sides.sources):
                for other in sides.sources[number + 1 :]:
                    yield replace(blank, source=one, target=other)
            return
        pairs = [pair for pair in product(sides.sources, sides.targets) if pair[0].state != pair[1].state]
        for one, other in pairs:
            yield replace(blank, source=one, target=other)
        if not pairs and (not act.bare or meaning.status is EventStatus.CANCELLED):
            source, target = next(iter(sides.sources), None), next(iter(sides.targets), None)
            within = source is not None and target is not None  # one state's own affair, since no pair is left
            yield replace(blank, source=source, target=None if within else target)

    # --- type and status -------------------------------------------------------------------------------------------------

    def _is_thanked_for(self, act: Act) -> bool:
        """“thanked Chile for sending”: Chile did."""
        head = self._gerund_head(act.verb)
        return head is not None and self.tree.lemmas[head] in ("thank", "praise", "commend", "laud", "applaud")

    def _thanks_for_act(self, act: Act, heads: dict[int, Act]) -> bool:
        """Whether a thank-you has an act to tell of, which then stands for both."""
        tree = self.tree
        hooks = tree.pobjs(act.verb, "for") if tree.lemmas[act.verb] == "thank" else []
        return any(hook in heads and hook != act.verb for hook in hooks)

    def _thankers(self, act: Act) -> tuple[Party, ...]:
        head = self._gerund_head(act.verb)
        subject = subject_of(self.tree, head) if head is not None else None
        return tuple(self.stage.parties_of(subject)[:2]) if subject is not None else ()

    def _gerund_head(self, verb: int) -> int | None:
        tree = self.tree
        return tree.heads[tree.heads[verb]] if tree.deps[verb] == "pcomp" else None

    def _is_subsumed(self, act: Act, standing: Standing, heads: dict[int, Act]) -> bool:
        """Whether another act contains this one as what it asks for, agrees to, refuses, and so on."""
        if self._is_thanked_for(act):
            return False
        for head in self._governors(act, standing):
            outer = heads.get(head)
            if outer is None or outer is act or outer.frame.plover not in SUBSUMING:
                continue
            if outer.frame.is_("commits") and act.frame.plover in FRIENDLY | FORCEFUL:
                continue
            if outer.frame.is_("hostile_complement"):
                continue
            return not act.bare or outer.frame.plover not in (Plover.ACCUSE, Plover.SUPPORT)
        return False

    def _governors(self, act: Act, standing: Standing) -> Iterator[int]:
        tree, at = self.tree, act.verb
        for head in tree.above(at):
            if tree.deps[at] in ("conj", "relcl", "parataxis", "nsubj", "nsubjpass", "npadvmod", "appos"):
                return
            if tree.deps[at] == "advcl" and not tree.has_kid_word(at, ("aux",), frozenset({"to"})):
                return
            yield head
            at = head

    def _is_last_word(self, act: Act, heads: dict[int, Act]) -> bool:
        """Whether nothing more telling hangs below a promise: “pledged aid” is AID planned and not two events."""
        tree = self.tree
        kids = tree.every_kid(act.at, "xcomp", "ccomp", "acl") + tree.every_kid(act.verb, "xcomp", "ccomp")
        inner = [heads[each] for kid in kids for each in tree.conjuncts(kid) if each in heads]
        return not any(each.frame.plover in FRIENDLY | FORCEFUL and not each.frame.is_("commits") for each in inner)

    # --- what somebody says another must do --------------------------------------------------------------------------------

    def _duties(self, heads: dict[int, Act]) -> Iterator[Draft]:
        """“A said B must disarm” is a demand of A on B."""
        tree, frame = self.tree, self.frames["must"]
        for verb, lemma in enumerate(tree.lemmas):
            if lemma not in self.controls["duty_speech"] or tree.pos[verb] != "VERB":
                continue
            for told in tree.every_kid(verb, "ccomp"):
                if tree.lemmas[told] == "be" and tree.kid(told, "attr") is not None:
                    continue  # “said the port should be the capital” asks nobody to do anything
                if not tree.has_kid_word(told, ("aux",), self.controls["duty"]) or (told not in heads and verb in heads):
                    continue
                doer, other = subject_of(tree, verb), tree.kid(told, "nsubj", "nsubjpass")
                if doer is None or other is None:
                    continue
                act = Act(frame, told, verb, other)
                sides = Sides(tuple(self.stage.parties_of(doer)[:2]), tuple(self.stage.parties_of(other)[:3]), doer)
                yield from self._paired(act, Meaning(frame.plover, EventStatus.HAPPENED, frame.cameo), sides)

    # --- one sentence ------------------------------------------------------------------------------------------------------

    def _chosen(self, drafts: Iterable[Draft]) -> Iterator[Draft]:
        """Full drafts; of a sentence without any, the partial draft nearest to its main verb whose doer is an actor."""
        by_sentence: dict[int, list[Draft]] = {}
        for draft in drafts:
            by_sentence.setdefault(self.tree.sentence_of(draft.act.at).start, []).append(draft)
        for _, rows in sorted(by_sentence.items()):
            full = [draft for draft in rows if draft.is_full and self._is_done_by_somebody(draft)]
            full = [draft for draft in full if not self._is_part(draft, full)]
            partial = [draft for draft in rows if not draft.is_full and self._is_somebodys(draft)]
            best = min(partial, key=self._rank, default=None)
            if best is not None and all(self._rank(best)[0] < self._rank(draft)[0] for draft in full):
                full.insert(0, best)
            yield from full

    def _is_part(self, draft: Draft, full: list[Draft]) -> bool:
        """“met to discuss” is one act: an infinitive that repeats sides and type of the act it hangs on."""
        if not self.reader.is_infinitive(draft.act.verb):
            return False
        above = set(draft.governed) | set(self.tree.above(draft.act.verb))
        mains = (other for other in full if other.act.verb in above)
        return any(main.sides == draft.sides and main.meaning.plover is draft.meaning.plover for main in mains)

    def _is_done_by_somebody(self, draft: Draft) -> bool:
        """Whether the doer is somebody who acts: a bill that names a state allows nothing in its name."""
        return draft.doer is None or draft.act.bare or draft.act.frame.is_("violent") or self.matcher.is_actor(draft.doer)

    def _is_somebodys(self, draft: Draft) -> bool:
        """Whether a partial draft tells of a state, or of a body that the cast knows, and not of just anybody."""
        if draft.source is None and draft.target is None:
            return any(self._is_body(each) for each in (draft.doer, draft.act.object) if each is not None)
        if draft.doer is None or draft.source is not None or draft.act.frame.is_("violent"):
            return True
        return self.matcher.is_actor(draft.doer)

    def _is_body(self, i: int) -> bool:
        """Whether an organization or group of no state stands at `i`: the United Nations, a militia."""
        mention = self.stage.mention_at(i)
        kinds = {self.stage.cast.actor(actor).kind for actor in mention.actors} if mention else set()
        return bool(kinds & {ActorKind.ORGANIZATION, ActorKind.GROUP})

    def _rank(self, draft: Draft) -> tuple[int, int]:
        return (sum(1 for _ in self.tree.above(draft.act.verb)), draft.act.at)
