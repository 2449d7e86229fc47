"""Webhooks and batches from end to end: real workers, real endpoints."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from detente.client import new_id
from detente.client.webhooks import verify
from detente.contracts import BatchState, DeliveryState, JobState, ReadArticle, Terms
from detente.embedded import EmbeddedServer
from tests.app import WaitFor
from tests.receivers import Receiver, is_signed, receiver
from tests.systems import System, kill_tree
from tests.waiting import wait_for

ENV = {
    "DETENTE_WEBHOOK_NETWORKS": '["127.0.0.0/8"]',
    "DETENTE_WEBHOOK_SCHEDULE_S": "[0.1, 0.1]",
    "DETENTE_WEBHOOK_TIMEOUT_S": "2",
}


@pytest.fixture(scope="module", autouse=True)
def allowed() -> Iterator[None]:
    """Workers of this file may post to this machine, and wait seconds instead of days."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENV.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def told(allowed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("told")
    with EmbeddedServer(folder / "redis") as server:
        system = System(server.url, f"sqlite:///{folder / 'detente.db'}", folder)
        system.store.upgrade()
        with closing(system), system.worker():
            yield system


@pytest.fixture
def tenant() -> str:
    """A tenant of the test's own, so that tests do not hear of each other."""
    return f"t{new_id()}"


@pytest.fixture
def endpoint() -> Iterator[Receiver]:
    with receiver(200) as found:
        yield found


def _add(system: System, url: str, *options: str) -> tuple[str, str]:
    """Add a webhook by the command line. Returns its id and secret."""
    done = system.cli("webhooks", "add", url, *options, "--json")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    return shown["id"], shown["secret"]


def _article(words: str = "Oslo recalled its ambassador from Minsk.") -> ReadArticle:
    return ReadArticle(text=words)


def _state(system: System, tenant: str) -> DeliveryState | None:
    rows = system.store.find_deliveries(tenant=tenant).rows
    return rows[0].state if rows else None


def test_a_job_that_is_done_is_told_once_and_signed(told: System, tenant: str, endpoint: Receiver) -> None:
    _, secret = _add(told, endpoint.url, "--tenant", tenant)
    receipt = told.client.submit(_article(), terms=Terms(tenant=tenant))
    wait_for(lambda: _state(told, tenant) is DeliveryState.DELIVERED)
    [request] = endpoint.requests
    assert is_signed(request, secret)
    payload = verify(request.body, request.headers, secret)
    assert (payload["type"], payload["data"]["id"], payload["data"]["state"]) == ("job.done", receipt.id, "done")


def test_a_job_that_is_dead_is_told_with_its_reason(told: System, tenant: str, endpoint: Receiver) -> None:
    _add(told, endpoint.url, "--tenant", tenant, "--event", "job.dead")
    told.client.submit(_article(" \n "), terms=Terms(tenant=tenant))
    wait_for(lambda: endpoint.requests)
    data = json.loads(endpoint.requests[0].body)["data"]
    assert (data["state"], data["error"]["kind"]) == ("dead", "ArticleRejected")


def test_an_endpoint_that_stumbles_gets_it_again_with_the_same_id(told: System, tenant: str, endpoint: Receiver) -> None:
    endpoint.plan[:] = [500, 302, 200]
    _add(told, endpoint.url, "--tenant", tenant)
    told.client.submit(_article(), terms=Terms(tenant=tenant))
    wait_for(lambda: _state(told, tenant) is DeliveryState.DELIVERED, timeout_s=40)
    [delivery] = told.store.find_deliveries(tenant=tenant).rows
    assert [attempt.status for attempt in delivery.attempts] == [500, 302, 200]
    assert {request.id for request in endpoint.requests} == {delivery.id}


def test_a_delivery_that_nobody_takes_is_a_dead_letter_that_can_be_replayed(
    told: System, tenant: str, endpoint: Receiver
) -> None:
    endpoint.plan[:] = [503]
    _add(told, endpoint.url, "--tenant", tenant)
    told.client.submit(_article(), terms=Terms(tenant=tenant))
    wait_for(lambda: _state(told, tenant) is DeliveryState.FAILED, timeout_s=40)
    [delivery] = told.store.find_deliveries(tenant=tenant).rows
    wait_for(lambda: told.client.status(str(delivery.job)).state is JobState.DEAD)
    endpoint.plan[:] = [200]
    assert told.cli("webhooks", "replay", delivery.id).returncode == 0
    wait_for(lambda: _state(told, tenant) is DeliveryState.DELIVERED)
    assert {request.id for request in endpoint.requests} == {delivery.id}
    assert len(endpoint.requests) == 4


def test_an_endpoint_that_is_gone_is_told_nothing_more_until_it_is_enabled(told: System, tenant: str, endpoint: Receiver) -> None:
    endpoint.plan[:] = [410, 200]
    id, _ = _add(told, endpoint.url, "--tenant", tenant)
    told.client.submit(_article(), terms=Terms(tenant=tenant))
    wait_for(lambda: not told.store.webhook(id).webhook.enabled)
    assert told.cli("webhooks", "enable", id).returncode == 0
    told.client.submit(_article(), terms=Terms(tenant=tenant))
    wait_for(lambda: len(endpoint.requests) == 2)


def test_a_job_s_own_url_is_told_of_it_alone(told: System, tenant: str, endpoint: Receiver) -> None:
    _, secret = _add(told, endpoint.url, "--tenant", tenant, "--only-when-named")
    told.client.submit(_article(), terms=Terms(tenant=tenant)).result()
    told.client.submit(_article(), terms=Terms(tenant=tenant, webhook=endpoint.url + "/run-7"))
    wait_for(lambda: endpoint.requests)
    assert [request.path for request in endpoint.requests] == ["/hooks/run-7"]
    assert is_signed(endpoint.requests[0], secret)


def test_a_secret_that_rotates_signs_beside_the_new_one(told: System, tenant: str, endpoint: Receiver) -> None:
    id, old = _add(told, endpoint.url, "--tenant", tenant)
    new = json.loads(told.cli("webhooks", "rotate", id, "--json").stdout)["secret"]
    assert told.cli("webhooks", "test", id).returncode == 0
    wait_for(lambda: endpoint.requests)
    assert json.loads(endpoint.requests[0].body)["type"] == "webhook.test"
    assert old != new
    assert is_signed(endpoint.requests[0], old)
    assert is_signed(endpoint.requests[0], new)


def test_secrets_are_shown_once(told: System, tenant: str, endpoint: Receiver) -> None:
    id, secret = _add(told, endpoint.url, "--tenant", tenant)
    for command in (["list", "--tenant", tenant], ["list", "--json"], ["show", id]):
        shown = told.cli("webhooks", *command).stdout.decode()
        assert id in shown
        assert secret not in shown
    assert secret not in told.log()


def test_a_batch_with_bad_rows_ends_says_which_and_is_told_once(told: System, tenant: str, endpoint: Receiver) -> None:
    _, secret = _add(told, endpoint.url, "--tenant", tenant, "--event", "batch.done")
    unreadable, refused = {7, 90, 151}, {20, 199}
    rows: list[dict[str, str]] = [{"id": str(row), "text": f"Oslo thanked envoy {row}."} for row in range(200)]
    for row in unreadable:
        rows[row]["text"] = " \n "
    for row in refused:
        rows[row] = {"words": "no article"}
    batch = told.client.submit_batch("detente.article.read", rows, terms=Terms(tenant=tenant))
    seen = list(batch.follow(timeout_s=100))
    record = batch.status()
    assert (record.state, record.rows, record.accepted, record.refused) == (BatchState.DONE, 200, 198, 2)
    assert record.counts == {JobState.DONE: 195, JobState.DEAD: 3}
    assert {failure.row for failure in batch.failures()} == unreadable
    assert {refusal.row for refusal in batch.refusals()} == refused
    assert [one.place for one in seen] == list(range(1, 199))
    assert {one.row for one in seen if one.result} == set(range(200)) - unreadable - refused
    wait_for(lambda: _state(told, tenant) is DeliveryState.DELIVERED)
    [request] = endpoint.requests
    assert is_signed(request, secret)
    payload = json.loads(request.body)
    assert (payload["type"], payload["data"]["id"]) == ("batch.done", batch.id)
    assert payload["data"]["counts"] == {"done": 195, "dead": 3}
    kept = told.store.kept_batch(batch.id)
    assert ({one.row for one in kept.failures}, {one.row for one in kept.refusals}) == (unreadable, refused)


def test_a_worker_killed_between_a_job_s_end_and_its_webhook_loses_nothing(
    idle: System, endpoint: Receiver, tmp_path: Path
) -> None:
    _, secret = _add(idle, endpoint.url)
    with idle.worker("first", app="tests.app", concurrency=1) as first, closing(sqlite3.connect(tmp_path / "detente.db")) as lock:
        # The worker notes the end in Redis, and waits for the store before it goes on.
        lock.execute("BEGIN IMMEDIATE")
        receipt = idle.client.submit(WaitFor(path=str(tmp_path)))
        wait_for(lambda: receipt.status().state is JobState.DONE)
        assert idle.store.find_deliveries().rows == ()
        kill_tree(first.pid)
        first.wait()
    assert endpoint.requests == []
    with idle.worker("second", app="tests.app", concurrency=1):
        wait_for(lambda: _state(idle, "default") is DeliveryState.DELIVERED, timeout_s=60)
    [request] = endpoint.requests
    assert is_signed(request, secret)
    assert json.loads(request.body)["data"]["id"] == receipt.id
