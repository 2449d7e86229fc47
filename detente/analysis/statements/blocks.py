"""Block quotations without marks: paragraphs that “writes Ito in an essay for the Tribune:” introduces."""

from __future__ import annotations

from detente.analysis.lexicon.cues import cue_words
from detente.analysis.statements.findings import Finding
from detente.analysis.statements.speakers import speaker_of_verb
from detente.analysis.statements.trees import Tree
from detente.contracts import StatementKind

#: A block longer than this would be the article itself: where nothing ends it earlier, only its first paragraph is sure.
_MAX_PARAGRAPHS = 4
#: The introduction is one sentence: its cue stands this near to the colon.
_REACH = 60
_MIN_WORDS = 8


def find_blocks(tree: Tree, findings: list[Finding]) -> list[Finding]:
    """One finding for each block, with a part for each of its paragraphs."""
    busy = {tree.paragraph_at[finding.cue] for finding in findings if finding.cue is not None}
    quoted = {quotation.paragraph for quotation in tree.quotations}
    found: list[Finding] = []
    for number in range(len(tree.paragraphs) - 1):
        cue = _introduction(tree, number)
        if cue is None or _opens_quoted(tree, number + 1):
            continue
        speaker = speaker_of_verb(tree, cue)
        if speaker is None:
            continue
        last = _last_paragraph(tree, number + 1, busy | quoted, tree.words[speaker])
        parts = [(tree.paragraphs[k].start, tree.paragraphs[k].end) for k in range(number + 1, last + 1)]
        if tree.text.count(" ", *parts[0]) >= _MIN_WORDS:
            found.append(Finding(parts, "block", cue, speaker, StatementKind.DIRECT))
    return found


def _introduction(tree: Tree, number: int) -> int | None:
    """The cue of a paragraph that ends in a colon."""
    paragraph = tree.paragraphs[number]
    if tree.text[paragraph.end - 1] != ":":
        return None
    colon = tree.token_at(paragraph.end - 1)
    for i in range(colon, max(tree.sentence[colon], colon - _REACH) - 1, -1):
        if tree.quoted[i] < 0 and tree.pos[i] == "VERB" and tree.lemmas[i] in cue_words("introducing"):
            return i
    return None


def _opens_quoted(tree: Tree, number: int) -> bool:
    start = tree.paragraphs[number].start
    return not tree.text[start].isalnum()


def _last_paragraph(tree: Tree, first: int, busy: set[int], speaker: str) -> int:
    """The paragraph before the one in which the article speaks again: it names the speaker, quotes, or introduces."""
    for number in range(first + 1, min(first + _MAX_PARAGRAPHS, len(tree.paragraphs))):
        paragraph = tree.paragraphs[number]
        text = tree.text[paragraph.start : paragraph.end]
        if number in busy or text.endswith(":") or speaker in text.lower().split():
            return number - 1
    return first
