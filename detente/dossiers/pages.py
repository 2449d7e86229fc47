"""A dossier as one HTML page that needs nothing else: no script, no font, no image from elsewhere.

Every finding shows its sentence with the finding marked, its place in the article's text, and a link to the article that
scrolls to it (a URL with a text fragment). All words come from articles, so all are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from html import escape
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlsplit

from detente.contracts.dossiers import Dossier, DossierEvent, DossierStatement, DossierTie, DossierWeek, Evidence
from detente.dossiers.charts import chart, signed
from detente.dossiers.groups import by_name
from detente.dossiers.weeks import CONTEXT_CHARS

#: Words of a finding that a text fragment quotes; longer ones break where the page differs by a character.
FRAGMENT_WORDS = 8

_SENTENCE_END = re.compile(r"[.!?][\"”’')\]]*\s+(?=[\"“‘'(\[]?[A-Z])|\n+")
_ARROWS = {"warming": "↗", "cooling": "↘", "steady": "→"}


def dossier_page(dossier: Dossier) -> str:
    """The page, as a whole document."""
    pair = " – ".join(dossier.pair)
    weeks = list(reversed(dossier.weeks))
    ties = [tie for week in weeks for tie in reversed(week.ties)]
    statements = [said for week in weeks for said in reversed(week.statements)]
    number = sum(len(week.events) for week in weeks)
    body = [
        f"<header><h1>{escape(pair)}</h1>{_summary(dossier)}{_contents(number, len(ties), len(statements))}</header><main>",
        chart(dossier), _turns(dossier), _counts(dossier),
        _section("Events", number, _by_week(weeks)),
        _section("Assessments", len(ties), _named(ties, lambda tie: tie.holder or "the articles' own", _tie)),
        _section("Statements", len(statements), _named(statements, lambda said: said.speaker or "somebody", _statement)),
        f"</main><footer>built by detente, {dossier.refreshed_at:%Y-%m-%d %H:%M} UTC</footer>",
    ]  # fmt: skip
    style = (files("detente.dossiers") / "page.css").read_text(encoding="utf-8")
    view = '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
    head = f'<meta charset="utf-8">{view}<title>{escape(pair)}: a dossier</title>'
    return f'<!doctype html>\n<html lang="en"><head>{head}<style>{style}</style></head>\n<body>{"".join(body)}</body></html>\n'


def _summary(dossier: Dossier) -> str:
    counts = f"{dossier.articles:,} articles · {dossier.stories:,} stories"
    return f"<p class=facts>Dossier from {dossier.since} to {dossier.until} · {counts}</p>"


def _contents(*numbers: int) -> str:
    names = ("Events", "Assessments", "Statements")
    links = (f"<a href=#{name.lower()}>{name} <b>{number:,}</b></a>" for name, number in zip(names, numbers, strict=True))
    return f"<nav aria-label=Contents>{''.join(links)}</nav>"


def _counts(dossier: Dossier) -> str:
    """Events by status, and those that count by type."""
    statuses = _table("by status", "status", [(f"<em class={name}>{name}</em>", n) for name, n in dossier.statuses.items()])
    types = _table("that happened or go on, by type", "type", [(escape(name), n) for name, n in dossier.types.items()])
    return f"<h2>Counts</h2><div class=counts>{statuses}{types}</div>" if statuses else ""


def _table(caption: str, name: str, rows: Sequence[tuple[str, int]]) -> str:
    if not rows:
        return ""
    lines = "".join(f"<tr><th scope=row>{cell}</th><td>{number:,}</td></tr>" for cell, number in rows)
    head = f"<thead><tr><th scope=col>{name}</th><th scope=col>events</th></tr></thead>"
    return f"<table><caption>Events {caption}</caption>{head}<tbody>{lines}</tbody></table>"


def _turns(dossier: Dossier) -> str:
    rows = (
        f"<li>Week of <a href=#w{turn.week}>{turn.week}</a>: from {signed(turn.before)} to {signed(turn.after)} a week</li>"
        for turn in dossier.turning_points
    )
    found = "".join(rows)
    return f"<h2>Turning points</h2><ul>{found}</ul>" if found else ""


def _section(name: str, number: int, body: str) -> str:
    return f"<h2 id={name.lower()}>{name} <small>{number:,}</small></h2>" + (body or "<p class=facts>none found</p>")


def _by_week(weeks: Iterable[DossierWeek]) -> str:
    return "".join(
        f"<h3 id=w{week.week}>Week of {week.week}</h3>" + "".join(map(_event, reversed(week.events)))
        for week in weeks if week.events
    )  # fmt: skip


def _named(found: Sequence[Any], name: Callable[[Any], str], show: Callable[[Any], str]) -> str:
    """The findings of each name, whoever has most first."""
    return "".join(
        f"<h3>{escape(who)} <small>{len(theirs)}</small></h3>" + "".join(map(show, theirs))
        for who, theirs in by_name(found, name)
    )


def _event(event: DossierEvent) -> str:
    head = f"<b>{escape(event.source)} → {escape(event.target)}</b> {event.plover} <em class={event.status}>{event.status}</em>"
    claimed = f"claimed by {event.attributed_to}" if event.attributed_to else ""
    return _entry(event, head, [signed(event.intensity), claimed])


def _tie(tie: DossierTie) -> str:
    return _entry(tie, f"<b>{_ARROWS[tie.direction]} {tie.direction}</b>", [tie.holder_country or ""])


def _statement(said: DossierStatement) -> str:
    return _entry(said, "", [said.role or "", said.country or "", f"in {said.outlet}" if said.outlet else ""])


def _entry(finding: DossierEvent | DossierTie | DossierStatement, head: str, notes: Iterable[str]) -> str:
    """A finding: what it is, its sentence in the first article that has it, and the other articles, folded."""
    first, *others = finding.evidence
    said = escape(" · ".join(note for note in notes if note))
    line = f"<p class=what><time datetime={finding.day}>{finding.day}</time> {head} <small>{said}</small></p>"
    more = ""
    if others:
        shown = "" if finding.sources == len(finding.evidence) else f", {len(others)} of them here"
        more = f"<details><summary>{finding.sources - 1:,} more articles of this story{shown}</summary>"
        more += "".join(map(_evidence, others)) + "</details>"
    return f'<article id="{escape(first.finding_id)}">{line}{_evidence(first)}{more}</article>'


def _evidence(evidence: Evidence) -> str:
    first, *others = evidence.spans
    before, after = sentence_around(evidence)
    marked = "".join(f" … <mark>{escape(span.text)}</mark>" for span in others)
    words = f"{escape(before)}<mark>{escape(first.text)}</mark>{escape(after)}{marked}"
    places = ", ".join(f"{'title ' if span.field == 'title' else ''}{span.start}–{span.end}" for span in evidence.spans)
    source = " · ".join(escape(str(fact)) for fact in (evidence.title, evidence.outlet) if fact) or escape(evidence.article_id)
    if evidence.published_at:
        source += f" · {evidence.published_at:%Y-%m-%d}"
    if link := text_link(evidence):
        source = f'<a rel="noopener noreferrer" href="{escape(link)}">{source}</a>'
    return f'<blockquote>{words}<cite>{source} <span title="characters of the clean text">[{places}]</span></cite></blockquote>'


def sentence_around(evidence: Evidence) -> tuple[str, str]:
    """What stands before and after the first span in its sentence; an ellipsis where that is longer than what was kept."""
    before, span, after = evidence.prefix, evidence.spans[0].text, evidence.suffix
    ends = [found.end() for found in _SENTENCE_END.finditer(before + span[:2]) if found.end() <= len(before)]
    start = before[ends[-1] :] if ends else ("…" + before if len(before) >= CONTEXT_CHARS else before)
    # The span's own last characters may end the sentence.
    tail = span[-3:]
    end = next((found for found in _SENTENCE_END.finditer(tail + after) if found.end() > len(tail)), None)
    if end:
        return start, (tail + after)[len(tail) : max(end.end(), len(tail))].rstrip()
    return start, after + "…" if len(after) >= CONTEXT_CHARS else after


def text_link(evidence: Evidence) -> str | None:
    """The article's URL with a text fragment for the finding's first words; None where it has no web address."""
    if not evidence.url or urlsplit(evidence.url).scheme not in ("http", "https"):
        return None
    first = " ".join(evidence.spans[0].text.split()[:FRAGMENT_WORDS])
    # In a text fragment, a hyphen and a comma have meanings of their own.
    fragment = quote(first, safe="").replace("-", "%2D")
    return f"{evidence.url.partition('#')[0]}#:~:text={fragment}"
