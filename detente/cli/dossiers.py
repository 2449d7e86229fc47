"""A dossier in the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from detente.cli.views import STATUS_STYLES, TIE_ARROWS
from detente.contracts.dossiers import Dossier, DossierEvent, DossierStatement, DossierTie, Evidence
from detente.dossiers.trends import weekly_intensities

#: Findings of a sort that fit a screen; `--json` and `--html` have all.
SHOWN = 15
#: Characters of a bar.
BAR = 24


def dossier_view(dossier: Dossier) -> RenderableType:
    """The pair's facts, its weeks as bars, its turning points, and its latest findings with their sentences."""
    weeks = list(reversed(dossier.weeks))
    facts = [f"{dossier.since} to {dossier.until}", f"{dossier.articles} articles", f"{dossier.stories} stories"]
    facts += [f"{number} {status}" for status, number in dossier.statuses.items()]
    return Group(
        Text.assemble((" – ".join(dossier.pair), "bold"), ("\n" + " · ".join(facts), "dim")),
        Text("\nIntensity by week (acts that happened, on Goldstein's scale)", style="bold underline"),
        *_bars(dossier),
        *(Text(f"  turn in the week of {turn.week}: from {turn.before:+.1f} to {turn.after:+.1f} a week", style="yellow")
          for turn in dossier.turning_points),
        *_section("Events", [event for week in weeks for event in reversed(week.events)], _event),
        *_section("Assessments", [tie for week in weeks for tie in reversed(week.ties)], _tie),
        *_section("Statements", [said for week in weeks for said in reversed(week.statements)], _statement),
    )  # fmt: skip


def _bars(dossier: Dossier) -> Iterator[RenderableType]:
    known = {week.week: week for week in dossier.weeks}
    top = max([1.0, *(max(week.cooperation, -week.conflict) for week in dossier.weeks)])
    for day, net in weekly_intensities(dossier.weeks):
        if week := known.get(day):
            up, down = (round(BAR * value / top) for value in (week.cooperation, -week.conflict))
            bar = Text.assemble((" " * (BAR - down) + "█" * down, "red"), ("│", "dim"), ("█" * up + " " * (BAR - up), "blue"))
            yield Text.assemble(f"  {day} ", bar, f" {net:+6.1f}")
    if not dossier.weeks:
        yield Text("  nothing was found", style="dim")


def _section(name: str, found: Sequence[object], show: object) -> Iterable[RenderableType]:
    yield Text(f"\n{name} ({len(found)})", style="bold underline")
    for one in found[:SHOWN]:
        yield show(one)  # type: ignore[operator]
    if len(found) > SHOWN:
        yield Text(f"  … and {len(found) - SHOWN} more: see --html or --json", style="dim")


def _event(event: DossierEvent) -> RenderableType:
    line = Text.assemble(f"  {event.day}  ", (f"{event.source} → {event.target}", "bold"), f"  {event.plover} ")
    line.append(event.status, style=STATUS_STYLES[event.status])
    notes = [f"{event.intensity:+.1f}", f"claimed by {event.attributed_to}" if event.attributed_to else ""]
    return _with_evidence(line, notes, event.evidence)


def _tie(tie: DossierTie) -> RenderableType:
    line = Text.assemble(f"  {tie.day}  ", (f"{TIE_ARROWS[tie.direction]} {tie.direction}", "bold"))
    return _with_evidence(line, [f"according to {tie.holder or 'the article'}"], tie.evidence)


def _statement(said: DossierStatement) -> RenderableType:
    line = Text.assemble(f"  {said.day}  ", (said.speaker or "somebody", "bold"))
    notes = [said.role or "", said.country or "", f"in {said.outlet}" if said.outlet else ""]
    return _with_evidence(line, notes, said.evidence)


def _with_evidence(line: Text, notes: Iterable[str], evidence: tuple[Evidence, ...]) -> RenderableType:
    sources = [f"{len(evidence)} articles"] if len(evidence) > 1 else []
    line.append("  " + " · ".join([*(note for note in notes if note), *sources]), style="dim")
    first = evidence[0]
    words = " … ".join(span.text for span in first.spans).replace("\n", " ")
    place = f"  [{first.article_id} {first.spans[0].start}–{first.spans[0].end}]"
    return Group(line, Text.assemble("    ", words, (place, "dim")))
