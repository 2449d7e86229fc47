"""What reading again has changed, in the terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from detente.contracts.rereadings import Change, ChangeKind, Rereading

_SIGNS = {ChangeKind.ADDED: ("+", "green"), ChangeKind.GONE: ("−", "red"), ChangeKind.ALTERED: ("~", "yellow")}

VERDICTS = {"accept": "accepted", "reject": "rejected"}


def rereading_view(rereading: Rereading) -> RenderableType:
    """The article, the two versions of the reader, and a line for each finding that changed."""
    before, after = rereading.reader_before.version, rereading.reader_after.version
    head = Text.assemble((rereading.article_id, "bold"), (f"  {before} → {after}, {rereading.reread_at:%Y-%m-%d}", "dim"))
    return Group(head, *(_change(change) for change in rereading.changes))


def _change(change: Change) -> Text:
    sign, style = _SIGNS[change.kind]
    finding = change.after or change.before or {}
    spans = finding.get("spans") or finding.get("parts") or [{"text": ""}]
    facts = [finding.get(name) for name in ("source", "target", "plover", "status", "direction", "kind")]
    words = " ".join(str(fact) for fact in facts if fact)
    said = "".join(f"  {VERDICTS.get(one.verdict, 'noted')} by {one.reviewed_by}" for one in change.reviews)
    noun = change.noun.removesuffix("s")
    return Text.assemble((f"  {sign} {noun:10}", style), f"{words}  ", (spans[0]["text"], "dim"), (said, "bold"))
