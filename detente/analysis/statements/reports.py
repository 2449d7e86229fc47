"""Reported speech: a cue, the frame it stands in, and the clause or phrase that it reports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from detente.analysis.lexicon.cues import Cues, Frames, cue_words
from detente.analysis.statements.asides import words_according, words_around, words_behind
from detente.analysis.statements.clauses import before_next_cue, clause_of, complements, extend, is_close, is_infinitive
from detente.analysis.statements.speakers import speaker_of_verb
from detente.analysis.statements.trees import Tree


@dataclass(frozen=True)
class Report:
    """A cue at word `cue`, and the stretches of words (first, last) that it reports, by the name of its frame."""

    cue: int
    frame: str
    parts: tuple[tuple[int, int], ...]
    speaker: int | None


def find_reports(tree: Tree, cues: Cues) -> Iterator[Report]:
    """The reports of all cues outside quotation marks, in order of the cues."""
    # A participle or a second verb says on for the speaker of the cue before it: “said X, adding that Y”.
    inherited: dict[int, int | None] = {}
    for i, lemma in enumerate(tree.lemmas):
        if tree.quoted[i] >= 0:
            continue
        if tree.words[i] == "according":
            if (found := words_according(tree, i)) is not None:
                yield Report(i, "according", *found)
        elif tree.pos[i] in ("VERB", "AUX") and tree.deps[i] not in ("amod", "compound") and (frames := cues.of_verb(lemma)):
            yield from _of_verb(tree, cues, i, frames, inherited)
        elif tree.pos[i] in ("NOUN", "PROPN") and (frames := cues.of_noun(lemma)):
            yield from _of_noun(tree, i, frames)


def _of_verb(tree: Tree, cues: Cues, verb: int, frames: Frames, inherited: dict[int, int | None]) -> Iterator[Report]:
    if _is_that_said(tree, verb) or _is_request(tree, verb):
        return
    speaker = inherited[verb] if verb in inherited else speaker_of_verb(tree, verb)
    clause = clause_of(tree, verb)
    if clause and speaker is not None and clause[0] <= speaker <= clause[1]:
        clause = None
    around = words_around(tree, verb, speaker)
    if around and not (clause and is_close(tree, verb, clause[0])):
        if "aside" in frames:
            yield Report(verb, "aside", around, speaker)
        return
    if "aside" in frames and (behind := words_behind(tree, verb, speaker)):
        yield Report(verb, "aside", behind, speaker)
        return
    for frame, first, end in complements(tree, verb, clause):
        if frame not in frames and not (frame == "that" and "paper" in frames and _is_paper(tree, speaker)):
            continue
        whole = extend(tree, cues, verb, end) if frame == "that" else end
        last, cut = before_next_cue(tree, cues, verb, first, whole)
        if cut is not None:
            inherited[cut] = speaker
        # “was denied entry”, “called Ito”: a passive's object is not what anybody said.
        if speaker is not None or frame not in ("object", "name"):
            yield Report(verb, frame, ((first, last),), speaker)
        return


def _is_paper(tree: Tree, speaker: int | None) -> bool:
    """Whether a study, a poll or a report speaks: people who find or show something need not say so."""
    return speaker is not None and tree.lemmas[speaker] in cue_words("papers")


def _is_that_said(tree: Tree, verb: int) -> bool:
    """“That said, …” reports nothing."""
    return tree.words[verb] == "said" and verb > 0 and tree.words[verb - 1] == "that" and tree.sentence[verb] == verb - 1


def _is_request(tree: Tree, verb: int) -> bool:
    """“Tell me who it was”: what a reader or a guest is asked to say is not said."""
    return tree.tags[verb] == "VB" and tree.deps[verb] == "ROOT" and tree.kid(verb, "nsubj", "aux", "nsubjpass") is None


def _of_noun(tree: Tree, noun: int, frames: Frames) -> Iterator[Report]:
    """“his claim that …”, “a vow to …”: its owner speaks."""
    for kid in tree.kids[noun]:
        if kid < noun or tree.deps[kid] not in ("acl", "ccomp", "relcl"):
            continue
        first = tree.left[kid]
        is_that = tree.words[first] == "that" and tree.tags[first] == "IN"
        frame = "that" if is_that else "to" if tree.deps[kid] == "acl" and is_infinitive(tree, kid) else ""
        if frame in frames:
            yield Report(noun, frame, ((first, tree.right[kid]),), tree.kid(noun, "poss"))
            return
