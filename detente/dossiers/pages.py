"""A dossier as one HTML page that needs nothing else: no script, no font, no image from elsewhere.

Every finding opens to its sentence, with the finding marked, its place in the article's text, and a link to the article
that scrolls to it (a URL with a text fragment). All words come from articles, so all are escaped.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from importlib.resources import files
from urllib.parse import quote, urlsplit

from detente.contracts.dossiers import Dossier, DossierEvent, DossierStatement, DossierTie, DossierWeek, Evidence
from detente.dossiers.trends import weekly_intensities

#: The chart's size in its own units; the browser scales it.
WIDTH, HEIGHT = 960, 180
#: Words of a finding that a text fragment quotes; longer ones break where the page differs by a character.
FRAGMENT_WORDS = 8


def dossier_page(dossier: Dossier) -> str:
    """The page, as a whole document."""
    pair = " – ".join(dossier.pair)
    events = [event for week in reversed(dossier.weeks) for event in reversed(week.events)]
    ties = [tie for week in reversed(dossier.weeks) for tie in reversed(week.ties)]
    statements = [said for week in reversed(dossier.weeks) for said in reversed(week.statements)]
    body = [
        f"<h1>{escape(pair)}</h1>", _summary(dossier), _chart(dossier), _turns(dossier),
        _section("Events", map(_event, events)), _section("Assessments", map(_tie, ties)),
        _section("Statements", map(_statement, statements)),
        f"<footer>built by detente, {dossier.refreshed_at:%Y-%m-%d %H:%M} UTC</footer>",
    ]  # fmt: skip
    style = (files("detente.dossiers") / "page.css").read_text(encoding="utf-8")
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(pair)}</title>'
    return f'<!doctype html>\n<html lang="en"><head>{head}<style>{style}</style></head>\n<body>{"".join(body)}</body></html>\n'


def _summary(dossier: Dossier) -> str:
    facts = [f"{dossier.since} to {dossier.until}", f"{dossier.articles} articles", f"{dossier.stories} stories"]
    facts += [f"{number} {status}" for status, number in dossier.statuses.items()]
    types = " · ".join(f"{plover} {number}" for plover, number in dossier.types.items())
    return f"<p class=facts>{escape(' · '.join(facts))}</p>" + (f"<p class=facts>{escape(types)}</p>" if types else "")


def _chart(dossier: Dossier) -> str:
    """Cooperation above the line and conflict below it, week by week; a dashed line where the level turned."""
    days = [day for day, _ in weekly_intensities(dossier.weeks)]
    if not days:
        return "<p class=facts>nothing was found</p>"
    weeks = {week.week: week for week in dossier.weeks}
    top = max([week.cooperation for week in dossier.weeks] + [-week.conflict for week in dossier.weeks] + [1.0])
    step, middle = WIDTH / len(days), HEIGHT / 2
    scale = (middle - 12) / top
    parts = [f"<line class=axis x1=0 x2={WIDTH} y1={middle} y2={middle} />"]
    for number, day in enumerate(days):
        week, left = weeks.get(day, DossierWeek(week=day)), number * step
        title = f"<title>week of {day}: {week.cooperation:+.1f} {week.conflict:+.1f}</title>"
        for name, value, y in (("up", week.cooperation, middle - week.cooperation * scale), ("down", -week.conflict, middle)):
            if value:
                box = f"x={left:.1f} y={y:.1f} width={max(step - 2, 1):.1f} height={value * scale:.1f}"
                parts.append(f"<rect class={name} rx=2 {box}>{title}</rect>")
        if any(turn.week == day for turn in dossier.turning_points):
            parts.append(f"<line class=turn x1={left:.1f} x2={left:.1f} y1=0 y2={HEIGHT}><title>turn</title></line>")
    label = f"weekly intensity from {days[0]} to {days[-1]}: cooperation above the line, conflict below it"
    legend = "<p class=legend><i class=up></i>cooperation <i class=down></i>conflict, by week, sum of Goldstein's scale</p>"
    svg = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role=img aria-label="{escape(label)}">{"".join(parts)}</svg>'
    return f"{legend}{svg}<p class=span><span>{days[0]}</span><span>{days[-1]}</span></p>"


def _turns(dossier: Dossier) -> str:
    rows = (
        f"<li>week of {turn.week}: from {turn.before:+.1f} to {turn.after:+.1f} a week</li>" for turn in dossier.turning_points
    )
    found = "".join(rows)
    return f"<h2>Turning points</h2><ul>{found}</ul>" if found else ""


def _section(name: str, entries: Iterable[str]) -> str:
    found = list(entries)
    return f"<h2>{name} <small>{len(found)}</small></h2>" + ("".join(found) or "<p class=facts>none found</p>")


def _event(event: DossierEvent) -> str:
    head = f"<b>{escape(event.source)} → {escape(event.target)}</b> {event.plover} <em class={event.status}>{event.status}</em>"
    notes = [f"{event.intensity:+.1f}", f"claimed by {event.attributed_to}" if event.attributed_to else ""]
    return _entry(f"{event.day}", head, notes, event.evidence)


def _tie(tie: DossierTie) -> str:
    arrows = {"warming": "↗", "cooling": "↘", "steady": "→"}
    holder = tie.holder or "the article"
    head = f"<b>{arrows[tie.direction]} {tie.direction}</b> according to {escape(holder)}"
    return _entry(f"{tie.day}", head, [tie.holder_country or ""], tie.evidence)


def _statement(said: DossierStatement) -> str:
    head = f"<b>{escape(said.speaker or 'somebody')}</b>"
    notes = [said.role or "", said.country or "", f"in {said.outlet}" if said.outlet else ""]
    return _entry(f"{said.day}", head, notes, said.evidence, words=said.text)


def _entry(day: str, head: str, notes: Iterable[str], evidence: tuple[Evidence, ...], *, words: str = "") -> str:
    said = f" · {escape(' · '.join(note for note in notes if note))}" if any(notes) else ""
    number = f" · {len(evidence)} articles" if len(evidence) > 1 else ""
    quote_ = f"<q>{escape(words)}</q>" if words else ""
    shown = "".join(map(_evidence, evidence))
    return f"<details><summary><time>{day}</time> {head}<small>{said}{number}</small>{quote_}</summary>{shown}</details>"


def _evidence(evidence: Evidence) -> str:
    marked = " … ".join(f"<mark>{escape(span.text)}</mark>" for span in evidence.spans)
    places = ", ".join(f"{'title ' if span.field == 'title' else ''}{span.start}–{span.end}" for span in evidence.spans)
    source = " · ".join(escape(str(fact)) for fact in (evidence.title, evidence.outlet) if fact) or escape(evidence.article_id)
    if evidence.published_at:
        source += f" · {evidence.published_at:%Y-%m-%d}"
    if link := text_link(evidence):
        source = f'<a rel="noopener noreferrer" href="{escape(link)}">{source}</a>'
    words = f"{escape(evidence.prefix)}{marked}{escape(evidence.suffix)}"
    return f'<blockquote>{words}<cite>{source} <span title="characters of the clean text">[{places}]</span></cite></blockquote>'


def text_link(evidence: Evidence) -> str | None:
    """The article's URL with a text fragment for the finding's first words; None where it has no web address."""
    if not evidence.url or urlsplit(evidence.url).scheme not in ("http", "https"):
        return None
    first = " ".join(evidence.spans[0].text.split()[:FRAGMENT_WORDS])
    # In a text fragment, a hyphen and a comma have meanings of their own.
    fragment = quote(first, safe="").replace("-", "%2D")
    return f"{evidence.url.partition('#')[0]}#:~:text={fragment}"
