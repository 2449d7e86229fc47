"""How readings are scored against the findings that were read by hand: the seed article, and sentences by status."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detente.contracts import Event, Reading, Span, Speaker, Statement

HERE = Path(__file__).parent
#: Two wordings of one statement share this much of their words (F1), so that a missing “that” or a cut clause is forgiven.
_ALIKE = 0.8
_MUTUAL = {"AGREE", "CONSULT", "COOPERATE"}
_FRIENDLY = {"AGREE", "CONSULT", "SUPPORT", "CONCEDE", "COOPERATE", "AID", "RETREAT"}


@dataclass(frozen=True)
class Check:
    """One thing that a reading should hold. What is no `must` is right when there, and no fault when missing."""

    name: str
    ok: bool
    must: bool = True


def load_seed() -> tuple[str, dict[str, Any]]:
    """The seed article as it was scraped, and what a reader finds in it."""
    seed = HERE / "seed"
    return (seed / "article.txt").read_text(encoding="utf-8"), json.loads((seed / "expected.json").read_text(encoding="utf-8"))


def load_status() -> list[dict[str, Any]]:
    """Sentences with one act each, and whether it happened."""
    return [json.loads(line) for line in (HERE / "status.jsonl").read_text(encoding="utf-8").splitlines()]


def check_seed(reading: Reading, expected: dict[str, Any]) -> list[Check]:
    """Everything expected of the seed, in order: text, people, statements, events, ties, evidence."""
    return [
        *_check_text(reading, expected),
        *(_check_person(reading, person) for person in expected["people"]),
        *_check_statements(reading, expected["statements"]),
        *(_check_event(reading, event) for event in expected["events"]),
        Check("the cancelled visit is not a visit", bool(reading.events) and not any(map(_is_false_visit, reading.events))),
        *(_check_tie(reading, tie) for tie in expected["ties"]),
        Check("every span points at its own words", all(_is_true(span, reading) for span in _spans(reading))),
    ]


def score_status(row: dict[str, Any], reading: Reading | None) -> Counter[str]:
    """Counts of one sentence: expected, found, and found right by pair, by type too, by status too."""
    events = list(_without_mirrors(reading.events)) if reading else []
    levels = [_levels(row, event) for event in events]
    best = max(levels, default=(False, False, False))
    return Counter(expected=1, found=len(events), dyad=best[0], type=best[1], status=best[2])


def is_right_type(kinds: set[str], event: Event) -> bool:
    """Whether an event is of one of some types. A planned friendly act is an agreement too, a cancelled one a refusal."""
    also = {"planned": {"AGREE"}, "cancelled": {"SANCTION", "REJECT"}}.get(event.status, set())
    return event.plover in kinds or (event.plover in _FRIENDLY and bool(also & kinds))


def is_right_status(status: str, event: Event) -> bool:
    """What is going on has happened, too."""
    return event.status == status or (status, event.status) == ("happened", "ongoing")


def squash(text: str) -> str:
    """The words of a text, without case and marks."""
    return " ".join(re.findall(r"\w+", text)).lower()


def _levels(row: dict[str, Any], event: Event) -> tuple[bool, bool, bool]:
    wanted, pair = (row["source"], row["target"]), (event.source, event.target)
    dyad = pair == wanted or (row["plover"] in _MUTUAL and pair == wanted[::-1])
    kind = dyad and is_right_type({row["plover"], *row.get("also", ())}, event)
    return dyad, kind, kind and is_right_status(row["status"], event)


def _without_mirrors(events: Iterable[Event]) -> Iterator[Event]:
    """A mutual act that is told once in each direction is one event."""
    seen = set()
    for event in events:
        key = (event.plover, event.status, frozenset((event.source, event.target)))
        if event.plover not in _MUTUAL or key not in seen:
            yield event
        seen.add(key)


def _check_text(reading: Reading, expected: dict[str, Any]) -> list[Check]:
    title, text = squash(reading.article.title or ""), squash(reading.article.text)
    removed = [squash(line) for line in reading.article.removed]
    return [
        Check("title", title == squash(expected["title"])),
        Check("the body starts after the headline", text.startswith(squash(expected["text_starts"]))),
        Check("the body ends before the residue", text.endswith(squash(expected["text_ends"]))),
        Check("the headline printed again is removed", title in removed),
        Check("page number and stray markup are removed", {"1 / 1", "> <"} <= set(reading.article.removed)),
    ]


def _check_person(reading: Reading, expected: dict[str, Any]) -> Check:
    surname = expected["name"].split()[-1].lower()
    people = [actor for actor in reading.actors if actor.kind == "person" and actor.name.lower().endswith(surname)]
    country = expected["country"]
    return Check(f"person {expected['name']} ({country})", bool(people) and (country is None or people[0].country == country))


def _check_statements(reading: Reading, expected: list[dict[str, Any]]) -> Iterator[Check]:
    for at, want in enumerate(expected):
        pairs = (expected[at - 1 : at + 1], expected[at : at + 2])
        wordings = [want["text"], *(_joined(pair) for pair in pairs if _is_one_voice(pair))]
        found = [statement for statement in reading.statements if any(_says(statement, wording) for wording in wordings)]
        speakers = [statement.speaker for statement in found if statement.speaker is not None]
        yield Check(f"{want['id']} found: {want['text'][:40]}…", bool(found))
        yield Check(f"{want['id']} speaker: {want['speaker']}", any(_is_named(it, want["speaker"], reading) for it in speakers))
        yield Check(f"{want['id']} named: {want['named']}", any(it.named == want["named"] for it in speakers))
        if outlet := squash(want.get("outlet", "")):
            outlets = {squash(statement.outlet or "") for statement in found} - {""}
            yield Check(f"{want['id']} outlet: {want['outlet']}", any(outlet in it or it in outlet for it in outlets))


def _is_one_voice(pair: list[dict[str, Any]]) -> bool:
    return len(pair) == 2 and pair[0]["speaker"] == pair[1]["speaker"]


def _joined(pair: list[dict[str, Any]]) -> str:
    return " ".join(statement["text"] for statement in pair)


def _says(statement: Statement, wording: str) -> bool:
    parts = [part.text for part in statement.parts]
    return any(_is_alike(said, wording) for said in (" ".join(parts), *parts))


def _is_named(speaker: Speaker, name: str, reading: Reading) -> bool:
    actor = next((actor for actor in reading.actors if actor.id == speaker.actor), None)
    return name.split()[-1].lower() in f"{speaker.name} {actor.name if actor else ''}".lower()


def _check_event(reading: Reading, expected: dict[str, Any]) -> Check:
    kinds = {expected["plover"], *expected.get("also", ())}
    found = any(
        {event.source, event.target} == {expected["source"], expected["target"]}
        and is_right_type(kinds, event)
        and is_right_status(expected["status"], event)
        and _is_near(event.spans, expected["evidence"], reading)
        for event in reading.events
    )
    name = f"{expected['id']} {expected['source']}→{expected['target']} {expected['plover']} {expected['status']}"
    return Check(name, found, expected["must"])


def _is_false_visit(event: Event) -> bool:
    if {event.source, event.target} != {"RUS", "PAK"} or (event.plover, event.status) != ("CONSULT", "happened"):
        return False
    return any("cancel" in span.text.lower() and "Putin" in span.text for span in event.spans)


def _check_tie(reading: Reading, expected: dict[str, Any]) -> Check:
    pair, direction, evidence = expected["pair"], expected["direction"], expected["evidence"]
    alike = [tie for tie in reading.ties if sorted(tie.pair) == pair and tie.direction == direction]
    found = any(_is_near(tie.spans, evidence, reading) for tie in alike)
    return Check(f"tie {'–'.join(pair)} {direction}: {evidence[:40]}…", found, expected["must"])


def _is_near(spans: Iterable[Span], evidence: str, reading: Reading) -> bool:
    """Whether one of the spans shares words with the evidence, where the evidence stands."""
    for span in spans:
        at = _field(span, reading).find(evidence)
        if at >= 0 and span.start < at + len(evidence) and at < span.end:
            return True
    return False


def _is_true(span: Span, reading: Reading) -> bool:
    return _field(span, reading)[span.start : span.end] == span.text


def _field(span: Span, reading: Reading) -> str:
    return reading.article.text if span.field == "text" else reading.article.title or ""


def _spans(reading: Reading) -> Iterator[Span]:
    for statement in reading.statements:
        yield from statement.parts
    for finding in (*reading.events, *reading.ties):
        yield from finding.spans
    for actor in reading.actors:
        yield from actor.mentions


def _is_alike(one: str, other: str) -> bool:
    words, others = Counter(squash(one).split()), Counter(squash(other).split())
    return 2 * (words & others).total() >= _ALIKE * (words.total() + others.total())
