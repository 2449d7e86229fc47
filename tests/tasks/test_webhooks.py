"""What follows from an answer: delivered, again later, given up, disabled. With a real endpoint, store and Redis."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from detente.client import new_id
from detente.contracts import (
    DeliverWebhook,
    DeliveryState,
    JobError,
    JobRecord,
    SweepDeliveries,
    Webhook,
    WebhookDelivered,
)
from detente.errors import NotReady, WebhookRefused
from detente.storage import KeptWebhook
from detente.webhooks.deliveries import Event, announce, end_of_job
from detente.webhooks.posts import WebhookOptions
from detente.webhooks.signatures import new_secret
from tasks.services import Services
from tasks.webhooks import deliver, notify, sweep
from tests.receivers import Receiver, is_signed, receiver

HERE = WebhookOptions(timeout_s=3, schedule_s=(0.0, 300.0), networks=(ip_network("127.0.0.0/8"),))
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.fixture
def services(services: Services) -> Services:
    return replace(services, webhooks=HERE)


def _add(services: Services, url: str, **facts: Any) -> KeptWebhook:
    plain = {"id": new_id(), "tenant": "default", "url": url, "events": ("job.done",), "secret": "", "created_at": NOON}
    kept = KeptWebhook(Webhook.model_validate({**plain, **facts}), new_secret())
    services.store.keep_webhook(kept)
    return kept


def _record(**facts: Any) -> JobRecord:
    plain = {"id": new_id(), "kind": "detente.article.read", "queue": "interactive", "state": "done", "finished_at": NOON}
    return JobRecord.model_validate({**plain, **facts})


def _end(services: Services, **facts: Any) -> list[str]:
    event = end_of_job(_record(**facts))
    return announce(event, store=services.store, submit=services.submit) if event else []


def _deliver(services: Services, id: str) -> WebhookDelivered:
    delivery = services.store.delivery(id).delivery
    job = DeliverWebhook(delivery=id, webhook=str(delivery.webhook))
    return deliver_plainly(job, replace(services, job_id=str(delivery.job)))


def deliver_plainly(job: DeliverWebhook, services: Services) -> WebhookDelivered:
    return deliver(job, services)


@pytest.fixture
def endpoint() -> Iterator[Receiver]:
    with receiver(200) as found:
        yield found


def test_an_end_is_told_signed_and_thin(services: Services, endpoint: Receiver) -> None:
    kept = _add(services, endpoint.url)
    [id] = _end(services, id="01a2083b-79ab-7a3b-b894-8f662bde5111")
    assert _deliver(services, id).state is DeliveryState.DELIVERED
    [request] = endpoint.requests
    assert is_signed(request, kept.secret)
    assert request.id == id
    payload = json.loads(request.body)
    assert (payload["type"], payload["data"]["id"]) == ("job.done", "01a2083b-79ab-7a3b-b894-8f662bde5111")
    assert datetime.fromisoformat(payload["timestamp"]) == NOON
    assert "result" not in payload["data"]


def test_an_end_that_is_announced_again_is_one_delivery_and_one_job(services: Services, endpoint: Receiver) -> None:
    _add(services, endpoint.url)
    record = _record()
    ids = {id for _ in range(3) for id in announce(end_of_job(record), store=services.store, submit=services.submit)}  # type: ignore[arg-type]
    assert len(ids) == 1
    assert services.ledger.redis.llen("detente:fetch") == 1


def test_only_those_who_listen_are_told(services: Services, endpoint: Receiver) -> None:
    all_events = ("job.done", "job.dead", "batch.done")
    wanted = {
        _add(services, endpoint.url, events=("job.dead",)).webhook.id,
        _add(services, endpoint.url, events=all_events, kinds=("detente.article.read",)).webhook.id,
    }
    _add(services, endpoint.url, events=("job.done",))
    _add(services, endpoint.url, events=all_events, tenant="acme")
    _add(services, endpoint.url, events=all_events, enabled=False)
    _add(services, endpoint.url, events=all_events, kinds=("detente.articles.read",))
    told = _end(services, state="dead", error=JobError(kind="ArticleRejected", message="empty"))
    assert {services.store.delivery(id).delivery.webhook for id in told} == wanted


def test_what_the_system_does_for_itself_is_not_told(services: Services, endpoint: Receiver) -> None:
    _add(services, endpoint.url)
    assert _end(services, kind="detente.heartbeat.beat", queue="upkeep") == []
    assert _end(services, kind="detente.webhook.deliver", queue="fetch") == []
    assert _end(services, state="cancelled") == []


@pytest.mark.parametrize("suffix", ["", "/run-7", "/run-7?x=1"])
def test_a_job_may_name_a_url_under_that_of_a_webhook(services: Services, endpoint: Receiver, suffix: str) -> None:
    kept = _add(services, endpoint.url, events=())
    [id] = _end(services, webhook=endpoint.url + suffix)
    _deliver(services, id)
    assert [request.path for request in endpoint.requests] == ["/hooks" + suffix]
    assert is_signed(endpoint.requests[0], kept.secret)


def test_a_job_may_name_a_webhook_that_is_told_once_even_if_it_listens(services: Services, endpoint: Receiver) -> None:
    kept = _add(services, endpoint.url)
    assert len(_end(services, webhook=kept.webhook.id)) == 1
    assert len(_end(services, webhook=endpoint.url)) == 1


@pytest.mark.parametrize(
    "named",
    ["http://127.0.0.1:1/hooks", "{url}er", "{url}/../x", "{url}/%2e%2e/x", "http://a:b@127.0.0.1/", "http://[", "none"],
)
def test_a_url_that_no_webhook_signs_for_is_not_posted_to_and_the_log_says_why(
    services: Services, endpoint: Receiver, named: str
) -> None:
    _add(services, endpoint.url, events=())
    [id] = _end(services, webhook=named.format(url=endpoint.url))
    delivery = services.store.delivery(id).delivery
    assert delivery.state is DeliveryState.FAILED
    assert "no enabled webhook" in str(delivery.attempts[0].error)
    assert services.ledger.redis.llen("detente:fetch") == 0


def test_an_attempt_that_fails_is_made_again_later_than_the_schedule_says(services: Services, endpoint: Receiver) -> None:
    _add(services, endpoint.url)
    endpoint.plan[:] = [500, 503, 200]
    endpoint.fields = {"Retry-After": "600"}
    [id] = _end(services)
    with pytest.raises(NotReady) as first:
        _deliver(services, id)
    assert 600 <= first.value.retry_after_s <= 720
    kept = services.store.delivery(id)
    assert (kept.delivery.state, kept.tries) == (DeliveryState.WAITING, 1)
    assert kept.delivery.next_at > datetime.now(UTC) + timedelta(seconds=590)


def test_what_failed_together_does_not_come_back_together(services: Services, endpoint: Receiver) -> None:
    _add(services, endpoint.url)
    endpoint.plan[:] = [500]
    later, waits = replace(services, webhooks=replace(HERE, schedule_s=(300.0,))), set()
    for [id] in [_end(services) for _ in range(5)]:
        with pytest.raises(NotReady) as failed:
            _deliver(later, id)
        waits.add(failed.value.retry_after_s)
    assert 300 <= min(waits) < max(waits) <= 360


def test_an_attempt_whose_worker_died_after_it_waits_for_its_time(services: Services, endpoint: Receiver) -> None:
    _add(services, endpoint.url)
    endpoint.plan[:] = [500]
    later = replace(services, webhooks=replace(HERE, schedule_s=(300.0,)))
    [id] = _end(services)
    for _ in range(2):
        with pytest.raises(NotReady):
            _deliver(later, id)
    assert len(endpoint.requests) == 1


def test_all_attempts_have_one_id_and_a_time_of_their_own(services: Services, endpoint: Receiver) -> None:
    kept = _add(services, endpoint.url)
    endpoint.plan[:] = [500, 200]
    [id] = _end(services)
    with pytest.raises(NotReady):
        _deliver(services, id)
    assert _deliver(services, id).attempts == 2
    assert {request.id for request in endpoint.requests} == {id}
    assert len({request.body for request in endpoint.requests}) == 1
    assert all(is_signed(request, kept.secret) for request in endpoint.requests)
    log = services.store.delivery(id).delivery.attempts
    assert [(one.status, one.error) for one in log] == [(500, "answered 500"), (200, None)]


def test_after_the_schedule_the_delivery_is_given_up(services: Services, endpoint: Receiver) -> None:
    _add(services, endpoint.url)
    endpoint.plan[:] = [404]
    at_once = replace(services, webhooks=replace(HERE, schedule_s=(0.0, 0.0)))
    [id] = _end(services)
    for _ in range(2):
        with pytest.raises(NotReady):
            _deliver(at_once, id)
    with pytest.raises(WebhookRefused, match="3 attempts"):
        _deliver(at_once, id)
    assert services.store.delivery(id).delivery.state is DeliveryState.FAILED


def test_410_disables_the_endpoint_and_what_waits_for_it_is_dropped(services: Services, endpoint: Receiver) -> None:
    kept = _add(services, endpoint.url)
    endpoint.plan[:] = [410]
    (first,), (second,) = _end(services), _end(services)
    assert _deliver(services, first).state is DeliveryState.FAILED
    assert services.store.webhook(kept.webhook.id).webhook.disabled_because == "it answered 410 Gone"
    assert _deliver(services, second).state is DeliveryState.DROPPED
    assert len(endpoint.requests) == 1
    assert _end(services) == []


def test_a_delivery_that_is_done_is_not_made_by_a_second_message(services: Services, endpoint: Receiver) -> None:
    _add(services, endpoint.url)
    [id] = _end(services)
    assert _deliver(services, id) == _deliver(services, id)
    assert len(endpoint.requests) == 1


def test_only_the_delivery_s_own_job_delivers_it(services: Services, endpoint: Receiver) -> None:
    kept = _add(services, endpoint.url)
    [id] = _end(services)
    stranger = DeliverWebhook(delivery=id, webhook=kept.webhook.id)
    assert deliver_plainly(stranger, services).state is DeliveryState.WAITING
    assert endpoint.requests == []


def test_private_addresses_are_not_posted_to_unless_allowed(services: Services, endpoint: Receiver) -> None:
    _add(services, endpoint.url)
    [id] = _end(services)
    with pytest.raises(NotReady, match="private"):
        _deliver(replace(services, webhooks=WebhookOptions()), id)
    assert endpoint.requests == []


def test_a_delivery_without_a_job_gets_one(services: Services, endpoint: Receiver) -> None:
    _add(services, endpoint.url)
    lost, dead, early = _end(services)[0], _end(services)[0], _end(services)[0]
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    for id in (lost, dead):
        job = str(services.store.delivery(id).delivery.job)
        services.store.assign_delivery(id, job=job, at=long_ago)
    services.ledger.redis.delete(f"detente:job:{services.store.delivery(lost).delivery.job}")
    services.ledger.dead(str(services.store.delivery(dead).delivery.job), JobError(kind="WorkersLost", message=""))
    swept = sweep(SweepDeliveries(), services)
    assert (swept.resubmitted, swept.failed) == (1, 1)
    assert services.store.delivery(dead).delivery.state is DeliveryState.FAILED
    assert _deliver(services, lost).state is DeliveryState.DELIVERED
    assert services.store.delivery(early).delivery.state is DeliveryState.WAITING


def test_a_full_queue_puts_a_delivery_off_and_loses_none(services: Services, endpoint: Receiver) -> None:
    _add(services, endpoint.url)
    services.ledger.redis.hset("detente:limits", "fetch", "0")
    [id] = _end(services)
    assert services.store.delivery(id).delivery.state is DeliveryState.WAITING
    services.ledger.redis.delete("detente:limits")
    services.store.assign_delivery(
        id, job=str(services.store.delivery(id).delivery.job), at=datetime.now(UTC) - timedelta(hours=1)
    )  # fmt: skip
    assert sweep(SweepDeliveries(), services).resubmitted == 1
    assert services.ledger.redis.llen("detente:fetch") == 1


def test_any_handler_may_tell_of_an_event(services: Services, endpoint: Receiver) -> None:
    _add(services, endpoint.url, events=("alert.raised",))
    [id] = notify(services, "alert.raised", {"pair": "PAK-RUS"})
    assert notify(services, "alert.raised", {"pair": "PAK-RUS"}) == [id]
    _deliver(services, id)
    assert b'"data":{"pair":"PAK-RUS"}' in endpoint.requests[0].body
    with pytest.raises(ValueError, match="no event"):
        notify(services, "alert.risen", {})


def test_a_payload_that_is_too_long_is_cut_to_its_id() -> None:
    event = Event(type="alert.raised", tenant="a", subject="s", data={"text": "x" * 30_000}, at=NOON)
    assert '"data":{"id":"s","truncated":true}' in event.payload()
