"""Questions to the findings."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from detente.contracts import Actor, Speaker
from detente.errors import QueryInvalid
from detente.storage import KeptReading, Store
from tests.readings import make_article, make_event, make_reading, make_statement, make_tie

JUNE = datetime(2024, 6, 15, 12, tzinfo=UTC)
PUTIN = Actor(id="a1", name="Vladimir Putin", kind="person", country="RUS", role="president")
ZARDARI = Actor(id="a2", name="Asif Ali Zardari", kind="person", country="PAK", role="president")


def keep(store: Store, id: str = "r", *, article_id: str | None = None, at: datetime | None = JUNE, **findings):
    article = make_article(article_id or f"article of {id}", published_at=at, title="Talks", outlet="The Daily Test")
    store.keep_reading(make_reading(article, **findings), reading_id=id, job_id=id)


def ids(page) -> list[str]:
    return [row.id for row in page.rows]


def walk(find, **asked) -> list[list[str]]:
    """The ids of all pages of an answer."""
    pages, after = [], None
    while True:
        page = find(after=after, **asked)
        pages.append(ids(page))
        if page.after is None:
            return pages
        after = page.after


def test_events_are_found_by_their_pair_in_either_order(store: Store):
    keep(store, events=(make_event("e1"), make_event("e2", source="PAK", target="RUS"), make_event("e3", target="IND")))
    assert ids(store.find_events(pair=("RUS", "PAK"))) == ids(store.find_events(pair=("PAK", "RUS"))) == ["r:e1", "r:e2"]


def test_events_are_found_by_source_target_type_and_status(store: Store):
    cancelled = make_event("e2", source="IND", target="USA", plover="ACCUSE", status="cancelled")
    keep(store, events=(make_event("e1"), cancelled))
    for asked in ({"source": "IND"}, {"target": "USA"}, {"plover": "ACCUSE"}, {"status": "cancelled"}, {"actor": "USA"}):
        assert ids(store.find_events(**asked)) == ["r:e2"]
    assert ids(store.find_events(source="IND", status="happened")) == []


def test_events_are_found_by_the_name_of_somebody_in_them(store: Store):
    meeting = make_event("e1", source_actor="a1", target_actor="a2")
    keep(store, actors=(PUTIN, ZARDARI), events=(meeting, make_event("e2")))
    row = store.find_events(actor="zardari").rows[0]
    assert row.event == meeting
    assert (row.source_name, row.target_name) == ("Vladimir Putin", "Asif Ali Zardari")
    assert ids(store.find_events(actor="Churchill")) == []


def test_an_event_that_lasts_is_found_by_each_of_its_days(store: Store):
    keep(store, events=(make_event(on=(date(2012, 10, 1), date(2012, 10, 7))),))
    found = [day for day in range(1, 12) if store.find_events(since=date(2012, 10, day), until=date(2012, 10, day)).rows]
    assert found == [1, 2, 3, 4, 5, 6, 7]


def test_an_event_without_a_date_has_the_day_of_its_article(store: Store):
    keep(store, events=(make_event(),))
    assert ids(store.find_events(since=JUNE.date(), until=JUNE.date())) == ["r:e1"]
    assert ids(store.find_events(since=JUNE + timedelta(days=1))) == []


def test_an_article_without_a_date_has_the_day_it_was_first_kept(store: Store):
    keep(store, at=None, events=(make_event(),))
    row = store.find_events().rows[0]
    assert row.article.published_at is None
    assert abs((row.day - datetime.now(UTC).date()).days) <= 1


def test_what_only_a_speaker_claims_says_who(store: Store):
    statement = make_statement(speaker=Speaker(name="a Kremlin aide", named=False))
    keep(store, statements=(statement,), events=(make_event(attributed_to="s1"),))
    assert store.find_events().rows[0].attributed_name == "a Kremlin aide"


def test_statements_are_found_by_who_spoke(store: Store):
    by_putin = make_statement("s1", speaker=Speaker(actor="a1", name="Putin", named=True))
    by_nobody = make_statement("s2")
    keep(store, actors=(PUTIN,), statements=(by_putin, by_nobody))
    for speaker in ("RUS", "putin", "PUTIN", "Vladimir Putin"):
        assert ids(store.find_statements(speaker=speaker)) == ["r:s1"]
    row = store.find_statements(speaker="RUS").rows[0]
    assert (row.statement, row.speaker_country, row.speaker_role) == (by_putin, "RUS", "president")


@pytest.mark.parametrize("name", ["50% of officials", "under_score", "back\\slash", "ÉLYSÉE", "Łódź", "ПУТИН"])
def test_names_are_searched_as_they_are_and_in_any_case(store: Store, name):
    keep(store, statements=(make_statement(speaker=Speaker(name=name, named=False)),))
    assert ids(store.find_statements(speaker=name.lower())) == ["r:s1"]
    assert ids(store.find_statements(speaker="5_%")) == []


def test_statements_are_found_by_the_states_they_name_by_kind_and_by_outlet(store: Store):
    first = make_statement("s1", about=("IND", "RUS"), kind="direct", outlet="Kommersant")
    keep(store, statements=(first, make_statement("s2", about=("PAK",))))
    for asked in ({"about": "IND"}, {"about": "RUS"}, {"kind": "direct"}, {"outlet": "Kommersant"}):
        assert ids(store.find_statements(**asked)) == ["r:s1"]
    assert ids(store.find_statements(about="USA")) == []


def test_statements_are_found_by_article_and_by_day(store: Store):
    keep(store, "r1", statements=(make_statement(),))
    keep(store, "r2", at=JUNE - timedelta(days=30), statements=(make_statement(),))
    assert ids(store.find_statements(article_id="article of r2")) == ["r2:s1"]
    assert ids(store.find_statements(since=date(2024, 6, 1))) == ["r1:s1"]
    assert ids(store.find_statements(until=date(2024, 6, 1))) == ["r2:s1"]


def test_all_readings_of_an_article_can_be_asked_for(store: Store):
    for id in ("r1", "r2"):
        keep(store, id, article_id="a", ties=(make_tie(),))
    assert ids(store.find_ties(article_id="a")) == ["r2:t1"]
    assert ids(store.find_ties(article_id="a", all_readings=True)) == ["r2:t1", "r1:t1"]


def test_ties_are_found_by_pair_direction_and_holder(store: Store):
    statement = make_statement(speaker=Speaker(actor="a1", name="he", named=True))
    spoken = make_tie("t2", direction="cooling", holder="s1", pair=("IND", "RUS"))
    keep(store, actors=(PUTIN,), statements=(statement,), ties=(make_tie("t1"), spoken))
    for asked in ({"pair": ("RUS", "IND")}, {"direction": "cooling"}, {"holder": "RUS"}, {"holder": "putin"}):
        assert ids(store.find_ties(**asked)) == ["r:t2"]
    assert ids(store.find_ties(holder="author")) == ["r:t1"]


def test_a_row_says_which_article_it_is_from(store: Store):
    keep(store, ties=(make_tie(),))
    article = store.find_ties().rows[0].article
    assert (article.id, article.title, article.outlet, article.published_at) == ("article of r", "Talks", "The Daily Test", JUNE)


def test_rows_come_newest_day_first_and_in_the_order_of_the_text(store: Store):
    many = tuple(make_event(f"e{n}") for n in range(1, 13))
    keep(store, "r1", at=JUNE - timedelta(days=1), events=many)
    keep(store, "r2", events=many[:2])
    assert ids(store.find_events()) == ["r2:e1", "r2:e2", *(f"r1:e{n}" for n in range(1, 13))]


def test_pages_hold_every_row_once(store: Store):
    for n in range(5):
        keep(store, f"r{n}", at=JUNE - timedelta(days=n // 2), events=tuple(make_event(f"e{m}") for m in range(4)))
    pages = walk(store.find_events, limit=3)
    assert [len(page) for page in pages] == [3, 3, 3, 3, 3, 3, 2]
    assert [id for page in pages for id in page] == ids(store.find_events())


def test_pages_shift_nothing_when_rows_come_in_between(store: Store):
    keep(store, "r5", events=tuple(make_event(f"e{m}") for m in range(4)))
    first = store.find_events(limit=2)
    keep(store, "r9", at=JUNE + timedelta(days=1), events=(make_event(),))
    keep(store, "r6", events=(make_event(),))
    keep(store, "r5", events=tuple(make_event(f"e{m}") for m in range(4)))
    assert ids(first) == ["r5:e0", "r5:e1"]
    assert ids(store.find_events(limit=2, after=first.after)) == ["r5:e2", "r5:e3"]


def test_the_last_page_says_that_it_is_the_last(store: Store):
    keep(store, events=(make_event("e1"), make_event("e2")))
    assert store.find_events(limit=2).after is None
    assert store.find_events(limit=1).after is not None


@pytest.mark.parametrize("cursor", ["", "nonsense", "e30", "WzEsMiwzXQ", "W10", "é", "WyIyMDI0LTA2LTE1IiwgInIiLCAiMSJd", "\0"])
def test_a_cursor_that_is_none_is_refused(store: Store, cursor):
    with pytest.raises(QueryInvalid, match="after"):
        store.find_events(after=cursor)


@pytest.mark.parametrize("asked", [{"status": "canceled"}, {"plover": "MEET"}, {"limit": 0}, {"limit": 1001}])
def test_a_question_that_cannot_find_anything_is_refused(store: Store, asked):
    with pytest.raises(QueryInvalid):
        store.find_events(**asked)


@pytest.mark.parametrize("text", ["\0", "\ud800", "'; DROP TABLE events; --", "%", "x" * 1000])
def test_any_text_can_be_asked_for(store: Store, text):
    keep(store, events=(make_event(),), statements=(make_statement(about=("RUS",)),), ties=(make_tie(),))
    for asked in ({"actor": text}, {"source": text}, {"pair": (text, text)}, {"article_id": text}, {"reading_id": text}):
        assert ids(store.find_events(**asked)) == []
    for asked in ({"speaker": text}, {"about": text}, {"outlet": text}):
        assert ids(store.find_statements(**asked)) == []
    assert ids(store.find_ties(holder=text)) == []


def test_a_name_longer_than_any_name_is_refused(store: Store):
    for ask in (lambda: store.find_events(actor="x" * 100_000), lambda: store.find_statements(speaker="x" * 100_000)):
        with pytest.raises(QueryInvalid, match="at most 1000"):
            ask()


def test_questions_by_pair_use_an_index(store: Store):
    keep_many = [KeptReading(make_reading(f"a{n}", events=(make_event(),)), reading_id=f"r{n}", job_id="j") for n in range(50)]
    store.keep_readings(keep_many)
    query = "SELECT id FROM events WHERE pair = 'PAK-RUS' AND day > '2024-01-01' ORDER BY day DESC LIMIT 5"
    with store.reads() as connection:
        if store.is_sqlite:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").fetchall()
        else:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            plan = connection.exec_driver_sql(f"EXPLAIN {query}").fetchall()
    assert "ix_events_pair_day" in str(plan)
