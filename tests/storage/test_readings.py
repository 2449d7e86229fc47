"""What goes in comes out, once, however often it is delivered."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import func, select

from detente.contracts import Actor, JobRecord, Speaker
from detente.errors import ArticleRejected, UnknownReading
from detente.storage import KeptReading, Store, tables
from tests import readings as some
from tests.readings import make_article, make_event, make_reading, make_statement, make_tie, span

# A store may be shared by the examples of a property: each overwrites the rows of the one before.
shared_store = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def count(store: Store, noun: str) -> int:
    with store.reads() as connection:
        return connection.scalar(select(func.count()).select_from(tables.metadata.tables[noun])) or 0


def counts(store: Store) -> dict[str, int]:
    return {noun: count(store, noun) for noun in ("articles", "readings", "actors", "statements", "events", "ties")}


@shared_store
@given(reading=some.readings)
def test_a_reading_comes_back_as_it_went_in(store: Store, reading):
    store.keep_reading(reading, reading_id="r", job_id="j")
    assert store.reading("r") == reading


@shared_store
@given(reading=some.readings)
def test_findings_come_back_as_they_went_in(store: Store, reading):
    store.keep_reading(reading, reading_id="r", job_id="j")
    assert {row.event for row in store.find_events().rows} == set(reading.events)
    assert {row.statement for row in store.find_statements().rows} == set(reading.statements)
    assert {row.tie for row in store.find_ties().rows} == set(reading.ties)


@shared_store
@given(reading=some.readings)
def test_a_second_delivery_doubles_nothing(store: Store, reading):
    store.keep_reading(reading, reading_id="r", job_id="j")
    once = counts(store)
    store.keep_reading(reading, reading_id="r", job_id="j")
    assert counts(store) == once
    assert once["articles"] == once["readings"] == 1


def test_a_second_delivery_overwrites_what_it_found_before(store: Store):
    store.keep_reading(make_reading(events=(make_event("e1"), make_event("e2"))), reading_id="r", job_id="j")
    again = make_reading(events=(make_event("e1", status="cancelled"),))
    store.keep_reading(again, reading_id="r", job_id="j")
    assert [row.event.status for row in store.find_events().rows] == ["cancelled"]


def test_a_second_delivery_that_names_the_article_differently_leaves_no_article_behind(store: Store):
    store.keep_reading(make_reading("old"), reading_id="r", job_id="j")
    store.keep_reading(make_reading("new", events=(make_event(),)), reading_id="r", job_id="j")
    assert count(store, "articles") == 1
    assert store.current_reading_id("new") == "r"


def test_an_article_that_loses_its_reading_goes_back_to_the_one_before(store: Store):
    store.keep_reading(make_reading("old", events=(make_event(),)), reading_id="r1", job_id="r1")
    store.keep_reading(make_reading("old"), reading_id="r2", job_id="r2")
    store.keep_reading(make_reading("new"), reading_id="r2", job_id="r2")
    assert store.current_reading_id("old") == "r1"
    assert [row.id for row in store.find_events().rows] == ["r1:e1"]


def test_two_deliveries_at_once_leave_one_set(store: Store):
    statement = make_statement(about=("IND", "RUS"))
    reading = make_reading(statements=(statement,), events=(make_event(), make_event("e2")), ties=(make_tie(),))
    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(store.keep_reading, reading, reading_id="r", job_id="r") for _ in range(40)]:
            done.result()
    assert counts(store) == {"articles": 1, "readings": 1, "actors": 0, "statements": 1, "events": 2, "ties": 1}
    assert store.reading("r") == reading


def test_batches_that_share_articles_do_not_block_each_other(store: Store):
    readings = [make_reading(f"a{n}", events=(make_event(),)) for n in range(20)]
    forward = [KeptReading(reading, reading_id=f"f.{n}", job_id="f") for n, reading in enumerate(readings)]
    backward = [KeptReading(reading, reading_id=f"b.{n}", job_id="b") for n, reading in enumerate(reversed(readings))]
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(store.keep_readings, batch) for batch in [forward, backward] * 10]:
            done.result()
    assert count(store, "articles") == 20
    assert count(store, "events") == 40


def test_the_last_reading_kept_is_the_current_one(store: Store):
    store.keep_reading(make_reading(events=(make_event(status="happened"),)), reading_id="r1", job_id="r1")
    store.keep_reading(make_reading(events=(make_event(status="denied"),)), reading_id="r2", job_id="r2")
    assert [row.event.status for row in store.find_events().rows] == ["denied"]
    assert len(store.find_events(all_readings=True).rows) == 2
    assert store.find_events(reading_id="r1").rows[0].event.status == "happened"
    assert store.current_reading_id("a") == "r2"


def test_a_batch_is_kept_whole(store: Store):
    batch = [KeptReading(make_reading(f"a{n}", events=(make_event(),)), reading_id=f"j.{n}", job_id="j") for n in range(64)]
    store.keep_readings(batch)
    assert count(store, "events") == 64
    assert [reading.article.id for reading in store.readings([f"j.{n}" for n in (63, 0, 7)])] == ["a63", "a0", "a7"]


def test_of_an_article_that_is_twice_in_a_batch_the_last_reading_counts(store: Store):
    store.keep_readings([KeptReading(make_reading(), reading_id=f"j.{n}", job_id="j") for n in range(2)])
    assert store.current_reading_id("a") == "j.1"
    assert count(store, "readings") == 2


def test_a_batch_with_one_bad_text_keeps_nothing(store: Store):
    good, bad = make_reading("good"), make_reading(make_article("bad", text="a\0b"))
    with pytest.raises(ArticleRejected, match="NUL character at 1"):
        store.keep_readings([KeptReading(good, reading_id="1", job_id="j"), KeptReading(bad, reading_id="2", job_id="j")])
    assert count(store, "readings") == 0


def test_an_empty_batch_is_nothing_to_do(store: Store):
    store.keep_readings([])
    assert count(store, "readings") == 0


def test_readings_come_in_the_order_asked_for_over_many_chunks(store: Store):
    store.keep_readings([KeptReading(make_reading(f"a{n}"), reading_id=str(n), job_id="j") for n in range(150)])
    asked = [str(n) for n in reversed(range(150))] + ["3"]
    assert [reading.article.id for reading in store.readings(asked)] == [f"a{id}" for id in asked]


def test_an_unknown_reading_is_said_to_be_unknown(store: Store):
    store.keep_reading(make_reading(), reading_id="r", job_id="j")
    with pytest.raises(UnknownReading, match="'other'"):
        list(store.readings(["r", "other"]))
    with pytest.raises(UnknownReading, match="'nowhere'"):
        store.current_reading_id("nowhere")


def test_a_nul_in_a_title_is_replaced_and_offsets_stay(store: Store):
    name = span("x\0y").model_copy(update={"field": "title"})
    article = make_article(title="x\0y", outlet="a\0", url="\0", authors=("b\0",))
    reading = make_reading(article, actors=(Actor(id="a1", name="x\0y", kind="person", mentions=(name,)),))
    store.keep_reading(reading, reading_id="r\0", job_id="j\0")
    kept = store.reading("r\0")
    mention = kept.actors[0].mentions[0]
    assert kept.article.title == "x\N{REPLACEMENT CHARACTER}y"
    assert kept.article.title[mention.start : mention.end] == mention.text


def test_the_job_is_kept_in_the_same_transaction(store: Store):
    record = JobRecord(id="j", kind="detente.article.read", queue="interactive", state="done")
    store.keep_reading(make_reading(), reading_id="j", job_id="j", record=record)
    assert store.job("j") == record


def test_a_time_in_another_zone_comes_back_aware_and_the_same(store: Store):
    published_at = datetime.fromisoformat("2024-03-01T01:30:00+05:30")
    store.keep_reading(make_reading(make_article(published_at=published_at), ties=(make_tie(),)), reading_id="r", job_id="j")
    found = store.find_ties().rows[0]
    assert found.article.published_at == published_at
    assert found.article.published_at.tzinfo is UTC
    assert found.day.isoformat() == "2024-02-29"


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_times_at_the_ends_of_the_calendar_can_be_kept(store: Store, moment):
    reading = make_reading(make_article(published_at=datetime.fromisoformat(moment)), ties=(make_tie(),))
    store.keep_reading(reading, reading_id="r", job_id="j")
    assert store.reading("r") == reading
    assert len(store.find_ties().rows) == 1


def test_a_speaker_who_is_no_known_actor_is_kept(store: Store):
    statement = make_statement(speaker=Speaker(actor="a9", name="a diplomat", named=False))
    store.keep_reading(make_reading(statements=(statement,)), reading_id="r", job_id="j")
    assert store.find_statements(speaker="DIPLOMAT").rows[0].speaker_country is None
