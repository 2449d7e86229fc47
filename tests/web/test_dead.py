"""`/v1/dead`: what failed for good."""

from __future__ import annotations

from uuid import uuid4

import pytest

from detente.contracts import JobError, JobRecord, JobState
from detente.keys import Scope
from tests.web.conftest import Api, problem


@pytest.fixture
def letter(idle_api: Api) -> str:
    """A dead letter of a tenant of its own."""
    id = str(uuid4())
    error = JobError(kind="ArticleRejected", message="too short")
    record = JobRecord(id=id, kind="detente.article.read", queue="interactive", state=JobState.DEAD, tenant="paper", error=error)
    idle_api.system.store.keep_job(record, payload={"text": "Riga thanked Oslo."}, traceback="Traceback: in a file of ours")
    return id


def test_a_letter_is_listed_and_shown_with_what_it_asked_for(idle_api: Api, letter):
    key = idle_api.make_key(Scope.READ, tenant="paper")
    rows = idle_api.get("/v1/dead?kind=detente.article.read&limit=1000", key=key).json()["rows"]
    assert letter in [row["id"] for row in rows]
    shown = idle_api.get(f"/v1/dead/{letter}", key=key).json()
    assert (shown["error"]["kind"], shown["payload"]) == ("ArticleRejected", {"text": "Riga thanked Oslo."})


def test_where_in_the_code_it_failed_is_for_operators(idle_api: Api, letter):
    reader = idle_api.make_key(Scope.READ, tenant="paper")
    assert idle_api.get(f"/v1/dead/{letter}", key=reader).json()["traceback"] is None
    assert "ours" in idle_api.get(f"/v1/dead/{letter}").json()["traceback"]


def test_a_letter_of_another_tenant_is_as_if_it_were_not(idle_api: Api, letter):
    stranger = idle_api.make_key(Scope.READ, Scope.SUBMIT, tenant="stranger")
    assert idle_api.get("/v1/dead", key=stranger).json()["rows"] == []
    for method, path in (("GET", ""), ("POST", "/replay"), ("DELETE", "")):
        problem(idle_api.call(method, f"/v1/dead/{letter}{path}", key=stranger), 404, "unknown-job")


def test_a_letter_is_submitted_again_once_and_for_its_own_tenant(idle_api: Api, letter):
    first, second = (idle_api.post(f"/v1/dead/{letter}/replay") for _ in range(2))
    assert first.status_code == 202, first.text
    assert first.headers["Location"] == second.headers["Location"]
    assert idle_api.get(first.headers["Location"]).json()["tenant"] == "paper"


def test_a_letter_is_submitted_with_another_payload(idle_api: Api, letter):
    answer = idle_api.post(f"/v1/dead/{letter}/replay", json={"payload": {"text": "Oslo thanked Riga for it."}})
    assert idle_api.get(answer.headers["Location"]).json()["label"] == {"size": 25}
    problem(idle_api.post(f"/v1/dead/{letter}/replay", json={"payload": {"txet": 1}}), 422, "request-invalid")
    problem(idle_api.post(f"/v1/dead/{letter}/replay", json={"paylaod": {}}), 422, "request-invalid")


def test_a_letter_is_discarded_for_good(idle_api: Api, letter):
    answer = idle_api.call("DELETE", f"/v1/dead/{letter}")
    assert (answer.status_code, answer.content) == (204, b"")
    for method in ("GET", "DELETE"):
        problem(idle_api.call(method, f"/v1/dead/{letter}"), 404, "unknown-job")


def test_a_job_that_is_done_is_no_letter(idle_api: Api):
    id = str(uuid4())
    idle_api.system.store.keep_job(JobRecord(id=id, kind="detente.article.read", queue="bulk", state=JobState.DONE))
    for method, path in (("GET", ""), ("POST", "/replay"), ("DELETE", "")):
        problem(idle_api.call(method, f"/v1/dead/{id}{path}"), 404, "unknown-job")


def test_a_letter_of_a_kind_that_is_gone_is_told_so(idle_api: Api):
    id = str(uuid4())
    idle_api.system.store.keep_job(JobRecord(id=id, kind="gone", queue="bulk", state=JobState.DEAD), payload={})
    problem(idle_api.post(f"/v1/dead/{id}/replay"), 422, "job-rejected")


def test_what_operators_submit_is_replayed_by_operators(idle_api: Api):
    id = str(uuid4())
    idle_api.system.store.keep_job(JobRecord(id=id, kind="detente.jobs.expire", queue="upkeep", state=JobState.DEAD), payload={})
    submitter = idle_api.make_key(Scope.SUBMIT)
    problem(idle_api.post(f"/v1/dead/{id}/replay", key=submitter), 403, "scope-missing")
