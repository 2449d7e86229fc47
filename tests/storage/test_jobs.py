"""Jobs that have ended: records, dead letters, expiry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detente.contracts import JobError, JobEvent, JobRecord, JobState, Progress
from detente.errors import UnknownJob
from detente.storage import Store

NOON = datetime(2024, 6, 15, 12, tzinfo=UTC)


def make_record(id: str = "j", **facts) -> JobRecord:
    plain = {"kind": "detente.article.read", "queue": "interactive", "state": "done", "finished_at": NOON}
    return JobRecord(id=id, **(plain | facts))


def test_a_record_comes_back_as_it_went_in(store: Store):
    record = make_record(
        label={"title": "Ties — связи", "size": 12}, submitted_at=NOON - timedelta(seconds=2), started_at=NOON, attempts=2,
        worker="w@host", progress=Progress(done=1, total=3), error=JobError(kind="ArticleRejected", message="too short"),
    )  # fmt: skip
    store.keep_job(record)
    assert store.job("j") == record


def test_times_of_a_job_come_back_aware(store: Store):
    store.keep_job(make_record(finished_at=datetime.fromisoformat("2024-06-15T14:00:00+02:00")))
    assert store.job("j").finished_at == NOON
    assert store.job("j").finished_at.tzinfo is UTC


def test_a_dead_letter_has_all_that_is_needed_to_submit_it_again(store: Store):
    payload = {"text": "Talks …", "authors": [], "inline": False}
    history = [JobEvent(id="1-0", at=NOON, event="started", detail={"worker": "w"}), JobEvent(id="2-0", at=NOON, event="dead")]
    store.keep_job(make_record(state="dead"), payload=payload, traceback="Traceback: …", history=history)
    kept = store.kept_job("j")
    assert (kept.payload, kept.traceback, kept.history) == (payload, "Traceback: …", tuple(history))


def test_keeping_a_job_again_overwrites_its_record_but_not_its_payload(store: Store):
    store.keep_job(make_record(state="dead"), payload={"text": "x"}, traceback="why")
    store.keep_job(make_record(state="done", attempts=2))
    kept = store.kept_job("j")
    assert (kept.record.state, kept.record.attempts, kept.payload, kept.traceback) == (JobState.DONE, 2, {"text": "x"}, "why")


def test_an_unknown_job_is_said_to_be_unknown(store: Store):
    with pytest.raises(UnknownJob, match="'nobody'"):
        store.job("nobody")


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
json_values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(id=st.text(max_size=100), payload=json_values, words=st.text(st.characters()))
def test_any_payload_and_any_message_can_be_a_dead_letter(store: Store, id, payload, words):
    record = make_record(id, kind=words, state="dead", error=JobError.model_construct(kind=words, message=words))
    store.keep_job(record, payload=payload, traceback=words)
    assert store.kept_job(id).record.state is JobState.DEAD


def test_a_payload_that_is_nested_too_deeply_is_cut_and_not_lost(store: Store):
    deep: list = []
    for _ in range(5000):
        deep = [deep]
    store.keep_job(make_record(state="dead"), payload={"text": "kept", "deep": deep})
    assert store.kept_job("j").payload["text"] == "kept"


def test_jobs_are_found_by_kind_queue_state_and_time(store: Store):
    store.keep_job(make_record("old", finished_at=NOON - timedelta(days=9)))
    store.keep_job(make_record("dead", state="dead", queue="bulk", kind="detente.articles.read"))
    for asked in ({"state": "dead"}, {"kind": "detente.articles.read"}, {"queue": "bulk"}, {"since": NOON}):
        assert [record.id for record in store.find_jobs(**asked).rows] == ["dead"]
    assert [record.id for record in store.find_jobs(until=NOON).rows] == ["old"]


def test_jobs_come_newest_first_and_page_by_page(store: Store):
    for n in range(5):
        store.keep_job(make_record(f"j{n}", finished_at=NOON + timedelta(minutes=n // 2)))
    first = store.find_jobs(limit=3)
    store.keep_job(make_record("later", finished_at=NOON + timedelta(days=1)))
    second = store.find_jobs(limit=3, after=first.after)
    assert [record.id for record in (*first.rows, *second.rows)] == ["j4", "j3", "j2", "j1", "j0"]
    assert second.after is None


def test_jobs_that_ended_before_a_moment_expire(store: Store):
    store.keep_job(make_record("old", finished_at=NOON - timedelta(seconds=1)))
    store.keep_job(make_record("new", finished_at=NOON))
    assert store.expire_jobs(before=NOON) == 1
    assert [record.id for record in store.find_jobs().rows] == ["new"]


def test_a_job_without_any_time_counts_as_ended_now(store: Store):
    store.keep_job(make_record(finished_at=None))
    assert store.expire_jobs(before=datetime.now(UTC) - timedelta(minutes=1)) == 0
    assert store.expire_jobs(before=datetime.now(UTC) + timedelta(minutes=1)) == 1
