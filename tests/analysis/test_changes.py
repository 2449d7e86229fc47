"""What changed between two readings of one article."""

from __future__ import annotations

from hypothesis import assume, given

from detente.analysis.changes import find_changes
from detente.contracts import Reading, Span, Speaker
from tests.readings import make_event, make_reading, make_statement, make_tie, readings


def _kinds(before: object, after: object) -> list[tuple[str, str]]:
    return [(change.noun, change.kind.value) for change in find_changes(before, after)]  # type: ignore[arg-type]


@given(readings)
def test_a_reading_does_not_differ_from_itself(reading: Reading) -> None:
    spans = [span for finding in (*reading.events, *reading.ties) for span in finding.spans]
    # A finding without characters overlaps with nothing, not even with itself.
    assume(all(span.text for span in (*spans, *(part for said in reading.statements for part in said.parts))))
    assert find_changes(reading, reading) == ()


def test_findings_come_and_go() -> None:
    before, after = make_reading(events=(make_event(),)), make_reading(ties=(make_tie(),))
    assert _kinds(before, after) == [("events", "gone"), ("ties", "added")]


def test_an_event_with_another_status_is_altered() -> None:
    before, after = (make_reading(events=(make_event(status=status),)) for status in ("happened", "cancelled"))
    [change] = find_changes(before, after)
    assert (change.kind, change.before["status"], change.after["status"]) == ("altered", "happened", "cancelled")


def test_an_event_between_other_states_is_another_event() -> None:
    before, after = (make_reading(events=(make_event(target=target),)) for target in ("PAK", "IND"))
    assert _kinds(before, after) == [("events", "gone"), ("events", "added")]


def test_the_same_words_elsewhere_are_another_finding() -> None:
    before, after = (make_reading(statements=(make_statement(parts=(Span(start=at, end=at + 2, text="no"),)),)) for at in (0, 50))
    assert _kinds(before, after) == [("statements", "gone"), ("statements", "added")]


def test_names_that_only_a_reading_knows_change_nothing() -> None:
    before, after = (
        make_reading(
            statements=(make_statement(name, speaker=Speaker(actor=actor, name="Nora Quill", named=True)),),
            events=(make_event(f"e{name}", source_actor=actor, rule=actor),),
        )
        for name, actor in (("s1", "a1"), ("s9", "a7"))
    )  # fmt: skip
    assert _kinds(before, after) == []
