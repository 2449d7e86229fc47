"""A dossier in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from detente.cli.views import STATUS_STYLES, TIE_ARROWS
from detente.contracts.dossiers import Dossier, DossierEvent, DossierStatement, DossierTie
from detente.dossiers.groups import by_name
from detente.dossiers.trends import weekly_intensities

T = TypeVar("T")

#: Findings of a sort that fit a screen; `--json` and `--html` have all.
SHOWN = 15
#: Characters of a bar.
BAR = 24


def dossier_view(dossier: Dossier) -> RenderableType:
    """The pair's facts, its weeks as bars, its turning points, and its latest findings with their sentences."""
    weeks = list(reversed(dossier.weeks))
    facts = [f"{dossier.since} to {dossier.until}", f"{dossier.articles} articles", f"{dossier.stories} stories"]
    facts += [f"{number} {status}" for status, number in dossier.statuses.items()]
    lines = [" · ".join(facts), " · ".join(f"{plover} {number}" for plover, number in dossier.types.items())]
    return Group(
        Text.assemble((" – ".join(dossier.pair), "bold"), ("\n" + "\n".join(line for line in lines if line), "dim")),
        Text("\nIntensity by week (acts that happened, on Goldstein's scale)", style="bold underline"),
        *_bars(dossier),
        *(Text(f"  turn in the week of {turn.week}: from {turn.before:+.1f} to {turn.after:+.1f} a week", style="yellow")
          for turn in dossier.turning_points),
        *_section("Events", [event for week in weeks for event in reversed(week.events)], _event),
        *_named("Assessments", [tie for week in weeks for tie in reversed(week.ties)], _holder, _tie),
        *_named("Statements", [said for week in weeks for said in reversed(week.statements)], _speaker, _statement),
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


def _named(name: str, found: Sequence[T], who: Callable[[T], str], show: Callable[[T], RenderableType]) -> Iterator[Any]:
    """By who holds or says it, whoever has most first."""
    yield Text(f"\n{name} ({len(found)})", style="bold underline")
    shown = 0
    for named, theirs in by_name(found, who):
        if shown < SHOWN:
            yield Text.assemble("  ", (named, "bold"), (f"  {len(theirs)}", "dim"))
            for one in theirs[: SHOWN - shown]:
                yield show(one)
            shown += len(theirs)
    if len(found) > SHOWN:
        yield Text(f"  … and {len(found) - SHOWN} more: see --html or --json", style="dim")


def _holder(tie: DossierTie) -> str:
    return " · ".join(fact for fact in (tie.holder or "the articles' own", tie.holder_country) if fact)


def _speaker(said: DossierStatement) -> str:
    return said.speaker or "somebody"


def _event(event: DossierEvent) -> RenderableType:
    line = Text.assemble(f"  {event.day}  ", (f"{event.source} → {event.target}", "bold"), f"  {event.plover} ")
    line.append(event.status, style=STATUS_STYLES[event.status])
    notes = [f"{event.intensity:+.1f}", f"claimed by {event.attributed_to}" if event.attributed_to else ""]
    return _with_evidence(line, notes, event)


def _tie(tie: DossierTie) -> RenderableType:
    line = Text.assemble(f"  {tie.day}  ", f"{TIE_ARROWS[tie.direction]} {tie.direction}")
    return _with_evidence(line, [], tie)


def _statement(said: DossierStatement) -> RenderableType:
    line = Text(f"  {said.day}")
    return _with_evidence(line, [said.role or "", said.country or "", f"in {said.outlet}" if said.outlet else ""], said)


def _with_evidence(line: Text, notes: Iterable[str], finding: DossierEvent | DossierTie | DossierStatement) -> RenderableType:
    sources = [f"{finding.sources} articles"] if finding.sources > 1 else []
    line.append("  " + " · ".join([*(note for note in notes if note), *sources]), style="dim")
    first = finding.evidence[0]
    words = " … ".join(span.text for span in first.spans).replace("\n", " ")
    source = f"{first.outlet}, " if first.outlet else ""
    place = f"  [{source}{first.article_id} {first.spans[0].start}–{first.spans[0].end}]"
    return Group(line, Padding(Text.assemble(words, (place, "dim")), (0, 0, 0, 4)))
