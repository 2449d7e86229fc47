"""Where words were first published, when the article says so."""

from __future__ import annotations

from detente.analysis.actors import Cast
from detente.analysis.lexicon.cues import cue_words
from detente.analysis.lexicon.outlets import bare_name, load_outlets
from detente.analysis.parses import Parse
from detente.analysis.statements.findings import Finding
from detente.analysis.statements.speakers import phrase_around
from detente.analysis.statements.trees import Tree
from detente.contracts import ActorKind

#: The outlet stands within a long phrase of its cue, and no further: "in an interview on Friday with the daily Kommersant".
_REACH = 40
#: By these rules a paper itself can be the speaker, and is not its own outlet.
_OWN = frozenset(("aside", "according", "that"))


def place_outlets(parse: Parse, cast: Cast, tree: Tree, findings: list[Finding]) -> None:
    """Set the outlet of each finding, from its own sentence or from the one that introduces it."""
    seen: dict[int, str | None] = {}
    for finding in sorted(findings, key=lambda finding: finding.start):
        anchor = finding.cue if finding.cue is not None else tree.token_at(finding.start)
        sentence = tree.sentence[anchor]
        if sentence not in seen:
            seen[sentence] = _in_sentence(parse, cast, tree, sentence)
        finding.outlet = finding.outlet or seen[sentence]
        if finding.rule in _OWN and finding.outlet and finding.outlet == outlet_at(parse, cast, tree, finding.speaker):
            finding.outlet = None
        if finding.follows is not None and finding.outlet is None:
            finding.outlet = finding.follows.outlet
    _carry(parse, cast, tree, findings, seen)


def _carry(parse: Parse, cast: Cast, tree: Tree, findings: list[Finding], seen: dict[int, str | None]) -> None:
    """Give the outlet of a sentence that ends in a colon to the statements of the paragraph that it introduces."""
    introduced: dict[int, str] = {}
    for number, paragraph in enumerate(tree.paragraphs[:-1]):
        if tree.text[paragraph.end - 1] != ":":
            continue
        sentence = tree.sentence[tree.token_at(paragraph.end - 1)]
        outlet = seen.get(sentence) or _in_sentence(parse, cast, tree, sentence) or _at_start(parse, cast, tree, sentence)
        if outlet is not None:
            introduced[number + 1] = outlet
    for finding in findings:
        number = tree.paragraph_at[tree.token_from(finding.start)] if finding.start < len(tree.text) else -1
        if finding.outlet is None and number in introduced:
            finding.outlet = introduced[number]


def _in_sentence(parse: Parse, cast: Cast, tree: Tree, sentence: int) -> str | None:
    """The outlet that a sentence names as the place or the carrier of words."""
    for i in range(sentence, min(tree.sentence_end[sentence], sentence + 4 * _REACH)):
        if tree.quoted[i] >= 0:
            continue
        head = _object_of_occasion(tree, i) or _carrier(tree, i)
        if (outlet := outlet_at(parse, cast, tree, head)) is not None:
            return outlet
    return None


def _at_start(parse: Parse, cast: Cast, tree: Tree, sentence: int) -> str | None:
    """The outlet with which an introducing sentence begins: “The Hindu, in a long piece, has a diplomat say as much:”."""
    for i in range(sentence, min(sentence + 4, tree.sentence_end[sentence])):
        if tree.pos[i] == "PROPN" and (outlet := outlet_at(parse, cast, tree, i)) is not None:
            return outlet
    return None


def _object_of_occasion(tree: Tree, i: int) -> int | None:
    """“an interview with Kommersant”, “told the BBC”, “an analysis for OpenDemocracy”."""
    if tree.lemmas[i] in cue_words("telling") and tree.pos[i] == "VERB":
        found = tree.kid(i, "dobj", "dative")
        if found is not None and tree.pos[found] == "PROPN":
            return found
        to = next((k for k in tree.kids[i] if k > i and tree.words[k] in ("to", "with", "in", "for")), None)
        return None if to is None else tree.kid(to, "pobj")
    if tree.lemmas[i] in cue_words("occasions") or tree.words[i] in cue_words("occasions"):
        for link in range(i + 1, min(i + 7, tree.sentence_end[i])):
            found = tree.kid(link, "pobj")
            if found is not None and tree.words[link] in cue_words("occasion_links") and tree.pos[found] == "PROPN":
                return found
    return None


def _carrier(tree: Tree, i: int) -> int | None:
    """“reports the Economic Times”, “The Hindu quotes a diplomat”, “according to Reuters”."""
    if tree.lemmas[i] in cue_words("carrying") and tree.pos[i] == "VERB":
        subject = tree.kid(i, "nsubj")
        if subject is not None and tree.pos[subject] == "PROPN":
            return subject
        after = tree.kid(i, "dobj", "dep", "npadvmod")
        return after if tree.lemmas[i] == "report" and after is not None and after > i and tree.pos[after] == "PROPN" else None
    if tree.words[i] == "according" and i + 1 < len(tree.words):
        return tree.kid(i + 1, "pobj")
    return None


def outlet_at(parse: Parse, cast: Cast, tree: Tree, head: int | None) -> str | None:
    """The name of the news outlet that the phrase around a word names: one of the lexicon under any of its names.

    The name is as printed, without a small article: “Economic Times”, but “The Hindu”.
    """
    if head is None or tree.quoted[head] >= 0:
        return None
    first, last = phrase_around(tree, head)
    name = tree.text[tree.start[first] : tree.end[last]]
    actor = cast.speaker_of(parse.doc[head])
    full = actor.name if actor is not None and actor.kind is ActorKind.ORGANIZATION else name
    if load_outlets().isdisjoint((bare_name(name), bare_name(tree.words[head]), bare_name(full))):
        return None
    if bare_name(name) not in load_outlets():
        name = tree.text[tree.start[first] : tree.end[head]]
    return name.removeprefix("the ")
