"""The weeks of a dossier as a chart, and as a table for whoever cannot see it."""

from __future__ import annotations

from html import escape

from detente.contracts.dossiers import Dossier, DossierWeek
from detente.dossiers.trends import weekly_intensities

#: The chart's size in its own units; the browser scales it.
WIDTH, HEIGHT = 960, 180
#: Room above and below the highest bars.
MARGIN = 12
#: Days that are written below, at most: more do not fit a telephone.
MOST_DAYS = 5


def chart(dossier: Dossier) -> str:
    """Cooperation above the line and conflict below it, week by week; a dashed line where the level turned."""
    days = [day for day, _ in weekly_intensities(dossier.weeks)]
    if not days:
        return "<p class=facts>Nothing was found.</p>"
    top = max([1.0, *(max(week.cooperation, -week.conflict) for week in dossier.weeks)])
    step, middle = WIDTH / len(days), HEIGHT / 2
    known = {week.week: week for week in dossier.weeks}
    turns = {turn.week for turn in dossier.turning_points}
    parts = [f"<line class=axis x1=0 x2={WIDTH} y1={middle} y2={middle} />"]
    for number, day in enumerate(days):
        left = number * step
        if day in known:
            parts.append(_bars(known[day], left=left, step=step, scale=(middle - MARGIN) / top))
        if day in turns:
            parts.append(f"<line class=turn x1={left:.1f} x2={left:.1f} y1=0 y2={HEIGHT}><title>turning point</title></line>")
    label = f"weekly intensity from {days[0]} to {days[-1]}: cooperation above the line, conflict below it, at most {top:.1f}"
    legend = "<i class=up></i>cooperation <i class=down></i>conflict" + (" <i class=turn></i>turning point" if turns else "")
    view = f'viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio=none role=img aria-label="{escape(label)}"'
    scale = f"<span>{signed(top)}</span><span>0</span><span>{signed(-top)}</span>"
    # As many as fit, and always the first and the last.
    every = max(1, -(-(len(days) - 1) // (MOST_DAYS - 1)))
    shown = "".join(f"<span>{day}</span>" for day in [*days[:-1][::every], days[-1]][:MOST_DAYS])
    plot = f"<div class=plot><div class=scale aria-hidden=true>{scale}</div><svg {view}>{''.join(parts)}</svg></div>"
    heading = f"<h2>Intensity by week</h2><p class=legend>{legend} · the sum of what happened, on Goldstein's scale</p>"
    return f"{heading}{plot}<p class=span>{shown}</p>{_table(dossier)}"


def signed(number: float) -> str:
    """With its sign, and a minus that is as wide as a plus."""
    return f"{number:+.1f}".replace("-", "−")


def _bars(week: DossierWeek, *, left: float, step: float, scale: float) -> str:
    middle, wide = HEIGHT / 2, max(step - 2, 1)
    title = f"<title>week of {week.week}: cooperation {signed(week.cooperation)}, conflict {signed(week.conflict)}</title>"
    up, down = week.cooperation * scale, -week.conflict * scale
    return "".join(
        f"<rect class={name} x={left:.1f} y={y:.1f} width={wide:.1f} height={high:.1f}>{title}</rect>"
        for name, y, high in (("up", middle - up, up), ("down", middle, down)) if high
    )  # fmt: skip


def _table(dossier: Dossier) -> str:
    heads = "".join(f"<th scope=col>{name}</th>" for name in ("week of", "cooperation", "conflict", "net", "events"))
    rows = "".join(
        f"<tr><th scope=row>{_linked(week)}</th><td>{signed(week.cooperation)}</td><td>{signed(week.conflict)}</td>"
        f"<td>{signed(week.cooperation + week.conflict)}</td><td>{len(week.events)}</td></tr>"
        for week in reversed(dossier.weeks)
    )
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return f"<details><summary>The weeks as a table</summary>{table}</details>"


def _linked(week: DossierWeek) -> str:
    return f"<a href=#w{week.week}>{week.week}</a>" if week.events else str(week.week)
