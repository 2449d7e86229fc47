"""From findings to statements: parts without outer marks, speaker, kind and the states that the words name."""

from __future__ import annotations

from detente.analysis.actors import Cast
from detente.analysis.parses import Parse
from detente.analysis.statements.findings import Finding
from detente.analysis.statements.speakers import phrase_around, somebody
from detente.analysis.statements.trees import MAX_CLIMB, Tree
from detente.contracts import Actor, ActorKind, Speaker, Statement


def assemble(parse: Parse, cast: Cast, tree: Tree, findings: list[Finding]) -> tuple[Statement, ...]:
    """Statements in the order of the text."""
    ordered = sorted(findings, key=lambda finding: (finding.start, finding.end))
    return tuple(_statement(parse, cast, tree, finding, number) for number, finding in enumerate(ordered, 1))


def _statement(parse: Parse, cast: Cast, tree: Tree, finding: Finding, number: int) -> Statement:
    return Statement(
        id=f"s{number}",
        kind=finding.kind,
        parts=tuple(parse.cut(start, end) for start, end in finding.parts),
        speaker=_speaker(parse, cast, tree, finding),
        cue=None if finding.cue is None else parse.cut(tree.start[finding.cue], tree.end[finding.cue]),
        outlet=finding.outlet,
        about=_about(parse, cast, tree, finding),
        rule=finding.rule,
    )


def _speaker(parse: Parse, cast: Cast, tree: Tree, finding: Finding) -> Speaker | None:
    if finding.speaker is None:
        return None
    head = finding.speaker
    first, last = phrase_around(tree, head)
    span = parse.cut(tree.start[first], tree.end[last])
    actor = cast.speaker_of(parse.doc[head]) or _antecedent(parse, cast, tree, head)
    if actor is not None:
        # Of several who speak together the first is the actor; the name tells of all.
        name = actor.name if tree.kid(head, "conj") is None or last <= head else span.text
        return Speaker(actor=actor.id, name=name, named=actor.kind is not ActorKind.GROUP, span=span)
    name = span.text
    if tree.tags[head] in ("WP", "WDT") and (noun := _relative_head(tree, head)) is not None:
        first, last = phrase_around(tree, noun)
        name = tree.text[tree.start[first] : tree.end[max(first, min(last, head - 1))]].rstrip(" ,")
        return Speaker(name=name, named=tree.pos[noun] == "PROPN", span=span)
    return Speaker(name=name, named=tree.pos[head] == "PROPN" or finding.rule == "turn", span=span)


def _relative_head(tree: Tree, pronoun: int) -> int | None:
    """The noun that “who” stands for."""
    verb = tree.heads[pronoun]
    for _ in range(MAX_CLIMB):
        if tree.deps[verb] == "relcl":
            return somebody(tree, tree.heads[verb])
        verb = tree.heads[verb]
    return None


def _antecedent(parse: Parse, cast: Cast, tree: Tree, head: int) -> Actor | None:
    """The actor whom a relative pronoun stands for, or whose name is in apposition: “a spokesman, Jan Novak”."""
    if tree.tags[head] in ("WP", "WDT"):
        noun = _relative_head(tree, head)
        return None if noun is None else cast.speaker_of(parse.doc[noun])
    appositive = tree.kid(head, "appos")
    return None if appositive is None or tree.pos[appositive] != "PROPN" else cast.speaker_of(parse.doc[appositive])


def _about(parse: Parse, cast: Cast, tree: Tree, finding: Finding) -> tuple[str, ...]:
    """Codes of the states that the parts mention by name."""
    codes: set[str] = set()
    for start, end in finding.parts:
        for mention in cast.within(parse.doc[tree.token_from(start) : tree.token_from(end)]):
            if mention.kind in _NAMING:
                codes.update(code for id in mention.actors if (code := _code_of(cast.actor(id))))
    return tuple(sorted(codes))


def _code_of(actor: Actor) -> str | None:
    return actor.country if actor.kind is ActorKind.STATE else None


#: Kinds of mention that name a state, rather than somebody who comes from it.
_NAMING = frozenset(("name", "metonym", "demonym", "place", "pair"))
