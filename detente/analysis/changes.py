"""What changed between two readings of one article."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from detente.contracts import Event, Reading, Span, Statement, Tie
from detente.contracts.rereadings import Change, ChangeKind

Finding = Statement | Event | Tie

#: Names within a reading, and the names of rules, say nothing about the article.
_NAMES = frozenset({"id", "rule", "source_actor", "target_actor", "attributed_to", "holder"})


def find_changes(before: Reading, after: Reading) -> tuple[Change, ...]:
    """Findings that came, went, or are told differently.

    A finding is the same one where it is about the same (the same states for events and ties) and its words overlap.
    """
    return tuple(
        change for noun, about in _NOUNS.items() for change in _changes(noun, getattr(before, noun), getattr(after, noun), about)
    )


def _changes(noun: str, old: Sequence[Finding], new: Sequence[Finding], about: Callable[[Any], Any]) -> Iterator[Change]:
    left = list(new)
    for one in old:
        same = next((other for other in left if about(one) == about(other) and _overlap(one, other)), None)
        if same is None:
            yield Change(kind=ChangeKind.GONE, noun=noun, before=_plain(one))
            continue
        left.remove(same)
        if _facts(one) != _facts(same):
            yield Change(kind=ChangeKind.ALTERED, noun=noun, before=_plain(one), after=_plain(same))
    for other in left:
        yield Change(kind=ChangeKind.ADDED, noun=noun, after=_plain(other))


def _overlap(one: Finding, other: Finding) -> bool:
    return any(
        a.field == b.field and a.start < b.end and b.start < a.end for a in _spans(one) for b in _spans(other)
    )  # fmt: skip


def _spans(finding: Finding) -> tuple[Span, ...]:
    return finding.parts if isinstance(finding, Statement) else finding.spans


def _facts(finding: Finding) -> dict[str, Any]:
    """What it says, without the names that only its reading knows."""
    facts = {name: value for name, value in _plain(finding).items() if name not in _NAMES}
    if speaker := facts.get("speaker"):
        facts["speaker"] = {name: value for name, value in speaker.items() if name != "actor"}
    return facts


def _plain(finding: Finding) -> dict[str, Any]:
    return finding.model_dump(mode="json", by_alias=True)


_NOUNS: dict[str, Callable[[Any], Any]] = {
    "statements": lambda statement: None,
    "events": lambda event: (event.source, event.target),
    "ties": lambda tie: tie.pair,
}
