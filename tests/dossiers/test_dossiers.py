"""Dossiers: each act once for each story, only what changed is built again, and every finding leads to its sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from detente.contracts import Span
from detente.contracts.dossiers import Dossier, DossierEvent, DossierWeek, Evidence
from detente.dossiers import open_dossier, refresh
from detente.dossiers.pages import dossier_page, text_link
from detente.dossiers.trends import find_turning_points, weekly_intensities
from detente.dossiers.weeks import CONTEXT_CHARS, Weeks, week_of
from detente.errors import SpanInvalid
from detente.storage import Review, Store, Verdict
from tests.readings import make_article, make_event, make_reading, make_statement, make_tie

MONDAY = date(2024, 3, 4)


def _on(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def _keep(store: Store, name: str, *, day: date = MONDAY, text: str | None = None, **findings: object) -> None:
    body = text or "Nora Quill met Ivo Marsh on Monday."
    article = make_article(name, text=body, published_at=_on(day), outlet="Wire", url=f"https://example.org/{name}")
    store.keep_reading(make_reading(article, **findings), reading_id=f"r-{name}", job_id="j")


def _week(number: int, intensity: float) -> DossierWeek:
    day = MONDAY + timedelta(weeks=number)
    return DossierWeek(week=day, events=(_event(day, intensity),) if intensity else ())


def _event(day: date, intensity: float, **facts: object) -> DossierEvent:
    evidence = Evidence(finding_id="f", reading_id="r", article_id="a", spans=(Span(start=0, end=3, text="met"),))
    plain = {"day": day, "source": "RUS", "target": "PAK", "plover": "CONSULT", "status": "happened", "intensity": intensity}
    return DossierEvent(**(plain | {"story": "s", "evidence": (evidence,)} | facts))  # type: ignore[arg-type]


def test_a_dossier_has_a_pairs_events_assessments_and_statements_with_their_sentences(store: Store) -> None:
    _keep(
        store, "a", events=(make_event(spans=(Span(start=11, end=14, text="met"),)),), ties=(make_tie(),),
        statements=(make_statement(about=("PAK", "RUS")),),
    )  # fmt: skip
    dossier = open_dossier(store, ("RUS", "PAK"), until=MONDAY)
    [week] = dossier.weeks
    assert dossier.pair == ("PAK", "RUS")
    assert (len(week.events), len(week.ties), len(week.statements)) == (1, 1, 1)
    [evidence] = week.events[0].evidence
    assert (evidence.prefix, evidence.spans[0].text, evidence.suffix) == ("Nora Quill ", "met", " Ivo Marsh on Monday.")
    assert (dossier.articles, dossier.statuses, dossier.types) == (1, {"happened": 1}, {"CONSULT": 1})


def test_other_pairs_are_left_out(store: Store) -> None:
    _keep(store, "a", events=(make_event(target="IND"),), statements=(make_statement(about=("RUS",)),))
    assert open_dossier(store, ("PAK", "RUS")).weeks == ()


def test_a_cancelled_or_claimed_act_moves_nothing(store: Store) -> None:
    assert DossierWeek(week=MONDAY, events=(_event(MONDAY, 2.0, status="cancelled"),)).cooperation == 0
    assert DossierWeek(week=MONDAY, events=(_event(MONDAY, 2.0, attributed_to="a spokesman"),)).cooperation == 0
    assert DossierWeek(week=MONDAY, events=(_event(MONDAY, 2.0), _event(MONDAY, -5.0))).conflict == -5.0


def test_an_act_that_a_whole_story_reports_is_one_act_with_all_its_articles(store: Store) -> None:
    for name in ("a", "b", "c"):
        _keep(store, name, events=(make_event(),))
    rows = store.find_events(pair=("PAK", "RUS")).rows
    weeks = Weeks(stories={"a": "s1", "b": "s1", "c": "s2"}, texts={})
    weeks.add_events(rows)
    [week] = weeks.made()
    assert [len(event.evidence) for event in week.events] == [2, 1]
    assert week.cooperation == 2.0


def test_a_copy_printed_in_the_week_after_adds_a_source_and_no_act(store: Store) -> None:
    pair, sunday = ("PAK", "RUS"), MONDAY + timedelta(days=6)
    _keep(store, "a", day=sunday, events=(make_event(),), ties=(make_tie(),), statements=(make_statement(about=pair),))
    assert [week.week for week in open_dossier(store, pair).weeks] == [MONDAY]
    late = sunday + timedelta(days=2)
    _keep(store, "b", day=late, events=(make_event(),), ties=(make_tie(),), statements=(make_statement(about=pair),))
    store.sign_articles({"a": (1,), "b": (1,)})
    store.join_stories(["a", "b"])
    [week] = open_dossier(store, pair, since=MONDAY).weeks
    for found in (week.events, week.ties, week.statements):
        [one] = found
        assert (one.day, one.sources, [evidence.article_id for evidence in one.evidence]) == (sunday, 2, ["a", "b"])


def test_an_earlier_copy_that_comes_in_late_takes_the_act_to_its_own_week(store: Store) -> None:
    pair, later = ("PAK", "RUS"), MONDAY + timedelta(days=8)
    _keep(store, "b", day=later, events=(make_event(),))
    assert len(open_dossier(store, pair).weeks) == 1
    _age(store)
    _keep(store, "a", day=MONDAY, events=(make_event(),))
    store.sign_articles({"a": (1,), "b": (1,)})
    store.join_stories(["a", "b"])
    [week] = open_dossier(store, pair, since=MONDAY).weeks
    assert (week.week, week.events[0].sources) == (MONDAY, 2)


def test_an_act_with_a_day_of_its_own_stays_on_it_and_a_reprint_of_next_month_is_news_again(store: Store) -> None:
    pair, own = ("PAK", "RUS"), (MONDAY + timedelta(days=1), MONDAY + timedelta(days=1))
    for name, days in (("a", 0), ("b", 9), ("c", 40)):
        _keep(store, name, day=MONDAY + timedelta(days=days), events=(make_event(on=own), make_event("e2", plover="ACCUSE")))
    store.sign_articles(dict.fromkeys("abc", (1,)))
    store.join_stories(["a", "b", "c"])
    acts = [act for week in open_dossier(store, pair, since=MONDAY).weeks for act in week.events]
    told = sorted((act.plover, (act.day - MONDAY).days, act.sources) for act in acts)
    assert told == [("ACCUSE", 0, 2), ("ACCUSE", 40, 1), ("CONSULT", 1, 3)]


@pytest.mark.parametrize(
    ("verdicts", "left"), [(["reject"], 0), (["reject", "accept"], 1), (["reject", "note"], 0), (["note"], 1)]
)
def test_a_finding_that_a_person_rejected_leaves_the_dossier(verdicts: list[str], left: int, store: Store) -> None:
    pair = ("PAK", "RUS")
    _keep(store, "a", events=(make_event(),), ties=(make_tie(),))
    assert len(open_dossier(store, pair, since=MONDAY).weeks[0].events) == 1
    _age(store)
    [row] = store.find_events(pair=pair).rows
    for number, verdict in enumerate(verdicts):
        at = datetime.now(UTC) + timedelta(seconds=number)
        store.keep_review(Review(f"v{number}", row.id, Verdict(verdict), None, "an analyst", at))
    [week] = open_dossier(store, pair, since=MONDAY).weeks
    assert (len(week.events), len(week.ties)) == (left, 1)


def _age(store: Store) -> None:
    """As if all that is there had been read long before the last refresh."""
    with store.writes() as connection:
        connection.exec_driver_sql("UPDATE readings SET kept_at = '2020-01-01 00:00:00+00'")


def test_only_weeks_in_which_something_changed_are_built_again(store: Store) -> None:
    pair = ("PAK", "RUS")
    for number in range(3):
        _keep(store, f"old{number}", day=MONDAY + timedelta(weeks=number), events=(make_event(),))
    assert len(refresh(store, pair)) == 3
    _age(store)
    _keep(store, "new", day=MONDAY + timedelta(weeks=1), events=(make_event(plover="ACCUSE", intensity=-2.0),))
    assert [week.week for week in refresh(store, pair)] == [MONDAY + timedelta(weeks=1)]
    assert [len(week.events) for week in open_dossier(store, pair).weeks] == [1, 2, 1]


def test_a_finding_that_a_new_reading_no_longer_has_leaves_the_dossier(store: Store) -> None:
    pair = ("PAK", "RUS")
    _keep(store, "a", events=(make_event(),))
    assert open_dossier(store, pair).weeks
    article = make_article("a", published_at=_on(MONDAY))
    store.keep_reading(make_reading(article), reading_id="r-a-again", job_id="j2")
    assert open_dossier(store, pair).weeks == ()


def test_a_kept_dossier_is_known_and_can_be_forgotten(store: Store) -> None:
    _keep(store, "a", events=(make_event(),))
    open_dossier(store, ("RUS", "PAK"))
    assert store.kept_pairs() == [("PAK", "RUS")]
    assert store.forget_dossier(("PAK", "RUS"))
    assert store.kept_pairs() == []
    assert not store.forget_dossier(("PAK", "RUS"))


def test_quiet_weeks_count_as_zero() -> None:
    series = weekly_intensities([_week(0, 2.0), _week(3, -1.0)])
    assert [value for _, value in series] == [2.0, 0.0, 0.0, -1.0]


def test_a_lasting_change_of_level_is_a_turning_point() -> None:
    weeks = [_week(number, 4.0) for number in range(12)] + [_week(number, -6.0) for number in range(12, 24)]
    [turn] = find_turning_points(weeks)
    assert (turn.week, turn.before, turn.after) == (MONDAY + timedelta(weeks=12), 4.0, -6.0)


@pytest.mark.parametrize("values", [[2.0, 1.0, 3.0] * 8, [2.0] * 4 + [-9.0] + [2.0] * 19, [5.0, -5.0]])
def test_noise_an_incident_and_a_short_series_are_no_turning_points(values: list[float]) -> None:
    assert find_turning_points([_week(number, value) for number, value in enumerate(values)]) == ()


def test_weeks_begin_on_mondays() -> None:
    assert {week_of(MONDAY + timedelta(days=n)) for n in range(7)} == {MONDAY}


def test_a_page_marks_the_words_and_leads_to_the_article(store: Store) -> None:
    _keep(store, "a", events=(make_event(spans=(Span(start=11, end=14, text="met"),)),))
    page = dossier_page(open_dossier(store, ("RUS", "PAK")))
    assert "Nora Quill <mark>met</mark> Ivo Marsh on Monday." in page
    assert 'href="https://example.org/a#:~:text=met"' in page
    assert "[11–14]" in page


def test_nothing_of_an_article_becomes_markup(store: Store) -> None:
    bad = "<script>alert(1)</script>"
    article = make_article("a", text=bad, published_at=_on(MONDAY), outlet=bad, title=bad, url=f"javascript:{bad}")
    said = make_statement(about=("PAK", "RUS"), parts=(Span(start=0, end=len(bad), text=bad),))
    store.keep_reading(make_reading(article, statements=(said,)), reading_id="r", job_id="j")
    page = dossier_page(open_dossier(store, ("PAK", "RUS")))
    assert "<script" not in page
    assert "javascript:" not in page


def test_the_words_of_a_link_are_quoted_for_its_fragment() -> None:
    span = Span(start=0, end=20, text="well-known, & “true”")
    evidence = Evidence(finding_id="f", reading_id="r", article_id="a", url="https://example.org/x#top", spans=(span,))
    assert text_link(evidence) == "https://example.org/x#:~:text=well%2Dknown%2C%20%26%20%E2%80%9Ctrue%E2%80%9D"


def test_context_is_about_a_sentence(store: Store) -> None:
    _keep(store, "a", text="x" * 1000, events=(make_event(spans=(Span(start=500, end=503, text="xxx"),)),))
    [week] = open_dossier(store, ("PAK", "RUS")).weeks
    assert len(week.events[0].evidence[0].prefix) == CONTEXT_CHARS


def test_a_dossier_goes_through_json(store: Store) -> None:
    _keep(store, "a", events=(make_event(),), ties=(make_tie(),))
    dossier = open_dossier(store, ("PAK", "RUS"))
    assert Dossier.model_validate_json(dossier.model_dump_json(by_alias=True)) == dossier


@pytest.mark.parametrize("day", [date(1, 1, 2), date(9999, 12, 30)])
def test_the_ends_of_the_calendar_are_weeks_too(day: date, store: Store) -> None:
    _keep(store, "a", events=(make_event(on=(day, day)),))
    [week] = open_dossier(store, ("PAK", "RUS"), since=day, until=day).weeks
    assert week.events[0].day == day


def test_a_slip_of_the_pen_does_not_hide_what_happened(store: Store) -> None:
    _keep(store, "slip", events=(make_event(on=(date(2924, 1, 1), date(2924, 1, 1))),))
    _keep(store, "a", events=(make_event(),))
    assert [week.week for week in open_dossier(store, ("PAK", "RUS")).weeks] == [MONDAY]


@pytest.mark.parametrize(("since", "until"), [(date(1900, 1, 1), MONDAY), (MONDAY, date(2020, 1, 1)), (date.min, date.max)])
def test_a_span_that_is_too_long_or_none_is_refused(since: date, until: date, store: Store) -> None:
    with pytest.raises(SpanInvalid):
        open_dossier(store, ("PAK", "RUS"), since=since, until=until)
