"""Transcripts: paragraphs that begin with the name of who speaks, in capitals, and a colon."""

from __future__ import annotations

import re

from detente.analysis.statements.findings import Finding
from detente.analysis.statements.trees import Tree
from detente.contracts import StatementKind

_LABEL = re.compile(r"([A-Z][A-Z.'’-]+(?: [A-Z][A-Z.'’-]*){0,4}):\s+(?=\S)")
#: One such paragraph may be a heading; two speakers in turn are a transcript.
_MIN_TURNS = 2


def find_turns(tree: Tree) -> list[Finding]:
    """One finding for each paragraph of a transcript."""
    labels = [(paragraph, _LABEL.match(tree.text, paragraph.start, paragraph.end)) for paragraph in tree.paragraphs]
    turns = [(paragraph, label) for paragraph, label in labels if label is not None]
    if len(turns) < _MIN_TURNS or len({label[1] for _, label in turns}) < _MIN_TURNS:
        return []
    return [
        Finding([(label.end(), paragraph.end)], "turn", None, tree.token_at(label.end(1) - 1), StatementKind.DIRECT)
        for paragraph, label in turns
    ]
