"""From words to characters: the stretches of a report, stretched over the quotations that they touch."""

from __future__ import annotations

from detente.analysis.statements.findings import Finding
from detente.analysis.statements.reports import Report
from detente.analysis.statements.trees import Tree
from detente.contracts import StatementKind

_TRIM_START = " \t\r\n\xa0,;:—–-"
_TRIM_END = _TRIM_START + "."


def finding_of(tree: Tree, report: Report) -> Finding | None:
    """A report with its parts as character ranges; none where nothing is left of them."""
    finding = Finding([], report.frame, report.cue, report.speaker)
    for first, last in report.parts:
        part = _part(tree, first, last, finding)
        if part is not None:
            finding.parts.append(part)
    if not finding.parts:
        return None
    quoted = sum(tree.quotations[number].end - tree.quotations[number].start for number in finding.quotations)
    if quoted:
        whole = sum(end - start for start, end in finding.parts)
        finding.kind = StatementKind.DIRECT if quoted >= whole - 2 else StatementKind.MIXED
    return finding


def _part(tree: Tree, first: int, last: int, finding: Finding) -> tuple[int, int] | None:
    if tree.words[first] == "that" and tree.tags[first] == "IN" and first < last:
        first += 1
    paragraph = tree.paragraphs[tree.paragraph_at[first]]
    if tree.paragraph_at[last] != tree.paragraph_at[first]:
        last = tree.token_from(paragraph.end) - 1
    if first > last:
        return None
    numbers = tree.quotations_between(first, last)
    finding.quotations.extend(numbers)
    start, end = tree.start[first], min(tree.end[last], paragraph.end)
    for number in numbers:
        start, end = min(start, tree.quotations[number].opens), max(end, tree.quotations[number].closes)
    while start < end and tree.text[start] in _TRIM_START:
        start += 1
    while end > start and tree.text[end - 1] in _TRIM_END:
        end -= 1
    if len(numbers) == 1 and tree.quotations[numbers[0]].opens <= start and end <= tree.quotations[numbers[0]].closes:
        start, end = tree.quotations[numbers[0]].start, tree.quotations[numbers[0]].end
    return (start, end) if end > start else None
