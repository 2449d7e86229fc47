"""Queues, kinds, health, and the description of the API."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import jsonschema
import pytest

from detente.contracts import JOBS
from detente.embedded import EmbeddedServer
from detente.keys import Scope
from detente.web.views import KINDS
from tests.systems import System
from tests.waiting import wait_for
from tests.web.conftest import Api, problem, serving

DOCS = (Path(__file__).parents[2] / "docs/http.md").read_text(encoding="utf-8")


def queue(api: Api, name: str, **others) -> dict:
    return next(row for row in api.get("/v1/queues", **others).json()["rows"] if row["name"] == name)


def test_queues_say_how_they_stand(idle_api: Api):
    assert [row["name"] for row in idle_api.get("/v1/queues").json()["rows"]] == ["interactive", "bulk", "fetch", "upkeep"]
    before = queue(idle_api, "bulk")["depth"]
    idle_api.post("/v1/jobs/detente.articles.read", json={"articles": [{"text": "Riga thanked Oslo."}]})
    assert queue(idle_api, "bulk")["depth"] == before + 1
    assert queue(idle_api, "bulk")["oldest_age_s"] >= 0


def test_who_waits_in_a_queue_is_for_operators(idle_api: Api):
    idle_api.post("/v1/jobs/detente.article.read", json={"text": "Riga thanked Oslo."}, key=idle_api.make_key(tenant="seen"))
    assert "seen" in queue(idle_api, "interactive")["tenants"]
    assert queue(idle_api, "interactive", key=idle_api.make_key(Scope.READ))["tenants"] == {}


def test_a_paused_queue_keeps_its_jobs_until_it_is_resumed(api: Api):
    assert api.post("/v1/queues/interactive/pause").json()["is_paused"]
    try:
        id = api.post("/v1/jobs/detente.article.read", json={"text": "Riga thanked Oslo."}, headers={"Prefer": "wait=2"}).json()[
            "id"
        ]
        assert api.get(f"/v1/jobs/{id}").json()["state"] == "queued"
    finally:
        assert not api.post("/v1/queues/interactive/resume").json()["is_paused"]
    wait_for(lambda: api.get(f"/v1/jobs/{id}").json()["state"] == "done")


def test_a_closed_queue_refuses_and_says_when_to_come_back(idle_api: Api):
    assert idle_api.post("/v1/queues/interactive/close").json()["is_closed"]
    try:
        answer = idle_api.post("/v1/jobs/detente.article.read", json={"text": "Riga thanked Oslo."})
        problem(answer, 429, "queue-closed")
        assert int(answer.headers["Retry-After"]) >= 1
    finally:
        idle_api.post("/v1/queues/interactive/resume")


@pytest.mark.parametrize("path", ["/v1/queues/nonsense/pause", "/v1/queues/bulk/explode"])
def test_a_queue_or_turn_that_there_is_not_is_refused(idle_api: Api, path):
    problem(idle_api.post(path), 422, "request-invalid")


def test_the_catalogue_has_every_kind_with_its_schemas(idle_api: Api):
    rows = {row["kind"]: row for row in idle_api.get("/v1/kinds").json()["rows"]}
    assert set(rows) == set(KINDS) < set(JOBS)
    for row in rows.values():
        jsonschema.Draft202012Validator.check_schema(row["job"])
        jsonschema.Draft202012Validator.check_schema(row["result"])
    article = jsonschema.Draft202012Validator(rows["detente.article.read"]["job"])
    assert article.is_valid({"text": "x"})
    assert not article.is_valid({"text": "x", "html": "x"})
    assert not article.is_valid({})
    assert rows["detente.jobs.expire"]["scope"] == "operate"


def test_an_api_whose_redis_is_gone_is_alive_and_not_ready(tmp_path: Path):
    server = EmbeddedServer(tmp_path / "redis")
    with server:
        system = System(server.url, f"sqlite:///{tmp_path / 'detente.db'}", tmp_path)
        system.store.upgrade()
        with closing(system), serving(system) as api:
            assert api.get("/readyz", key=None).json() == {"status": "ready"}
            server.stop()
            assert api.get("/healthz", key=None).json() == {"status": "alive"}
            problem(api.get("/readyz", key=None), 503, "broker-unreachable")
            answer = api.get("/v1/jobs")
            problem(answer, 503, "broker-unreachable")
            assert int(answer.headers["Retry-After"]) >= 1


def test_a_redis_that_takes_nothing_is_told_and_asked_again(idle_api: Api):
    redis = idle_api.system.client.redis
    redis.config_set("maxmemory", 1)
    try:
        answer = idle_api.post("/v1/articles", json={"text": "Riga thanked Oslo."})
    finally:
        redis.config_set("maxmemory", 0)
    problem(answer, 503, "broker-unreachable")
    assert int(answer.headers["Retry-After"]) >= 1


def test_an_api_whose_store_is_gone_is_not_ready_but_takes_jobs(idle_api: Api, tmp_path: Path):
    system = System(idle_api.system.broker, "sqlite:////dev/null/detente.db", tmp_path)
    with closing(system), serving(system) as api:
        assert problem(api.get("/readyz", key=None), 503, "store-unreachable")["detail"]
        problem(api.get("/v1/events"), 503, "store-unreachable")
        assert api.post("/v1/articles", json={"text": "Riga thanked Oslo."}).status_code == 202


def test_an_api_makes_its_tables_itself(idle_api: Api, tmp_path: Path):
    system = System(idle_api.system.broker, f"sqlite:///{tmp_path / 'new.db'}", tmp_path)
    with closing(system), serving(system) as api:
        assert api.get("/v1/events").json() == {"rows": [], "next": None}


def test_prometheus_is_told_what_there_is(idle_api: Api):
    idle_api.post("/v1/articles", json={"text": "Riga thanked Oslo."})
    answer = idle_api.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert re.search(
        r'detente_jobs_total\{event="submitted",kind="detente.article.read",queue="interactive"\} [1-9]', answer.text
    )


# --- the description ---


@pytest.fixture(scope="module")
def described(idle_api: Api) -> dict:
    return idle_api.get("/openapi.json", key=None).json()


def operations(described: dict) -> list[tuple[str, str, dict]]:
    return [(method, path, operation) for path, item in described["paths"].items() for method, operation in item.items()]


def test_the_description_is_openapi_3_1_and_refers_to_what_it_has(described: dict):
    assert described["openapi"].startswith("3.1")
    for name in re.findall(r'"\$ref": ?"#/components/schemas/([^"]+)"', str(described).replace("'", '"')):
        assert name in described["components"]["schemas"], name


def test_every_operation_says_what_it_does_what_goes_wrong_and_shows_a_body(described: dict):
    for method, path, operation in operations(described):
        assert operation["summary"], path
        assert path in ("/healthz", "/readyz") or {"401", "403", "429"} <= set(operation["responses"]), (method, path)
        for status, answer in operation["responses"].items():
            kinds = set(answer.get("content", {}))
            assert (kinds == {"application/problem+json"}) == (int(status) >= 400), (method, path, status)
        for kind, body in operation.get("requestBody", {}).get("content", {}).items():
            shown = body.get("example") or body.get("examples") or kind == "multipart/form-data"
            assert shown, f"{path}: give an example in detente/web/schemas.py"


def fits(example: dict, schema: dict, described: dict) -> None:
    """Nothing is missing, of another type, or misnamed; of a page, in its rows neither."""
    closed = {**schema, "components": described["components"], "unevaluatedProperties": False}
    jsonschema.validate(example, closed, jsonschema.Draft202012Validator)
    page = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"].get("rows", {})
    if "$ref" in page.get("items", {}):
        for row in example["rows"]:
            fits(row, page["items"], described)


def test_every_answer_is_shown_by_an_example(described: dict):
    for method, path, operation in operations(described):
        for status, answer in operation["responses"].items():
            if int(status) < 300 and (content := answer.get("content", {}).get("application/json")):
                assert "example" in content, f"{method} {path}: show the answer in detente/web/examples.py"
                fits(content["example"], content["schema"], described)


def test_every_path_is_documented(described: dict):
    kinds = "|".join(re.escape(kind) for kind in KINDS)
    for method, path, _ in operations(described):
        general = re.sub(rf"/v1/jobs/({kinds})$", "/v1/jobs/{kind}", path)
        assert f"`{method.upper()} {general}`" in DOCS, f"{method.upper()} {general}"


def test_no_path_is_documented_that_there_is_not(described: dict):
    there = {f"{method.upper()} {path}" for method, path, _ in operations(described)} | {
        "POST /v1/jobs/{kind}",
        "GET /openapi.json",
    }
    assert set(re.findall(r"`((?:GET|POST|PATCH|DELETE) /[^`?]*)`", DOCS)) <= there


def test_every_problem_is_documented():
    from detente.web.problems import STATUSES, _slug

    for kind, status in STATUSES.items():
        if status != 500:
            assert re.search(rf"\| {status} \|[^\n]*`{_slug(kind)}`", DOCS), (status, _slug(kind))
