"""A reader whose version has risen reads stored articles again, behind all other work, and people's corrections stay."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from detente.contracts import Queue, RereadArticles
from detente.storage import Review, Verdict
from tests.readings import READER, make_article, make_event, make_reading, span
from tests.systems import System
from tests.waiting import wait_for

TEXT = "France expelled two Russian diplomats on Friday."


def test_stored_articles_are_read_again_to_the_last_and_corrections_stay(system: System) -> None:
    names = [f"reread-{uuid4().hex[:8]}-{number}" for number in range(5)]
    facts = {"source": "FRA", "target": "RUS", "status": "planned", "spans": (span("France expelled"),)}
    for name in names:
        reading = make_reading(make_article(name, text=TEXT), events=(make_event(**facts),))
        system.store.keep_reading(reading, reading_id=f"old-{name}", job_id="old")
    [before] = system.store.find_events(article_id=names[0]).rows
    review = Review(uuid4().hex, before.id, Verdict.REJECT, None, "an analyst", datetime.now(UTC))
    assert system.store.keep_review(review)
    receipt = system.client.submit(RereadArticles(batch=2))
    assert system.client.ledger.record(receipt.id).queue == Queue.UPKEEP == list(Queue)[-1]
    wait_for(lambda: all(system.store.find_rereadings(article_id=name).rows for name in names), timeout_s=60)
    for name in names:
        [rereading] = system.store.find_rereadings(article_id=name).rows
        assert (rereading.reader_before, rereading.before) == (READER, f"old-{name}")
        assert {change.kind for change in rereading.changes} <= {"added", "gone", "altered"}
        [event] = system.store.find_events(article_id=name).rows
        assert event.event.status == "happened"
        assert system.store.reading(f"old-{name}").events[0].status == "planned"
    assert system.store.reviews_of([before.id]) == {before.id: [review]}
    [change] = [one for one in system.store.find_rereadings(article_id=names[0]).rows[0].changes if one.noun == "events"]
    assert [one.verdict for one in change.reviews] == ["reject"]
