"""`/v1/schedules`."""

from __future__ import annotations

from tests.web.conftest import Api, problem

GIVEN = {
    "name": "front page", "kind": "detente.heartbeat.beat", "cron": "30 8 * * *", "timezone": "Europe/London", "jitter_s": 5,
}  # fmt: skip


def test_a_schedule_is_added_changed_run_and_removed(idle_api: Api):
    added = idle_api.post("/v1/schedules", json=GIVEN)
    assert added.status_code == 201
    assert (added.json()["origin"], added.json()["schedule"]["catch_up"]) == ("added", "once")
    path = "/v1/schedules/front%20page"
    assert [row["name"] for row in idle_api.get("/v1/schedules").json()["rows"]] == ["front page"]
    changed = idle_api.call("PATCH", path, json={"cron": "0 9 * * *", "jitter_s": None}).json()["schedule"]
    assert (changed["cron"], changed["timezone"], changed["jitter_s"]) == ("0 9 * * *", "Europe/London", 5)
    assert len(idle_api.get(f"{path}/slots?count=3").json()["rows"]) == 3
    assert idle_api.post(f"{path}/pause").json()["is_paused"]
    assert not idle_api.post(f"{path}/resume").json()["is_paused"]
    job = idle_api.post(f"{path}/run").json()["job"]
    assert idle_api.get(f"/v1/jobs/{job}").json()["kind"] == "detente.heartbeat.beat"
    assert [row["job"] for row in idle_api.get(f"{path}/history").json()["rows"]] == [job]
    assert idle_api.call("DELETE", path).status_code == 204
    problem(idle_api.get(path), 404, "unknown-schedule")


def test_what_cannot_be_a_schedule_is_told(idle_api: Api):
    for wrong in ({"cron": "61 * * * *"}, {"timezone": "Mars/Base"}, {"kind": "detente.article.fetch", "job": {"url": "x"}}):
        problem(idle_api.post("/v1/schedules", json={**GIVEN, **wrong}), 422, "schedule-invalid")
    for wrong in ({"kind": "no.kind"}, {"every": 1}, {"name": ""}, {"jitter_s": "5"}, {"cron": "* *"}):
        problem(idle_api.post("/v1/schedules", json={**GIVEN, **wrong}), 422, "request-invalid")
    assert idle_api.post("/v1/schedules", json={**GIVEN, "name": "twice"}).status_code == 201
    problem(idle_api.post("/v1/schedules", json={**GIVEN, "name": "twice"}), 409, "schedule-exists")
    idle_api.call("DELETE", "/v1/schedules/twice")
