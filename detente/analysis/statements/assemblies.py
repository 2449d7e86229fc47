"""From findings to statements: parts without outer marks, speaker, kind and the states that the words name."""

from __future__ import annotations

from detente.analysis.actors import Cast
from detente.analysis.parses import Parse
from detente.analysis.statements.findings import Finding
from detente.analysis.statements.speakers import phrase_around
from detente.analysis.statements.trees import Tree
from detente.contracts import Speaker, Statement


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
        about=_about(parse, cast, finding),
        rule=finding.rule,
    )


def _speaker(parse: Parse, cast: Cast, tree: Tree, finding: Finding) -> Speaker | None:
    if finding.speaker is None:
        return None
    first, last = phrase_around(tree, finding.speaker)
    span = parse.cut(tree.start[first], tree.end[last])
    actor = cast.speaker_of(parse.doc[finding.speaker])
    if actor is not None:
        return Speaker(actor=actor.id, name=actor.name, named=True, span=span)
    return Speaker(name=span.text, named=False, span=span)


def _about(parse: Parse, cast: Cast, finding: Finding) -> tuple[str, ...]:
    return ()
