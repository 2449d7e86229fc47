"""Events: sides, type and status of single sentences; dates, evidence and attribution of articles."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from spacy.language import Language

from detente.analysis.actors import find_actors
from detente.analysis.events import code_events
from detente.analysis.parses import Parse
from detente.contracts import Article, Event, EventStatus, Plover, Span, Speaker, Statement, StatementKind

Code = Callable[..., tuple[Event, ...]]

#: A Wednesday.
PUBLISHED_AT = datetime(2024, 5, 15, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def code(nlp: Language) -> Code:
    def code(
        text: str, *, title: str | None = None, statements: tuple[Statement, ...] = (), dated: bool = True
    ) -> tuple[Event, ...]:
        published_at = PUBLISHED_AT if dated else None
        article = Article(id="a", title=title, text=text, text_sha256="0" * 64, published_at=published_at)
        parse = Parse(article, nlp(text), nlp(title or ""))
        return code_events(parse, find_actors(parse), statements)

    return code


def told(events: tuple[Event, ...]) -> set[tuple[str | None, str | None, str, str]]:
    return {(event.source, event.target, event.plover.value, event.status.value) for event in events}


#: "*" where several types are right.
with (Path(__file__).parent / "events.tsv").open(encoding="utf-8", newline="") as lines:
    SENTENCES = [tuple(row.values()) for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]


@pytest.mark.parametrize(("text", "source", "target", "plover", "status"), SENTENCES, ids=[row[0] for row in SENTENCES])
def test_a_sentence_tells_who_did_what_to_whom(code: Code, text: str, source: str, target: str, plover: str, status: str) -> None:
    found = told(code(text))
    fitting = [row for row in found if row[:2] == (source, target) and row[3] == status]
    assert any(plover in (row[2], "*") for row in fitting), found


#: Nothing forceful happened in these.
HARMLESS = [
    "Islamabad denied that its troops had crossed into Afghanistan.",
    "Greece rejected reports that it had sold frigates to Egypt.",
    "Spain beat Mexico in the final.",
    "Brazil attacked from the start and Germany lost the match.",
    "Had Moscow not intervened, Turkey would have occupied the town.",
    "Malaysia scrapped a proposed visit by the Israeli team.",
    "The two sides failed to reach an agreement on fishing.",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_nothing_forceful_happens_in_sports_denials_and_what_did_not_come_about(code: Code, text: str) -> None:
    forceful = {Plover.ASSAULT, Plover.COERCE, Plover.SANCTION, Plover.MOBILIZE, Plover.AID, Plover.COOPERATE, Plover.RETREAT}
    assert not [event for event in code(text) if event.plover in forceful and event.status in ("happened", "ongoing")]


def test_a_cancelled_visit_is_not_a_visit(code: Code) -> None:
    events = code("The Finnish president cancelled his visit to Hungary.")
    assert told(events) == {("FIN", "HUN", "CONSULT", "cancelled")}


def test_the_place_of_a_meeting_is_no_party_to_it(code: Code) -> None:
    events = code("The ministers of Jordan and Iraq met in Doha.")
    assert {(event.source, event.target) for event in events} == {("JOR", "IRQ")}


def test_one_who_goes_instead_goes_where_the_other_was_to_go(code: Code) -> None:
    events = code("Kenya's president cancelled his visit to Rwanda last week. Kenya's foreign minister went instead.")
    assert told(events) == {("KEN", "RWA", "CONSULT", "cancelled"), ("KEN", "RWA", "CONSULT", "happened")}


def test_an_act_told_twice_is_one_event_with_two_spans(code: Code) -> None:
    text = "Latvia expelled a Belarusian diplomat on Monday. It rained. Latvia expelled the Belarusian consul after a quarrel."
    events = [event for event in code(text) if event.plover is Plover.SANCTION]
    assert len(events) == 1
    assert [span.text.split()[0] for span in events[0].spans] == ["Latvia", "Latvia"]


def test_a_headline_adds_its_span_to_the_event_of_the_body(code: Code) -> None:
    (event,) = code("Latvia has expelled a Belarusian consul.", title="Latvia expels Belarusian consul")
    assert [span.field for span in event.spans] == ["text", "title"]


def test_every_span_points_at_its_own_words(code: Code) -> None:
    text = "  Chad – angry – recalled its ambassador from Niger…\n\nNiger’s president said “Chad will regret it”."
    for event in code(text):
        assert all(text[span.start : span.end] == span.text for span in event.spans)


def test_three_signatories_are_three_pairs(code: Code) -> None:
    events = code("Kenya, Uganda and Rwanda signed a treaty.")
    assert {frozenset((event.source, event.target)) for event in events} == {
        frozenset(("KEN", "UGA")), frozenset(("KEN", "RWA")), frozenset(("UGA", "RWA")),
    }  # fmt: skip


def test_an_act_towards_nobody_the_text_places_has_a_null_target(code: Code) -> None:
    (event,) = code("The Bulgarian prime minister resigned.")
    assert (event.source, event.target, event.plover) == ("BGR", None, Plover.CONCEDE)


def test_what_nobody_of_any_state_does_is_no_event(code: Code) -> None:
    assert code("The plumber apologised to his neighbour.") == ()


def test_a_body_of_no_state_is_told_by_its_actor(code: Code) -> None:
    (event,) = code("The United Nations condemned Eritrea on Friday.")
    assert (event.source, event.target, event.plover) == (None, "ERI", Plover.ACCUSE)
    assert event.source_actor is not None


def test_the_actors_of_an_event_are_those_of_the_cast(code: Code) -> None:
    (event,) = code("Chadian troops attacked Niger.")
    assert event.source_actor is not None
    assert event.target_actor is not None
    assert event.source_actor != event.target_actor


def test_a_partial_event_does_not_stand_beside_a_full_one_of_the_same_clause(code: Code) -> None:
    events = code("Peru expelled a Chilean diplomat and resigned itself to a dispute.")
    assert all(event.source and event.target for event in events)


def test_what_is_demanded_is_not_done(code: Code) -> None:
    events = code("Ghana urged Togo to release the fishermen.")
    assert told(events) == {("GHA", "TGO", "REQUEST", "happened")}


def test_a_thank_you_tells_of_the_help(code: Code) -> None:
    assert told(code("Samoa thanked Australia for sending doctors.")) == {("AUS", "WSM", "AID", "happened")}


def test_an_event_in_a_statement_is_attributed_to_it(code: Code) -> None:
    text = "Georgia freed two Russian pilots. Armenia attacked Turkey, he said."
    start = text.index("Armenia")
    part = Span(start=start, end=text.index(", he"), text=text[start : text.index(", he")])
    speaker = Speaker(name="he", named=False)
    statement = Statement(id="s1", kind=StatementKind.INDIRECT, parts=(part,), speaker=speaker, rule="test")
    attributed = {event.source: event.attributed_to for event in code(text, statements=(statement,))}
    assert attributed == {"GEO": None, "ARM": "s1"}


def test_last_week_is_resolved_against_the_day_of_publication(code: Code) -> None:
    (event,) = code("The Maltese premier visited Algeria last week.")
    assert event.date is not None
    assert (event.date.from_, event.date.to, event.date.text) == (date(2024, 5, 6), date(2024, 5, 12), "last week")


def test_a_planned_act_takes_the_next_such_day(code: Code) -> None:
    (event,) = code("The Maltese premier will visit Algeria on Tuesday.")
    assert event.date is not None
    assert event.date.from_ == date(2024, 5, 21)


def test_without_a_day_of_publication_a_date_keeps_its_words(code: Code) -> None:
    (event,) = code("The Maltese premier visited Algeria last week.", dated=False)
    assert event.date is not None
    assert (event.date.from_, event.date.to, event.date.text) == (None, None, "last week")


def test_the_day_of_saying_is_not_the_day_of_doing(code: Code) -> None:
    events = code("Spain said on Tuesday that it had freed four Moroccan sailors.")
    assert [event.date for event in events if event.plover is Plover.CONCEDE] == [None]


def test_intensity_follows_the_type_and_not_the_status(code: Code) -> None:
    done, denied = code("Libya attacked Malta."), code("Libya did not attack Malta.")
    assert done[0].intensity == denied[0].intensity == -9.3
    assert denied[0].status is EventStatus.DENIED


ODD = ["", "\u200b\ufeff", "“" * 2_000, "Chad and " * 3_000, "attacked " * 3_000, "Chad attacked Mali, " * 1_500]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_no_text_is_too_odd_to_code(nlp: Language, text: str) -> None:
    article = Article(id="a", text=text, text_sha256="0" * 64)
    with nlp.select_pipes(disable=["ner"]):
        parse = Parse(article, nlp(text), nlp(""))
    for event in code_events(parse, find_actors(parse), ()):
        assert all(text[span.start : span.end] == span.text for span in event.spans)


@pytest.mark.parametrize(
    "text",
    [
        "The Czech minister Jan Novak accused the Czech president Petr Pavel of helping Iran.",
        "The Afghan and Iraq wars cost lives.",
        "Kenya's premier said Nairobi should be the capital of Uganda.",
        "Kenya's president struck a new tone in Sudan.",
        "Norway was sold out by Denmark.",
        "In the wake of the Lyon attacks Norway has stepped up airstrikes.",
    ],
)
def test_what_only_names_two_states_is_no_act_between_them(code: Code, text: str) -> None:
    assert not [event for event in code(text) if event.source and event.target]


def test_what_was_to_be_and_is_off_is_one_act(code: Code) -> None:
    text = "The Czech minister Jan Novak was to travel to Norway on Monday, but Novak cancelled his visit to Norway."
    event = next(iter(code(text)))
    assert told(code(text)) == {("CZE", "NOR", "CONSULT", "cancelled")}
    assert len(event.spans) == 2


def test_another_act_planned_in_another_paragraph_stays_one_of_its_own(code: Code) -> None:
    text = "Jan Novak, the Czech minister, cancelled his visit to Norway.\n\nNovak will visit Norway in May."
    assert {event.status for event in code(text)} == {EventStatus.CANCELLED, EventStatus.PLANNED}
