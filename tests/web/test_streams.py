"""Server-sent events of a job."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import requests

from detente.contracts import JobEvent, JobRecord, JobState
from tests.web.conftest import Api, problem, serving

BEAT = "/v1/jobs/detente.heartbeat.beat"


def events(answer: requests.Response) -> list[dict[str, str]]:
    """The events of a whole stream, as a browser would read them."""
    blocks = answer.content.decode().strip().split("\n\n")
    fields = [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]
    return [found for found in fields if "event" in found]


def test_a_job_is_followed_to_its_end(api: Api):
    id = api.post(BEAT, json={}).json()["id"]
    answer = api.get(f"/v1/jobs/{id}/events")
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.headers["Cache-Control"] == "no-store"
    seen = events(answer)
    assert [found["event"] for found in seen] == ["submitted", "started", "done"]
    assert [json.loads(found["data"])["id"] for found in seen] == [found["id"] for found in seen]


def test_a_stream_goes_on_after_the_last_event_that_was_seen(api: Api):
    id = api.post(BEAT, json={}, headers={"Prefer": "wait=20"}).json()["id"]
    first, *rest = events(api.get(f"/v1/jobs/{id}/events"))
    assert events(api.get(f"/v1/jobs/{id}/events", headers={"Last-Event-ID": first["id"]})) == rest
    assert events(api.get(f"/v1/jobs/{id}/events", headers={"Last-Event-ID": rest[-1]["id"]})) == []


def test_a_job_that_only_the_store_remembers_is_told_from_there(idle_api: Api):
    id = str(uuid4())
    steps = [
        JobEvent(id=f"{n}-0", at=datetime(2024, 6, 1, tzinfo=UTC), event=event) for n, event in ((9, "started"), (10, "done"))
    ]
    record = JobRecord(id=id, kind="detente.heartbeat.beat", queue="upkeep", state=JobState.DONE)
    idle_api.system.store.keep_job(record, history=steps)
    assert [found["event"] for found in events(idle_api.get(f"/v1/jobs/{id}/events"))] == ["started", "done"]
    assert [found["id"] for found in events(idle_api.get(f"/v1/jobs/{id}/events", headers={"Last-Event-ID": "9-0"}))] == ["10-0"]


@pytest.mark.parametrize("last", ["x", "1-2-3", "-1", "$", ">", "9" * 30])
def test_a_last_event_that_is_none_is_refused(api: Api, last):
    id = api.post(BEAT, json={}).json()["id"]
    answer = api.get(f"/v1/jobs/{id}/events", headers={"Last-Event-ID": last})
    assert problem(answer, 422, "request-invalid")["errors"][0]["header"] == "Last-Event-ID"


def test_a_stream_of_a_job_that_waits_has_heartbeats_and_ends_when_it_is_cancelled(idle_api: Api):
    id = idle_api.post(BEAT, json={}).json()["id"]
    url, headers = f"{idle_api.url}/v1/jobs/{id}/events", {"Authorization": f"Bearer {idle_api.key}"}
    with requests.get(url, headers=headers, stream=True, timeout=30) as answer:
        lines = answer.iter_lines(decode_unicode=True)
        assert next(line for line in lines if line.startswith("event: ")) == "event: submitted"
        assert next(line for line in lines if line.startswith(": ")) == ": still here"
        assert idle_api.call("DELETE", f"/v1/jobs/{id}").status_code == 200
        assert next(line for line in lines if line.startswith("event: ")) == "event: cancelled"
        assert not [line for line in lines if line.startswith("event: ")]


def test_those_who_follow_leave_threads_to_others_and_one_too_many_is_told(idle_api: Api):
    with serving(idle_api.system) as api:
        id = api.post(BEAT, json={}).json()["id"]
        url, headers = f"{api.url}/v1/jobs/{id}/events", {"Authorization": f"Bearer {api.key}"}
        open_streams = [requests.get(url, headers=headers, stream=True, timeout=30) for _ in range(32)]
        try:
            assert {answer.status_code for answer in open_streams} == {200}
            refused = api.get(f"/v1/jobs/{id}/events")
            problem(refused, 429, "streams-full")
            assert int(refused.headers["Retry-After"]) >= 1
            assert api.get("/healthz").status_code == 200
            # Waiting is a favour: with no place left for it, the answer comes at once.
            assert api.post(BEAT, json={}, headers={"Prefer": "wait=20"}).status_code == 202
        finally:
            closers = [threading.Thread(target=answer.close) for answer in open_streams]
            for closer in closers:
                closer.start()
            for closer in closers:
                closer.join()
