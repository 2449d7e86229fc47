"""A reading as W3C Web Annotations (Recommendation of 23 February 2017): one annotation a finding, its evidence as targets.

Each target has a TextPositionSelector, in Unicode code points as the data model asks, into the article's clean text, and a
TextQuoteSelector that finds the words again where the text has changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from detente.contracts import Article, Reading, Span
from detente.contracts.spans import Frozen

PROFILE = "http://www.w3.org/ns/anno.jsonld"
MEDIA_TYPE = f'application/ld+json; profile="{PROFILE}"'
#: Characters before and after a quotation: enough to tell two places with the same words apart.
CONTEXT_CHARS = 32


def annotation_page(reading: Reading, *, place: str) -> dict[str, Any]:
    """All findings of a reading. `place` is the address of the reading; as plain text it gives what the positions count."""
    items = [*_actors(reading, place), *_statements(reading, place), *_events(reading, place), *_ties(reading, place)]
    generator = {"type": "Software", "name": f"{reading.reader.name} {reading.reader.version}"}
    return {"@context": PROFILE, "id": f"{place}#annotations", "type": "AnnotationPage", "generator": generator, "items": items}


def _actors(reading: Reading, place: str) -> Iterator[dict[str, Any]]:
    for actor in reading.actors:
        if actor.mentions:
            yield _annotation(reading, place, actor, actor.mentions, motivation="identifying", tag=f"{actor.kind}: {actor.name}")


def _statements(reading: Reading, place: str) -> Iterator[dict[str, Any]]:
    for statement in reading.statements:
        who = statement.speaker.name if statement.speaker else "unknown"
        yield _annotation(
            reading, place, statement, statement.parts, motivation="tagging", tag=f"{statement.kind} statement: {who}"
        )


def _events(reading: Reading, place: str) -> Iterator[dict[str, Any]]:
    for event in reading.events:
        sides = f"{event.source or '?'} → {event.target or '?'}"
        tag = f"{event.plover} {event.status}: {sides}"
        yield _annotation(reading, place, event, event.spans, motivation="classifying", tag=tag)


def _ties(reading: Reading, place: str) -> Iterator[dict[str, Any]]:
    for tie in reading.ties:
        yield _annotation(reading, place, tie, tie.spans, motivation="assessing", tag=f"{tie.direction}: {'-'.join(tie.pair)}")


def _annotation(
    reading: Reading, place: str, finding: Any, spans: tuple[Span, ...], *, motivation: str, tag: str
) -> dict[str, Any]:
    return {
        "id": f"{place}#{quote(finding.id)}",
        "type": "Annotation",
        "motivation": motivation,
        "body": [
            {"type": "TextualBody", "purpose": "tagging", "value": tag},
            {"type": "TextualBody", "purpose": "describing", "format": "application/json", "value": _json(finding)},
        ],
        "target": [_target(reading.article, place, span) for span in spans],
    }


def _target(article: Article, place: str, span: Span) -> dict[str, Any]:
    quoted = _quote(article.title or "" if span.field == "title" else article.text, span)
    if span.field == "title":
        # The clean text has no headline in it, so a position there would count something else.
        return {"type": "SpecificResource", "source": f"{place}#title", "selector": [quoted]}
    position = {"type": "TextPositionSelector", "start": span.start, "end": span.end}
    target: dict[str, Any] = {"type": "SpecificResource", "source": {"id": place, "type": "Text", "format": "text/plain"}}
    if article.url:
        target["scope"] = article.url
    return target | {"selector": [position, quoted]}


def _quote(text: str, span: Span) -> dict[str, str]:
    prefix, suffix = text[max(0, span.start - CONTEXT_CHARS) : span.start], text[span.end : span.end + CONTEXT_CHARS]
    return {"type": "TextQuoteSelector", "exact": span.text, "prefix": prefix, "suffix": suffix}


def _json(finding: Frozen) -> str:
    return finding.model_dump_json(by_alias=True)
