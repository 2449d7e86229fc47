"""Webhooks, the log of their deliveries, and the summaries of batches, in both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from detente.contracts import (
    Attempt,
    BatchOutcome,
    BatchRecord,
    BatchRefusal,
    Delivery,
    DeliveryState,
    JobError,
    Webhook,
)
from detente.errors import UnknownBatch, UnknownWebhook
from detente.storage import KeptDelivery, KeptWebhook, Store

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
SECRET = "whsec_" + "A" * 43 + "="


def make_webhook(id: str = "w", **facts) -> KeptWebhook:
    plain = {"tenant": "default", "url": "https://example.org/h", "events": ("job.done",), "created_at": NOON}
    return KeptWebhook(Webhook.model_validate({"id": id, "secret": "", **plain, **facts}), SECRET)


def make_delivery(id: str = "d", **facts) -> KeptDelivery:
    plain = {"webhook": "w", "tenant": "default", "event": "job.done", "subject": "j", "url": "https://example.org/h"}
    fields = {"id": id, "state": "waiting", "job": "j1", "created_at": NOON, "next_at": NOON, **plain, **facts}
    return KeptDelivery(Delivery.model_validate(fields), '{"type":"job.done"}')


def test_a_webhook_comes_back_with_its_secret_masked_in_what_is_shown(store: Store):
    store.keep_webhook(make_webhook(kinds=("detente.article.read",)))
    kept = store.webhook("w")
    assert kept.secret == SECRET
    assert kept.webhook.secret == "whsec_…AAA="
    assert kept.webhook.kinds == ("detente.article.read",)
    assert SECRET not in repr(kept)


def test_webhooks_are_those_of_a_tenant(store: Store):
    store.keep_webhook(make_webhook("a"))
    store.keep_webhook(make_webhook("b", tenant="acme"))
    assert [kept.webhook.id for kept in store.webhooks(tenant="acme")] == ["b"]
    assert len(store.webhooks()) == 2


def test_an_old_secret_signs_until_its_time_has_come(store: Store):
    webhook = make_webhook(rotates_until=NOON)
    store.keep_webhook(KeptWebhook(webhook.webhook, "new", "old"))
    assert store.webhook("w").keys(now=NOON - timedelta(seconds=1)) == ["new", "old"]
    assert store.webhook("w").keys(now=NOON) == ["new"]


def test_a_webhook_is_disabled_with_the_reason_and_removed(store: Store):
    store.keep_webhook(make_webhook())
    store.enable_webhook("w", enabled=False, because="it answered 410 Gone")
    assert store.webhook("w").webhook.disabled_because == "it answered 410 Gone"
    store.remove_webhook("w")
    for missing in (
        lambda: store.webhook("w"),
        lambda: store.remove_webhook("w"),
        lambda: store.enable_webhook("w", enabled=True),
    ):
        with pytest.raises(UnknownWebhook):
            missing()


def test_a_delivery_that_is_known_stays_as_it_is(store: Store):
    store.add_deliveries([make_delivery()])
    attempt = Attempt(at=NOON, status=500, ms=12, error="answered 500", excerpt="a\0b")
    store.note_attempt("d", attempt, state=DeliveryState.FAILED, at=NOON)
    store.add_deliveries([make_delivery(), make_delivery("other")])
    kept = store.delivery("d")
    assert (kept.delivery.state, kept.tries, kept.delivery.ended_at) == (DeliveryState.FAILED, 1, NOON)
    assert [(one.status, one.excerpt) for one in kept.delivery.attempts] == [(500, "a\N{REPLACEMENT CHARACTER}b")]
    assert kept.payload == '{"type":"job.done"}'


def test_a_delivery_begins_anew_with_another_job(store: Store):
    store.add_deliveries([make_delivery()])
    store.note_attempt("d", Attempt(at=NOON, ms=1, error="x"), state=DeliveryState.FAILED, at=NOON)
    store.assign_delivery("d", job="j2", at=NOON)
    kept = store.delivery("d")
    assert (kept.delivery.state, kept.delivery.job, kept.tries, len(kept.delivery.attempts)) == ("waiting", "j2", 0, 1)
    assert kept.delivery.ended_at is None


def test_deliveries_are_found_page_by_page(store: Store):
    rows = [make_delivery(str(n), created_at=NOON + timedelta(seconds=n // 2), tenant="ab"[n % 2]) for n in range(7)]
    store.add_deliveries(rows)
    first = store.find_deliveries(limit=4)
    rest = store.find_deliveries(limit=4, after=first.after)
    assert [one.id for one in (*first.rows, *rest.rows)] == ["6", "5", "4", "3", "2", "1", "0"]
    assert [one.id for one in store.find_deliveries(tenant="b").rows] == ["5", "3", "1"]
    assert store.find_deliveries(state="failed").rows == ()


def test_those_that_are_late_are_found_and_old_ones_are_deleted(store: Store):
    store.add_deliveries([make_delivery("late"), make_delivery("due", next_at=NOON + timedelta(hours=2)), make_delivery("old")])
    store.note_attempt("old", None, state=DeliveryState.DROPPED, at=NOON)
    assert [kept.delivery.id for kept in store.overdue_deliveries(before=NOON + timedelta(hours=1))] == ["late"]
    assert store.expire_deliveries(before=NOON + timedelta(days=1)) == 1
    assert len(store.find_deliveries().rows) == 2


def test_the_summary_of_a_batch_comes_back_as_it_went_in(store: Store):
    record = BatchRecord(
        id="b", tenant="acme", kind="detente.article.read", state="done", rows=5, accepted=4, refused=1,
        counts={"done": 3, "dead": 1}, created_at=NOON, closed_at=NOON, finished_at=NOON + timedelta(seconds=3),
    )  # fmt: skip
    failure = BatchOutcome(place=0, row=2, job="j", state="dead", error=JobError(kind="ArticleRejected", message="empty"))
    for _ in range(2):
        store.keep_batch(record, failures=[failure], refusals=[BatchRefusal(row=4, detail="text: missing")])
    kept = store.kept_batch("b")
    assert (kept.record, kept.failures[0], kept.refusals[0].row) == (record, failure, 4)
    assert store.kept_batches(tenant="acme") == [record]
    assert store.kept_batches(tenant="other") == []
    with pytest.raises(UnknownBatch):
        store.kept_batch("none")
