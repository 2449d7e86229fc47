"""Who said what."""

from __future__ import annotations

from detente.analysis.actors import Cast
from detente.analysis.lexicon.cues import load_cues
from detente.analysis.parses import Parse
from detente.analysis.statements.assemblies import assemble
from detente.analysis.statements.blocks import find_blocks
from detente.analysis.statements.findings import Finding
from detente.analysis.statements.outlets import is_outlet, name_of_outlet, place_outlets
from detente.analysis.statements.quotes import attribute_quotations
from detente.analysis.statements.reports import Report, find_reports
from detente.analysis.statements.trees import Tree
from detente.contracts import Statement, StatementKind


def find_statements(parse: Parse, cast: Cast) -> tuple[Statement, ...]:
    """The statements of an article, in order of the text."""
    if not len(parse.doc):
        return ()
    tree = Tree(parse.doc, parse.article.text)
    cues = load_cues()
    findings = [_finding(tree, report) for report in find_reports(tree, cues)]
    findings = _outermost(parse, cast, tree, [finding for finding in findings if finding.parts])
    findings += attribute_quotations(tree, cues, findings)
    findings = _with_blocks(tree, findings, find_blocks(tree, cues, findings))
    place_outlets(parse, cast, tree, findings)
    return assemble(parse, cast, tree, findings)


def _with_blocks(tree: Tree, findings: list[Finding], blocks: list[Finding]) -> list[Finding]:
    """Blocks take the place of what was found inside them."""
    inside = {
        tree.paragraph_at[i] for block in blocks for start, end in block.parts for i in (tree.token_at(start), tree.token_at(end - 1))
    }
    kept = [finding for finding in findings if tree.paragraph_at[tree.token_at(finding.start)] not in inside]
    return kept + blocks


def _outermost(parse: Parse, cast: Cast, tree: Tree, findings: list[Finding]) -> list[Finding]:
    """Drop what is reported inside another report: its words are the outer speaker's. What an outlet reports keeps its own speaker.

    Each word is claimed by the longest part around it, so that the pass is linear in the length of all parts.
    """
    around: dict[int, Finding] = {}
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda finding: finding.start - finding.end):
        outer = around.get(finding.cue) if finding.cue is not None else None
        if outer is not None:
            if outer.outlet is None or finding.rule != "that":
                continue
            finding.outlet = outer.outlet
        elif finding.rule in ("aside", "according") and finding.speaker is not None and is_outlet(parse, cast, tree, finding.speaker):
            finding.outlet = name_of_outlet(tree, finding.speaker)
        kept.append(finding)
        for start, end in finding.parts:
            for i in range(tree.token_at(start), tree.token_from(end)):
                around.setdefault(i, finding)
    return kept


def _finding(tree: Tree, report: Report) -> Finding:
    """A report with its parts stretched over the quotations that they touch."""
    finding = Finding([], report.frame, report.cue, report.speaker)
    for first, last in report.parts:
        part = _stretch(tree, first, last, finding)
        if part is not None:
            finding.parts.append(part)
    quoted = sum(tree.quotations[number].end - tree.quotations[number].start for number in finding.quotations)
    whole = sum(end - start for start, end in finding.parts)
    if quoted:
        finding.kind = StatementKind.DIRECT if quoted >= whole - 2 else StatementKind.MIXED
    return finding


def _stretch(tree: Tree, first: int, last: int, finding: Finding) -> tuple[int, int] | None:
    text = tree.text
    paragraph = tree.paragraphs[tree.paragraph_at[first]] if tree.paragraphs else None
    if paragraph is None:
        return None
    if tree.words[first] == "that" and tree.tags[first] != "DT" and first < last:
        first += 1
    if tree.paragraph_at[last] != tree.paragraph_at[first]:
        last = tree.token_from(paragraph.end) - 1
    if first > last:
        return None
    start, end = tree.start[first], min(tree.end[last], paragraph.end)
    touched = []
    for i in (first, last):
        if tree.quoted[i] >= 0:
            quotation = tree.quotations[tree.quoted[i]]
            start, end = min(start, quotation.opens), max(end, quotation.closes)
    while start < end and text[start] in " \t\n ,;:—–-":
        start += 1
    while end > start and text[end - 1] in " \t\n ,;:—–-.":
        end -= 1
    numbers = sorted({tree.quoted[i] for i in range(first, last + 1) if tree.quoted[i] >= 0})
    finding.quotations.extend(numbers)
    if len(numbers) == 1:
        quotation = tree.quotations[numbers[0]]
        if quotation.opens <= start and end <= quotation.closes:
            start, end = quotation.start, quotation.end
    return (start, end) if end > start else None
