"""Who said what."""

from __future__ import annotations

from detente.analysis.actors import Cast
from detente.analysis.lexicon.cues import load_cues
from detente.analysis.parses import Parse
from detente.analysis.statements.assemblies import assemble
from detente.analysis.statements.blocks import find_blocks
from detente.analysis.statements.findings import Finding
from detente.analysis.statements.outlets import outlet_at, place_outlets
from detente.analysis.statements.parts import finding_of
from detente.analysis.statements.quotes import attribute_quotations
from detente.analysis.statements.reports import find_reports
from detente.analysis.statements.transcripts import find_turns
from detente.analysis.statements.trees import Tree
from detente.contracts import Statement


def find_statements(parse: Parse, cast: Cast) -> tuple[Statement, ...]:
    """The statements of an article, in order of the text."""
    tree = Tree(parse.doc, parse.article.text)
    if not tree.paragraphs:
        return ()
    cues = load_cues()
    reported = (finding_of(tree, report) for report in find_reports(tree, cues))
    findings = _outermost(parse, cast, tree, [finding for finding in reported if finding is not None])
    findings += attribute_quotations(tree, cues, findings)
    findings = _with_blocks(tree, findings, find_blocks(tree, findings) + find_turns(tree))
    place_outlets(parse, cast, tree, findings)
    return assemble(parse, cast, tree, findings)


def _with_blocks(tree: Tree, findings: list[Finding], blocks: list[Finding]) -> list[Finding]:
    """Blocks, and turns of a transcript, take the place of what was found inside them."""
    inside = {tree.paragraph_at[tree.token_at(start)] for block in blocks for start, _ in block.parts}
    kept = [finding for finding in findings if tree.paragraph_at[tree.token_at(finding.start)] not in inside]
    return kept + blocks


def _outermost(parse: Parse, cast: Cast, tree: Tree, findings: list[Finding]) -> list[Finding]:
    """Drop what is reported inside another report: its words are the outer speaker's.

    Only where the outer speaker is an outlet, what it reports that others said stays theirs. Each word is claimed by the
    longest part around it, so that the pass is linear in the length of all parts.
    """
    around: dict[int, Finding] = {}
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda finding: finding.start - finding.end):
        outer = around.get(finding.cue) if finding.cue is not None else None
        if outer is not None:
            if outer.outlet is None or finding.rule != "that":
                continue
            finding.outlet = outer.outlet
        elif finding.rule in ("aside", "according"):
            finding.outlet = outlet_at(parse, cast, tree, finding.speaker)
        kept.append(finding)
        for start, end in finding.parts:
            for i in range(tree.token_at(start), tree.token_from(end)):
                around.setdefault(i, finding)
    return kept
