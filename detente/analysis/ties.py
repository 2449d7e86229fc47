"""How relations between pairs of states are said to move, by the article's author or by somebody it quotes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from detente.analysis.actors import Cast
from detente.analysis.events.attributions import Attributions
from detente.analysis.events.parties import Party, Stage, first_of_each, subject_of
from detente.analysis.events.trees import MAX_CLIMB, Tree
from detente.analysis.lexicon.tie_words import TieWords, load_tie_words
from detente.analysis.parses import Parse
from detente.contracts import Span, Statement, Tie, TieDirection

#: “Russia Gets Closer To Pakistan” has its states this near to the phrase; further away they belong to something else.
REACH = 10
#: In a longer sentence, its only two states need not be the two of the relation.
MAX_SENTENCE_TOKENS = 60
#: “Relations soured” may name its states elsewhere in the sentence; cooperation and links may be anybody's.
OF_STATES = frozenset({"relations", "ties", "relationship"})
HYPHENS = frozenset({"-", "–", "—", "/", "‑"})
#: What else a relation may hang on: “appear to be growing”, “are destined to get stronger”.
PREDICATES = ("acomp", "oprd", "attr", "advmod", "xcomp", "ccomp", "prep", "prt")
BECOMING = frozenset({
    "be", "get", "become", "grow", "remain", "stay", "appear", "seem", "look", "turn", "go", "run", "keep", "make", "destine",
    "stand",
})  # fmt: skip


@dataclass(frozen=True)
class Assessment:
    """A direction that the words at `at` give the relation of two parties. `word` tells the direction."""

    direction: TieDirection
    parties: tuple[Party, ...]
    at: int
    word: int
    rule: str


def find_ties(parse: Parse, cast: Cast, statements: tuple[Statement, ...]) -> tuple[Tie, ...]:
    """The assessments of an article, in order of the text; one for each pair, direction and holder, with all its spans.

    The holder is the author, or the innermost statement that contains the words.
    """
    attributions = Attributions(statements)
    found: dict[tuple[tuple[str, str], TieDirection, str], list[tuple[Span, str]]] = {}
    for stage in (Stage(Tree(parse.doc), cast), Stage(Tree(parse.title), cast)):
        for each in _Assessor(stage, load_tie_words()).assessments():
            span = _span(parse, stage, each)
            one, other = sorted({party.state for party in each.parties})[:2]
            holder = attributions.at(span.start) if span.field == "text" else None
            found.setdefault(((one, other), each.direction, holder or "author"), []).append((span, each.rule))
    return tuple(_tie(f"t{number}", *key, rows) for number, (key, rows) in enumerate(found.items(), 1))


def _tie(id: str, pair: tuple[str, str], direction: TieDirection, holder: str, rows: list[tuple[Span, str]]) -> Tie:
    return Tie(id=id, pair=pair, direction=direction, holder=holder, spans=_unique(span for span, _ in rows), rule=rows[0][1])


def _unique(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans without those that repeat the words of one before."""
    kept: list[Span] = []
    for span in spans:
        if not any(span.field == each.field and span.start < each.end and each.start < span.end for each in kept[-3:]):
            kept.append(span)
    return tuple(kept)


def _span(parse: Parse, stage: Stage, each: Assessment) -> Span:
    doc = stage.tree.doc
    sentence = stage.tree.sentence_of(each.at)
    marks = [each.at, each.word, *(party.at for party in each.parties)]
    marks = [mark for mark in marks if mark in sentence]
    return parse.span(doc[min(marks) : max(marks) + 1])


class _Assessor:
    """Finds the assessments of one document."""

    def __init__(self, stage: Stage, words: TieWords) -> None:
        self.stage = stage
        self.tree = stage.tree
        self.words = words

    def assessments(self) -> Iterator[Assessment]:
        tree, words = self.tree, self.words
        for i, lemma in enumerate(tree.lemmas):
            if lemma in words.relations or tree.words[i] in words.relations:
                yield from self._of_relation(i)
            elif (lemma in words.nouns or tree.words[i] in words.nouns) and tree.pos[i] in ("NOUN", "PROPN", "VERB"):
                yield from self._of_noun(i, words.nouns.get(lemma) or words.nouns[tree.words[i]])
            elif tree.words[i] in words.moves:
                yield from self._of_move(i)
            elif lemma in words.moving_verbs and tree.pos[i] in ("VERB", "AUX"):
                yield from self._of_moving_pair(i)

    def _of_relation(self, i: int) -> Iterator[Assessment]:
        direction, word = self._direction(i)
        if direction is None or self._is_negated(word):
            return
        pair = self._pair(i)
        if len(pair) == 2:
            yield Assessment(direction, pair, i, word, "tie:relation")

    def _of_noun(self, i: int, direction: TieDirection) -> Iterator[Assessment]:
        pair = self._pair(i)
        if len(pair) == 2 and not self._is_negated(i):
            yield Assessment(direction, pair, i, i, f"tie:{self.tree.lemmas[i]}")

    # --- which way -------------------------------------------------------------------------------------------------------

    def _direction(self, i: int) -> tuple[TieDirection | None, int]:
        """What is said of the relation at `i`: by the verb it is subject or object of, or by its adjectives."""
        tree, words = self.tree, self.words
        said = self._by_verb(i)
        if said[0] is not None:
            return said
        before = [i - 4] if self._hyphenated(i) and i >= 4 else []
        for kid in (*tree.every_kid(i, "amod", "compound", "acl", "relcl", "nmod"), *before):
            if direction := words.adjectives.get(tree.words[kid]) or self._participle(kid):
                return direction, kid
        return None, i

    def _participle(self, kid: int) -> TieDirection | None:
        if self.tree.deps[kid] not in ("acl", "relcl"):
            return None
        return self.words.verbs_of_relations.get(self.tree.lemmas[kid])

    def _by_verb(self, i: int) -> tuple[TieDirection | None, int]:
        tree, words = self.tree, self.words
        first = i
        while tree.deps[first] == "conj" and tree.heads[first] != first:
            first = tree.heads[first]
        dep, verb = tree.deps[first], tree.heads[first]
        if dep in ("dobj", "nsubjpass", "oprd") and (dep != "nsubjpass" or tree.lemmas[verb] in words.verbs_to_relations):
            return words.verbs_to_relations.get(tree.lemmas[verb]), verb
        if dep == "pobj" and (direction := words.changes.get(tree.lemmas[tree.heads[verb]])):
            return direction, tree.heads[verb]  # “an improvement in relations”
        if dep in ("nsubj", "nsubjpass"):
            return self._by_predicate(verb)
        return None, i

    def _by_predicate(self, verb: int) -> tuple[TieDirection | None, int]:
        """Follow “appear to be growing”, “are destined to get stronger”, “are at their lowest point” to the word that tells."""
        tree, words, at = self.tree, self.words, verb
        for _ in range(MAX_CLIMB):
            if (direction := words.verbs_of_relations.get(tree.lemmas[at])) and not self._told_otherwise(at):
                return direction, at
            for kid in tree.every_kid(at, *PREDICATES):
                if direction := words.adjectives.get(tree.words[kid]):
                    return direction, kid
                if tree.words[kid] in ("at", "to", "in") and (level := self._level(kid)):
                    return level
            following = tree.kid(at, "xcomp", "ccomp", "acomp")
            if following is None or (tree.lemmas[at] not in BECOMING and not self._is_infinitive(following)):
                return None, verb
            at = following
        return None, verb

    def _told_otherwise(self, at: int) -> bool:
        """“grew colder” is told by the adjective, not by the verb."""
        return any(self.tree.words[kid] in self.words.adjectives for kid in self.tree.every_kid(at, "acomp", "oprd", "advmod"))

    def _level(self, prep: int) -> tuple[TieDirection, int] | None:
        tree, levels = self.tree, self.words.levels
        for hook in tree.every_kid(prep, "pobj"):
            for each in tree.below(hook, limit=6):
                if direction := levels.get(tree.words[each]):
                    return direction, each
        return None

    def _is_infinitive(self, verb: int) -> bool:
        return self.tree.has_kid_word(verb, ("aux",), frozenset({"to"}))

    def _is_negated(self, word: int) -> bool:
        """Whether the assessment is denied or only supposed: “have not improved”, “if relations soured”."""
        tree, at = self.tree, word
        for _ in range(4):
            if tree.kid(at, "neg") is not None or tree.has_kid_word(at, ("mark",), frozenset({"if", "unless", "whether"})):
                return True
            if tree.has_kid_word(at, ("det",), frozenset({"no"})):
                return True
            if tree.heads[at] == at or tree.deps[at] not in ("acomp", "xcomp", "amod"):
                return False
            at = tree.heads[at]
        return False

    # --- of whom ---------------------------------------------------------------------------------------------------------

    def _pair(self, i: int) -> tuple[Party, ...]:
        """The two states of a relation: inside its phrase, else with whoever has it, else the only two of the sentence."""
        tree = self.tree
        inside = first_of_each(self._inside(i))
        if len(inside) >= 2:
            return tuple(inside[:2])
        before = self._verb_before(i)
        subject = subject_of(tree, before) if before is not None else None
        owners = self.stage.parties_of(subject) if subject is not None else self._owners(i)
        found = first_of_each([*inside, *owners])
        if len(found) >= 2:
            return tuple(found[:2])
        if tree.words[i] not in OF_STATES:
            return ()
        sentence = tree.sentence_of(i)
        if len(sentence) > MAX_SENTENCE_TOKENS:
            return ()
        named = first_of_each(Party(state, at) for at in sentence for state in self.stage.named_at(at))
        return tuple(named) if len(named) == 2 else ()

    def _verb_before(self, i: int) -> int | None:
        """The verb right before the phrase, which a long sentence may have lost its object: “have strong relations”."""
        tree, at = self.tree, i - 1
        while at >= 0 and tree.heads[at] == i and tree.deps[at] in ("amod", "det", "compound", "nmod", "poss", "advmod"):
            at -= 1
        return at if at >= 0 and tree.pos[at] == "VERB" and tree.tags[at] != "VBN" else None

    def _inside(self, i: int) -> Iterator[Party]:
        """The states named in the phrase, those joined by a hyphen before it first: “Greek-Turkish ties”."""
        for at in (*self._hyphenated(i), *self.tree.below(i, limit=24)):
            for state in self.stage.named_at(at):
                yield Party(state, at)

    def _hyphenated(self, i: int) -> tuple[int, ...]:
        joined = i >= 3 and self.tree.words[i - 2] in HYPHENS
        return (i - 3, i - 1) if joined else ()

    def _owners(self, i: int) -> list[Party]:
        """Whoever is subject of the verb that the relation hangs on, or owns the noun above it."""
        tree, at = self.tree, i
        for head in tree.above(i):
            if tree.pos[head] in ("VERB", "AUX"):
                subject = subject_of(tree, head)
                if subject is not None and subject != i and (parties := self.stage.parties_of(subject)):
                    return parties
            elif (owner := tree.kid(head, "poss")) is not None and tree.deps[at] not in ("relcl", "appos"):
                return self.stage.parties_of(owner)
            at = head
        return []

    # --- moves -------------------------------------------------------------------------------------------------------------

    def _of_move(self, i: int) -> Iterator[Assessment]:
        """“gets closer to”, “drifts away from”, read from the words alone, so that headlines count."""
        tree = self.tree
        for phrase, direction in self.words.moves[tree.words[i]]:
            end = i + len(phrase)
            if tuple(tree.words[i:end]) != phrase or not self._is_move(i, phrase):
                continue
            before = self._state_near(range(i - 1, max(-1, i - REACH), -1))
            after = self._state_near(range(end, min(len(tree.words), end + 6)))
            if before and after and before.state != after.state and not self._is_negated(i):
                yield Assessment(direction, (before, after), i, end - 1, "tie:move")
                return

    def _is_move(self, i: int, phrase: tuple[str, ...]) -> bool:
        """“closer to”, “away from” need a verb of moving before them."""
        if phrase[0] not in ("closer", "away", "apart", "nearer"):
            return True
        tree, near = self.tree, range(max(0, i - 4), i)
        return any({tree.lemmas[at], tree.words[at].removesuffix("s")} & self.words.moving_verbs for at in near)

    def _state_near(self, places: Iterable[int]) -> Party | None:
        for at in places:
            if states := self.stage.states_at(at):
                return Party(states[0], at)
        return None

    def _of_moving_pair(self, i: int) -> Iterator[Assessment]:
        """“A and B grew closer”, “the two countries drifted apart”."""
        tree = self.tree
        kids = tree.every_kid(i, "acomp", "advmod", "prt", "oprd")
        word = next((kid for kid in kids if tree.words[kid] in self.words.moves_together), None)
        if word is None or self._is_negated(i):
            return
        subject = subject_of(tree, i)
        parties = self.stage.parties_of(subject) if subject is not None else []
        if len(parties) == 2 and (word + 1 >= len(tree.words) or tree.words[word + 1] not in ("to", "with", "from")):
            yield Assessment(self.words.moves_together[tree.words[word]], tuple(parties), i, word, "tie:move")
