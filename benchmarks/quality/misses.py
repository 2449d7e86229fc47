"""The worst cases of a set with their text, so that the next change starts from what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from benchmarks.quality.golds import GoldSet, Row
from benchmarks.quality.scores import Readings, page_shares
from detente.contracts import Event, Reading
from tests.gold.scores import is_right_status, is_right_type

#: Words around a case that tell what it is about.
_AROUND = 120
#: A page that is found so well has no fault to look for.
_FINE = 0.99
#: An act of less than this intensity is done, not said.
_MATERIAL = -5


def find_misses(gold: GoldSet, rows: list[Row], readings: Readings, scorer: ModuleType | None) -> Iterator[tuple[float, str]]:
    """Cases with how bad they are, each as a few lines of text. Rows with most faults come first when sorted by badness."""
    for row in rows:
        reading = readings.get(row["id"])
        if gold.kind == "statements" and scorer is not None:
            yield from _statement_misses(row, reading, scorer)
        elif gold.kind == "events":
            yield from _event_misses(row, reading)
        elif gold.kind == "pages":
            yield from _page_misses(row, reading)


def _statement_misses(row: Row, reading: Reading | None, scorer: ModuleType) -> Iterator[tuple[float, str]]:
    text, st = row["text"], scorer.st
    found = {"quotes": scorer.quotes_of(reading.model_dump(mode="json", by_alias=True) if reading else {}, text)}
    wanted, said = [unit for unit in st.units(row, text) if unit["speech"]], st.units(found, text)
    unneeded = [unit for unit in st.units(row, text) if not unit["speech"]]
    matched = st.match(wanted, said, 0.8)
    for at, unit in enumerate(wanted):
        if at not in matched:
            near = next((other for other in said if other["tok"] & unit["tok"]), None)
            how = "missed" if near is None else f"cut wrongly: {text[near['s'] : near['e']]}"
            yield len(unit["tok"]), _statement(row, unit, how)
        elif not st.speaker_ok(text, unit["speaker"], said[matched[at]]["speaker"]):
            yield 5.0, _statement(row, unit, f"wrong speaker: {(said[matched[at]]['speaker'] or {}).get('text')}")
    for at, unit in enumerate(said):
        if at not in matched.values() and not any(unit["tok"] & other["tok"] for other in (*wanted, *unneeded)):
            yield len(unit["tok"]) / 2, _statement(row, unit, "spurious")


def _statement(row: Row, unit: Row, how: str) -> str:
    text, start, end = row["text"], unit["s"], unit["e"]
    before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    speaker = (unit["speaker"] or {}).get("text")
    return f"{row['id']}  {unit['type']}  {how}\n  speaker: {speaker}\n  …{before}[[{text[start:end]}]]{after}…"


def _event_misses(row: Row, reading: Reading | None) -> Iterator[tuple[float, str]]:
    events = reading.events if reading else ()
    kinds = {row.get("plover"), *row.get("also", ())}
    is_material = any(event.intensity < _MATERIAL and event.status in ("happened", "ongoing") for event in events)
    if row.get("no_event"):
        if is_material:
            yield 1.0, _event(row, "an act where none is", events)
    elif not events:
        yield 2.0, _event(row, "missed", events)
    elif not any(is_right_type(kinds, event) for event in events):
        yield 3.0, _event(row, "wrong type", events)
    elif row.get("source") and not any({event.source, event.target} == {row["source"], row["target"]} for event in events):
        yield 3.0, _event(row, "wrong pair", events)
    elif "status" in row and not any(is_right_status(row["status"], event) for event in events):
        yield 3.0, _event(row, "wrong status", events)


def _event(row: Row, how: str, events: tuple[Event, ...]) -> str:
    wanted = f"{row.get('source')}→{row.get('target')} {row.get('plover')} {row.get('status', '')}"
    found = "; ".join(f"{event.source}→{event.target} {event.plover} {event.status} ({event.rule})" for event in events)
    return f"{row['id']}  {how}\n  {row['text']}\n  expected: {wanted}\n  found: {found or 'nothing'}"


def _page_misses(row: Row, reading: Reading | None) -> Iterator[tuple[float, str]]:
    text = reading.article.text if reading else ""
    precision, recall = page_shares(row["body"], text)
    if min(precision, recall) < _FINE:
        label = f"{row['id']}  P {precision:.3f}  R {recall:.3f}  {row['url']}"
        yield 2 - precision - recall, f"{label}\n{_page_lines(row['body'], text)}"


def _page_lines(wanted: str, found: str) -> str:
    """Paragraphs that only one side has."""
    one, other = ({line.strip() for line in side.split("\n") if line.strip()} for side in (wanted, found))
    missed = [f"  missed:   {line[:160]}" for line in sorted(one - other)[:6]]
    return "\n".join(missed + [f"  spurious: {line[:160]}" for line in sorted(other - one)[:6]])
