"""Webhooks and batches over HTTP: who may see and change them, and that they are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest

from detente.keys import Scope
from tests.receivers import Receiver, receiver
from tests.waiting import wait_for
from tests.web.conftest import Api, problem


@pytest.fixture
def endpoint() -> Iterator[Receiver]:
    with receiver(200) as found:
        yield found


def _add(api: Api, url: str = "https://example.org/hooks", **facts):
    answer = api.post("/v1/webhooks", json={"url": url, "events": [], **facts})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_webhook_is_made_seen_turned_and_removed(api: Api):
    made = _add(api, events=["job.dead"], kinds=["detente.article.read"])
    path = f"/v1/webhooks/{made['id']}"
    shown = api.get(path).json()
    assert shown == {**made, "secret": "whsec_…" + made["secret"][-4:]}
    assert made["id"] in [row["id"] for row in api.get("/v1/webhooks").json()["rows"]]
    assert made["secret"] not in api.get("/v1/webhooks").text
    assert api.post(f"{path}/disable").json()["enabled"] is False
    assert api.post(f"{path}/enable").json()["enabled"] is True
    turned = api.post(f"{path}/rotate").json()
    assert turned["secret"] != made["secret"]
    assert turned["rotates_until"]
    assert api.call("DELETE", path).status_code == 204
    problem(api.get(path), 404, "unknown-webhook")


@pytest.mark.parametrize(
    "given",
    [
        {}, {"url": "ftp://example.org"}, {"url": "https://"}, {"url": "https://a:b@example.org/"}, {"url": "https://a/#b"},
        {"url": "https://a b/"}, {"url": "https://example.org:70000/"}, {"url": "https://example.org", "events": ["job.doen"]},
        {"url": "https://example.org", "kinds": ["detente.article.reed"]}, {"url": "https://example.org", "secret": "mine"},
    ],
)  # fmt: skip
def test_what_is_no_webhook_is_refused(api: Api, given):
    problem(api.post("/v1/webhooks", json=given), 422, "request-invalid")


def test_webhooks_are_the_business_of_operators(api: Api):
    id = _add(api)["id"]
    for scope in (Scope.READ, Scope.SUBMIT):
        key = api.make_key(scope)
        for method, path in (("GET", ""), ("POST", ""), ("GET", f"/{id}"), ("DELETE", f"/{id}"), ("POST", f"/{id}/rotate")):
            problem(api.call(method, "/v1/webhooks" + path, key=key, json={"url": "https://a"}), 403, "scope-missing")


def test_a_delivery_is_seen_with_its_attempts_and_made_again(api: Api, endpoint: Receiver):
    # The worker of this system may not post to private addresses: each attempt says so.
    id = _add(api, endpoint.url, events=[])["id"]
    other = _add(api, events=[])["id"]
    sent = api.post(f"/v1/webhooks/{id}/test")
    assert sent.status_code == 202
    delivery = sent.json()["id"]

    def attempts() -> int:
        [row] = api.get(f"/v1/webhooks/{id}/deliveries").json()["rows"]
        return len(row["attempts"])

    wait_for(lambda: attempts() == 1)
    [row] = api.get(f"/v1/webhooks/{id}/deliveries?state=waiting").json()["rows"]
    assert "private" in row["attempts"][0]["error"]
    problem(api.post(f"/v1/webhooks/{other}/deliveries/{delivery}/replay"), 404, "unknown-webhook")
    assert api.post(f"/v1/webhooks/{id}/deliveries/{delivery}/replay").status_code == 202
    wait_for(lambda: attempts() == 2)
    assert endpoint.requests == []


def test_a_job_and_a_batch_name_who_is_told(api: Api):
    url, text = "https://example.org/elsewhere", "Riga thanked Oslo."
    job = api.post("/v1/jobs/detente.article.read", json={"text": text}, headers={"Webhook": url}).json()["id"]
    assert api.get(f"/v1/jobs/{job}").json()["webhook"] == url
    batch = _batch(api, [{"text": text}], Webhook=url)
    assert batch["webhook"] == url
    log = api.system.store
    named = wait_for(
        lambda: [row for row in log.find_deliveries().rows if row.webhook is None and row.subject in (job, batch["id"])][1:]
    )
    assert "no enabled webhook" in named[0].attempts[0].error


def _batch(api: Api, rows: list[dict[str, str]], **headers: str):
    body = "\n".join(map(json.dumps, rows)).encode()
    fields = {"Content-Type": "application/x-ndjson", "Idempotency-Key": str(uuid4()), **headers}
    answer = api.post("/v1/batches", data=body, headers=fields)
    assert answer.status_code == 202, answer.text
    return answer.json()


def test_a_batch_ends_and_gives_its_results_as_they_come(api: Api):
    rows = [{"text": f"Riga thanked Oslo {n} times."} for n in range(30)]
    rows[4]["text"], rows[9] = " ", {"words": "none"}
    path = f"/v1/batches/{_batch(api, rows)['id']}"
    shown = wait_for(lambda: (found := api.get(path).json())["state"] == "done" and found, timeout_s=60)
    assert shown["counts"] == {"done": 28, "dead": 1}
    assert (shown["rows"], shown["accepted"], [row["row"] for row in shown["errors"]]) == (30, 29, [9])
    lines = [json.loads(line) for line in api.get(f"{path}/results").text.splitlines()]
    assert [line["place"] for line in lines] == list(range(1, 30))
    assert {line["row"] for line in lines if "error" in line} == {4}
    assert all(line["result"]["reading_id"] == line["job"] for line in lines if line["state"] == "done")
    rest = api.get(f"{path}/results?after=25&limit=3").text.splitlines()
    assert [json.loads(line) for line in rest] == lines[25:28]


def test_a_batch_is_cancelled_by_its_tenant_alone(idle_api: Api):
    path = f"/v1/batches/{_batch(idle_api, [{'text': 'Riga thanked Oslo.'}] * 3)['id']}"
    stranger = idle_api.make_key(Scope.READ, Scope.SUBMIT, tenant="stranger")
    problem(idle_api.call("DELETE", path, key=stranger), 404, "unknown-batch")
    problem(idle_api.get(f"{path}/results", key=stranger), 404, "unknown-batch")
    shown = idle_api.call("DELETE", path).json()
    assert (shown["state"], shown["counts"]) == ("cancelled", {"cancelled": 3})
    assert idle_api.call("DELETE", path).json() == shown


def test_nobody_ends_a_batch_but_itself(idle_api: Api):
    assert idle_api.post("/v1/jobs/detente.batch.finish", json={"batch": str(uuid4())}).status_code in (404, 405)
