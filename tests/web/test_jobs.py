"""`/v1/jobs`: submit, follow, cancel, find."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from detente.contracts import JobError, JobRecord, JobState
from detente.keys import Scope
from tests.waiting import wait_for
from tests.web.conftest import Api, problem

BEAT = "/v1/jobs/detente.heartbeat.beat"
READ = "/v1/jobs/detente.article.read"
ARTICLE = {"text": "Oslo recalled its ambassador from Minsk on Monday."}


def submit(api: Api, **others) -> str:
    answer = api.post(READ, json=ARTICLE, **others)
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def test_a_submission_says_where_the_job_can_be_looked_at_and_when_it_is_worth_it(idle_api: Api):
    answer = idle_api.post(READ, json=ARTICLE)
    assert answer.status_code == 202
    id = answer.json()["id"]
    assert UUID(id).version == 7
    assert answer.headers["Location"] == answer.json()["links"]["self"] == f"/v1/jobs/{id}"
    assert int(answer.headers["Retry-After"]) >= 1
    shown = idle_api.get(answer.headers["Location"]).json()
    assert (shown["id"], shown["state"], shown["kind"]) == (id, "queued", "detente.article.read")
    assert [step["event"] for step in shown["history"]] == ["submitted"]


def test_a_caller_who_would_wait_gets_the_result(api: Api):
    answer = api.post(BEAT, json={}, headers={"Prefer": "respond-async, wait=20"})
    assert answer.status_code == 200
    assert answer.headers["Preference-Applied"] == "wait=20"
    assert answer.json()["state"] == "done"
    assert datetime.fromisoformat(answer.json()["result"]["at"]).tzinfo
    assert [step["event"] for step in answer.json()["history"]] == ["submitted", "started", "done"]


def test_a_job_that_does_not_end_in_time_is_answered_as_if_nobody_waited(idle_api: Api):
    answer = idle_api.post(READ, json=ARTICLE, headers={"Prefer": "wait=1"})
    assert answer.status_code == 202
    assert "Preference-Applied" not in answer.headers


def test_a_job_that_dies_while_the_caller_waits_says_why(api: Api):
    shown = api.post(READ, json={"text": ""}, headers={"Prefer": "wait=20"}).json()
    assert shown["state"] == "dead"
    assert shown["error"]["kind"] == "ArticleRejected"
    assert api.get(shown["links"]["letter"]).json()["payload"] == {"text": ""}


def test_an_idempotency_key_makes_one_job_of_two_requests(idle_api: Api):
    key = {"Idempotency-Key": str(uuid4())}
    assert submit(idle_api, headers=key) == submit(idle_api, headers=key)
    quoted = {"Idempotency-Key": f'"{key["Idempotency-Key"]}"'}
    assert submit(idle_api, headers=quoted) == submit(idle_api, headers=key)


def test_an_idempotency_key_is_not_for_two_jobs(idle_api: Api):
    key = {"Idempotency-Key": str(uuid4())}
    submit(idle_api, headers=key)
    problem(idle_api.post(READ, json={"text": "Another."}, headers=key), 422, "idempotency-conflict")


def test_two_tenants_may_have_the_same_idempotency_key(idle_api: Api):
    key = {"Idempotency-Key": str(uuid4())}
    other = idle_api.make_key(Scope.SUBMIT, tenant="other")
    assert submit(idle_api, headers=key) != submit(idle_api, headers=key, key=other)


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "schlüssel"])
def test_an_idempotency_key_that_is_none_is_refused(idle_api: Api, key):
    answer = idle_api.post(READ, json=ARTICLE, headers={"Idempotency-Key": key.encode()})
    assert problem(answer, 422, "request-invalid")["errors"][0]["header"] == "Idempotency-Key"


def test_what_is_wrong_with_a_body_is_told_with_its_place_and_without_its_value(idle_api: Api):
    document = problem(idle_api.post(READ, json={"text": "secret", "titel": 1}), 422, "request-invalid")
    assert document["errors"] == [{"detail": "Extra inputs are not permitted", "pointer": "#/titel"}]
    assert "secret" not in json.dumps(document)


@pytest.mark.parametrize(
    "body", [{"text": 5}, {"text": "x", "inline": "yes"}, {"text": "x", "published_at": 1718438400}, [], "x", 1]
)
def test_a_body_is_read_as_strictly_as_its_schema_says(idle_api: Api, body):
    problem(idle_api.post(READ, json=body), 422, "request-invalid")


def test_a_whole_number_may_have_a_point(idle_api: Api):
    path = "/v1/jobs/detente.articles.reread"
    assert idle_api.post(path, data=b'{"batch": 51.0}', headers={"Content-Type": "application/json"}).status_code == 202
    for number in (b"51.5", b'"51"', b"1e999", b"NaN"):
        answer = idle_api.post(path, data=b'{"batch": %s}' % number, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 422), number


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"nonsense", b"[" * 100_000, b'{"text": "\\ud800"}', b'{"a": 1' + b"0" * 5000]
)
def test_a_body_that_is_no_json_is_told_so(idle_api: Api, body):
    answer = idle_api.post(READ, data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("kind", [None, "text/plain", "application/xml", "application/x-www-form-urlencoded", "json"])
def test_a_body_of_another_type_is_refused(idle_api: Api, kind):
    headers = {"Content-Type": kind} if kind else {}
    problem(idle_api.post(READ, data=b"{}", headers=headers), 415, "type-unsupported")


def test_a_kind_that_does_not_exist_is_not_found(idle_api: Api):
    assert "/v1/kinds" in problem(idle_api.post("/v1/jobs/detente.article.raed", json={}), 404, "not-found")["detail"]


def test_a_trace_goes_with_the_job_and_nonsense_does_not(idle_api: Api):
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert submit(idle_api, headers={"traceparent": trace})
    assert submit(idle_api, headers={"traceparent": "nonsense"})
    waiting = "".join(idle_api.system.client.redis.lrange("detente:interactive", 0, -1))
    assert trace in waiting


@pytest.mark.parametrize("when", ["2030-02-30T08:00:00Z", "2030-01-01T25:00:00Z", "0000-01-01T00:00:00Z", "2030-01-01T08:00:60Z"])
@pytest.mark.parametrize("header", ["Deadline", "Not-Before"])
def test_a_time_that_no_calendar_has_is_refused(idle_api: Api, header, when):
    faults = problem(idle_api.post(READ, json=ARTICLE, headers={header: when}), 422, "request-invalid")["errors"]
    assert [fault["header"].lower() for fault in faults] == [header.lower()]
    key = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/x-ndjson"}
    problem(idle_api.post("/v1/batches", data=b"{}", headers={**key, header: when}), 422, "request-invalid")
    # The key was not taken by what was refused.
    assert idle_api.post("/v1/batches", data=b"{}", headers=key).status_code == 202


def test_a_cancelled_job_stays_cancelled(idle_api: Api):
    id = submit(idle_api)
    for _ in range(2):
        answer = idle_api.call("DELETE", f"/v1/jobs/{id}")
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")


def test_a_job_that_has_ended_cannot_be_cancelled(api: Api):
    id = api.post(BEAT, json={}, headers={"Prefer": "wait=20"}).json()["id"]
    assert api.call("DELETE", f"/v1/jobs/{id}").json()["state"] == "done"


@pytest.mark.parametrize("id", [str(uuid4()), "nonsense", "..%2f..", "%00"])
def test_an_unknown_job_is_not_found(idle_api: Api, id):
    for method in ("GET", "DELETE"):
        assert idle_api.call(method, f"/v1/jobs/{id}").status_code == 404
    assert idle_api.get(f"/v1/jobs/{id}/events").status_code == 404


def test_a_job_of_another_tenant_is_as_if_it_were_not(idle_api: Api):
    id = submit(idle_api)
    stranger = idle_api.make_key(Scope.READ, Scope.SUBMIT, tenant="stranger")
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/events")):
        problem(idle_api.call(method, f"/v1/jobs/{id}{path}", key=stranger), 404, "unknown-job")
    operator = idle_api.make_key(Scope.READ, Scope.OPERATE, tenant="operators")
    assert idle_api.get(f"/v1/jobs/{id}", key=operator).status_code == 200


def test_an_answer_that_the_caller_has_is_not_sent_again(api: Api):
    id = api.post(BEAT, json={}, headers={"Prefer": "wait=20"}).json()["id"]
    tag = api.get(f"/v1/jobs/{id}").headers["ETag"]
    again = api.get(f"/v1/jobs/{id}", headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert api.get(f"/v1/jobs/{id}", headers={"If-None-Match": '"other"'}).status_code == 200


def found(api: Api, query: str, **others) -> list[str]:
    answer = api.get(f"/v1/jobs?{query}", **others)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["rows"]]


def test_jobs_are_found_by_kind_state_tenant_and_words(idle_api: Api):
    tenant = f"t{uuid4().hex}"
    key = idle_api.make_key(tenant=tenant)
    ids = [idle_api.post(READ, json={**ARTICLE, "id": f"article {n}"}, key=key).json()["id"] for n in range(3)]
    idle_api.call("DELETE", f"/v1/jobs/{ids[1]}", key=key)
    mine = f"tenant={tenant}"
    assert found(idle_api, mine) == ids[::-1]
    assert found(idle_api, f"{mine}&state=cancelled") == [ids[1]]
    assert found(idle_api, f"{mine}&kind=detente.article.read&q=ARTICLE+2") == [ids[2]]
    assert found(idle_api, f"{mine}&kind=detente.jobs.expire") == []
    assert found(idle_api, f"{mine}&q={ids[0]}") == [ids[0]]


def test_a_key_finds_its_tenants_jobs_alone(idle_api: Api):
    key = idle_api.make_key(Scope.READ, Scope.SUBMIT, tenant=f"t{uuid4().hex}")
    submit(idle_api)
    mine = submit(idle_api, key=key)
    assert found(idle_api, "", key=key) == [mine]
    problem(idle_api.get("/v1/jobs?tenant=default", key=key), 403, "scope-missing")


def test_pages_of_jobs_hold_every_job_once(idle_api: Api):
    key = idle_api.make_key(tenant=f"t{uuid4().hex}")
    tenant = f"t{uuid4().hex}"
    key = idle_api.make_key(tenant=tenant)
    ids = [submit(idle_api, key=key) for _ in range(7)]
    seen, after = [], ""
    while after is not None:
        page = idle_api.get(f"/v1/jobs?tenant={tenant}&limit=3" + (f"&after={after}" if after else "")).json()
        seen += [row["id"] for row in page["rows"]]
        after = page["next"]
    assert seen == ids[::-1]


def test_jobs_that_redis_has_forgotten_are_found_in_the_store(idle_api: Api):
    id, tenant = str(uuid4()), f"t{uuid4().hex}"
    error = JobError(kind="ArticleRejected", message="too short")
    record = JobRecord(
        id=id, kind="detente.article.read", queue="bulk", state=JobState.DEAD, tenant=tenant, error=error,
        finished_at=datetime(2024, 6, 1, tzinfo=UTC),
    )  # fmt: skip
    idle_api.system.store.keep_job(record)
    assert wait_for(lambda: idle_api.get(f"/v1/jobs/{id}")).json()["error"]["message"] == "too short"
    after, seen = "", []
    while after is not None:
        page = idle_api.get(f"/v1/jobs?tenant={tenant}&q=TOO+SHORT" + (f"&after={after}" if after else "")).json()
        seen += [row["id"] for row in page["rows"]]
        after = page["next"]
    assert seen == [id]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=x", "state=dying", "kind=x", "tenant=-", "nonsense=1", "limit=1&limit=2"]
)
def test_a_question_that_is_misspelt_is_refused(idle_api: Api, query):
    assert problem(idle_api.get(f"/v1/jobs?{query}"), 422, "request-invalid")["errors"][0]["parameter"] in query


@pytest.mark.parametrize("cursor", ["x", "e30", "eyJhdCI6ICJ4In0", "W10", "eyJzdG9yZSI6IDF9", "%00", "eyJhdCI6MSwiaWQiOjF9"])
def test_a_cursor_that_no_page_gave_finds_no_page(idle_api: Api, cursor):
    assert idle_api.get(f"/v1/jobs?after={cursor}").status_code in (200, 404)


def test_a_sitemap_can_be_asked_for_and_is_described(idle_api: Api):
    path = "/v1/jobs/detente.sitemap.read"
    answer = idle_api.post(path, json={"url": "https://news.example/sitemap.xml", "since": "2024-06-01T00:00:00Z"})
    assert answer.status_code == 202, answer.text
    shown = idle_api.get(answer.headers["Location"]).json()
    assert (shown["queue"], shown["label"]) == ("fetch", {"url": "https://news.example/sitemap.xml"})
    wrong = problem(idle_api.post(path, json={"url": "https://me:secret@news.example/"}), 422, "request-invalid")
    assert [fault["pointer"] for fault in wrong["errors"]] == ["#/url"]
    kinds = {kind["kind"]: kind for kind in idle_api.get("/v1/kinds").json()["rows"]}
    assert "since" in json.dumps(kinds["detente.sitemap.read"])
    described = idle_api.get("/openapi.json").json()["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    assert described["examples"]
