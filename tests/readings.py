"""Readings made by hand, and strategies for any reading there may be."""

from __future__ import annotations

from datetime import date, timedelta, timezone
from hashlib import sha256
from typing import Any

from hypothesis import strategies as st

from detente.contracts import (
    Actor,
    ActorKind,
    Article,
    Event,
    EventDate,
    EventStatus,
    Plover,
    Reader,
    Reading,
    Span,
    Speaker,
    Statement,
    StatementKind,
    Tie,
    TieDirection,
)

READER = Reader(name="by-hand", version="1")


def span(text: str, *, start: int = 0) -> Span:
    return Span(start=start, end=start + len(text), text=text)


def make_article(id: str = "a", *, text: str = "Nora Quill met Ivo Marsh on Monday.", **facts: Any) -> Article:
    return Article(id=id, text=text, text_sha256=sha256(text.encode()).hexdigest(), **facts)


def make_statement(id: str = "s1", **facts: Any) -> Statement:
    plain: dict[str, Any] = {"kind": "indirect", "parts": (span("talks went well"),), "speaker": None, "rule": "by-hand"}
    return Statement(id=id, **(plain | facts))


def make_event(id: str = "e1", *, on: tuple[date, date] | None = None, **facts: Any) -> Event:
    plain: dict[str, Any] = {
        "source": "RUS", "target": "PAK", "plover": "CONSULT", "status": "happened", "intensity": 1.0,
        "spans": (span("met"),), "rule": "by-hand", "date": on and EventDate(**{"from": on[0]}, to=on[1], text="then"),
    }  # fmt: skip
    return Event(id=id, **(plain | facts))


def make_tie(id: str = "t1", **facts: Any) -> Tie:
    plain: dict[str, Any] = {
        "pair": ("PAK", "RUS"), "direction": "warming", "holder": "author", "spans": (span("ties grow"),), "rule": "by-hand",
    }  # fmt: skip
    return Tie(id=id, **(plain | facts))


def make_reading(article: Article | str = "a", **findings: Any) -> Reading:
    article = make_article(article) if isinstance(article, str) else article
    return Reading(article=article, reader=READER, **findings)


# --- any reading there may be ---

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
maybe_texts = st.none() | texts
states = st.sampled_from(["RUS", "PAK", "IND", "XKX", "USA"])
spans = st.builds(span, texts, start=st.integers(0, 10**6))
some_spans = st.lists(spans, min_size=1, max_size=3).map(tuple)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(timezones=zones)


def _ids(prefix: str) -> st.SearchStrategy[str]:
    return st.integers(1, 99).map(lambda number: f"{prefix}{number}")


def _several(findings: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(findings, max_size=4, unique_by=lambda finding: finding.id).map(tuple)


articles = st.builds(
    Article, id=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=200),
    title=maybe_texts, text=texts, text_sha256=st.just("0" * 64), outlet=maybe_texts,
    authors=st.lists(texts, max_size=2).map(tuple), published_at=st.none() | moments, url=maybe_texts, language=st.just("en"),
    removed=st.lists(texts, max_size=2).map(tuple),
)  # fmt: skip
actors = st.builds(
    Actor, id=_ids("a"), name=texts, kind=st.sampled_from(ActorKind), country=st.none() | states, role=maybe_texts,
    mentions=st.lists(spans, max_size=2).map(tuple),
)  # fmt: skip
speakers = st.builds(Speaker, actor=st.none() | _ids("a"), name=texts, named=st.booleans(), span=st.none() | spans)
statements = st.builds(
    Statement, id=_ids("s"), kind=st.sampled_from(StatementKind), parts=some_spans, speaker=st.none() | speakers,
    cue=st.none() | spans, outlet=maybe_texts, about=st.lists(states, max_size=3).map(tuple), rule=texts,
)  # fmt: skip
event_dates = st.builds(
    lambda from_, to, text: EventDate(**{"from": from_}, to=to, text=text), st.none() | st.dates(), st.none() | st.dates(), texts
)
events = st.builds(
    Event, id=_ids("e"), source=states, target=states, source_actor=st.none() | _ids("a"), target_actor=st.none() | _ids("a"),
    plover=st.sampled_from(Plover), cameo=maybe_texts, status=st.sampled_from(EventStatus), intensity=st.floats(-10, 10),
    date=st.none() | event_dates, attributed_to=st.none() | _ids("s"), spans=some_spans, rule=texts,
)  # fmt: skip
ties = st.builds(
    Tie, id=_ids("t"), pair=st.tuples(states, states), direction=st.sampled_from(TieDirection),
    holder=st.just("author") | _ids("s"), spans=some_spans, rule=texts,
)  # fmt: skip
readings = st.builds(
    Reading, article=articles, actors=_several(actors), statements=_several(statements), events=_several(events),
    ties=_several(ties), reader=st.just(READER),
)  # fmt: skip
