"""What people said of findings outlives the readings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from detente.storage import Review, Store, Verdict
from tests.readings import make_event, make_reading, make_statement, make_tie

NOON = datetime(2024, 6, 15, 12, tzinfo=UTC)


def keep(store: Store, reading_id: str, article: str = "a", **findings) -> None:
    store.keep_reading(make_reading(article, **findings), reading_id=reading_id, job_id="j")


def make_review(finding_id: str, verdict: str = "accept", *, at: int = 0, **facts) -> Review:
    plain = {"note": None, "reviewed_by": "desk", "reviewed_at": NOON + timedelta(minutes=at)} | facts
    return Review(id=f"{finding_id} {at}", finding_id=finding_id, verdict=Verdict(verdict), **plain)


def verdicts(store: Store, *finding_ids: str) -> dict[str, list[str]]:
    return {id: [review.verdict for review in found] for id, found in store.reviews_of(finding_ids).items()}


@pytest.mark.parametrize(
    "finding", [{"statements": (make_statement("x"),)}, {"events": (make_event("x"),)}, {"ties": (make_tie("x"),)}]
)
def test_a_review_comes_back_as_it_went_in(store: Store, finding):
    keep(store, "r", **finding)
    review = make_review("r:x", "reject", note="no — “нет”")
    assert store.keep_review(review)
    assert store.reviews_of(["r:x", "r:y"]) == {"r:x": [review]}


def test_there_is_no_review_of_nothing(store: Store):
    assert not store.keep_review(make_review("nobody"))
    assert store.reviews_of(["nobody"]) == {}


def test_a_second_delivery_of_the_reading_keeps_its_reviews(store: Store):
    for _ in range(2):
        keep(store, "r", events=(make_event("e1"),))
        store.keep_review(make_review("r:e1", at=_))
    assert verdicts(store, "r:e1") == {"r:e1": ["accept", "accept"]}


def test_a_later_reading_of_the_article_shows_the_review_with_what_is_the_same(store: Store):
    keep(store, "r1", events=(make_event("e1"), make_event("e2", status="denied")))
    store.keep_review(make_review("r1:e1", "reject"))
    keep(store, "r2", events=(make_event("e1", status="denied"), make_event("e2")))
    keep(store, "r3", "another article", events=(make_event("e1"),))
    assert verdicts(store, "r2:e1", "r2:e2", "r3:e1") == {"r2:e2": ["reject"]}


def test_reviews_come_the_oldest_first(store: Store):
    keep(store, "r", ties=(make_tie("t1"),))
    for at in (3, 1, 2):
        store.keep_review(make_review("r:t1", "accept" if at == 3 else "note", at=at))
    assert verdicts(store, "r:t1") == {"r:t1": ["note", "note", "accept"]}


def test_many_findings_are_asked_for_at_once(store: Store):
    keep(store, "r", events=tuple(make_event(f"e{n}") for n in range(3)))
    store.keep_review(make_review("r:e1"))
    assert "r:e1" in store.reviews_of([f"r:e{n}" for n in range(1200)])
