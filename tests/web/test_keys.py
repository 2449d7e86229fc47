"""API keys: who may call, what for, how often."""

from __future__ import annotations

import json
import re

import pytest
import requests

from detente.keys import Keys, Scope
from detente.web.views import KINDS, scope_of
from tests.web.conftest import Api, problem, serving

BEAT = "/v1/jobs/detente.heartbeat.beat"
NOWHERE = "01965a1f-7e2c-7b3d-9c4e-5f6a7b8c9d0e"
#: Every path that needs a key, with the scope that it needs.
NEEDS = [
    ("GET", "/v1/jobs", Scope.READ), ("GET", f"/v1/jobs/{NOWHERE}", Scope.READ),
    ("GET", f"/v1/jobs/{NOWHERE}/events", Scope.READ),
    *(("POST", f"/v1/jobs/{kind}", Scope.SUBMIT) for kind in KINDS if scope_of(kind) is Scope.SUBMIT),
    ("DELETE", f"/v1/jobs/{NOWHERE}", Scope.SUBMIT), ("POST", "/v1/articles", Scope.SUBMIT),
    ("POST", "/v1/batches", Scope.SUBMIT), ("GET", f"/v1/batches/{NOWHERE}", Scope.READ),
    ("GET", f"/v1/batches/{NOWHERE}/jobs", Scope.READ), ("GET", "/v1/readings/x", Scope.READ),
    ("GET", "/v1/statements", Scope.READ),
    ("GET", "/v1/events", Scope.READ), ("GET", "/v1/ties", Scope.READ), ("POST", "/v1/findings/x/review", Scope.SUBMIT),
    ("GET", "/v1/dead", Scope.READ), ("GET", f"/v1/dead/{NOWHERE}", Scope.READ), ("DELETE", f"/v1/dead/{NOWHERE}", Scope.SUBMIT),
    ("POST", f"/v1/dead/{NOWHERE}/replay", Scope.SUBMIT), ("GET", "/v1/queues", Scope.READ),
    ("POST", "/v1/queues/bulk/pause", Scope.OPERATE), ("GET", "/v1/kinds", Scope.READ),
    ("GET", "/v1/dossiers/PAK-RUS", Scope.READ), ("GET", "/metrics", Scope.OPERATE),
    ("DELETE", f"/v1/batches/{NOWHERE}", Scope.SUBMIT), ("GET", f"/v1/batches/{NOWHERE}/results", Scope.READ),
    ("GET", "/v1/schedules", Scope.OPERATE), ("POST", "/v1/schedules", Scope.OPERATE),
    *((method, "/v1/schedules/x", Scope.OPERATE) for method in ("GET", "PATCH", "DELETE")),
    *(("GET", f"/v1/schedules/x/{what}", Scope.OPERATE) for what in ("slots", "history")),
    *(("POST", f"/v1/schedules/x/{turn}", Scope.OPERATE) for turn in ("run", "pause", "resume")),
    ("GET", "/v1/pages", Scope.READ), ("GET", "/v1/webhooks", Scope.OPERATE), ("POST", "/v1/webhooks", Scope.OPERATE),
    ("GET", f"/v1/webhooks/{NOWHERE}", Scope.OPERATE), ("DELETE", f"/v1/webhooks/{NOWHERE}", Scope.OPERATE),
    *(("POST", f"/v1/webhooks/{NOWHERE}/{turn}", Scope.OPERATE) for turn in ("enable", "disable", "rotate", "test")),
    ("GET", f"/v1/webhooks/{NOWHERE}/deliveries", Scope.OPERATE),
    ("POST", f"/v1/webhooks/{NOWHERE}/deliveries/{NOWHERE}/replay", Scope.OPERATE),
    *(("GET", path, Scope.READ) for path in ("/v1/stories", "/v1/stories/x", "/v1/happenings", "/v1/happenings/x")),
    *(("GET", path, Scope.READ) for path in ("/v1/feeds", "/v1/feeds/opml", f"/v1/feeds/{NOWHERE}")),
    ("GET", f"/v1/feeds/{NOWHERE}/entries", Scope.READ), ("DELETE", f"/v1/feeds/{NOWHERE}", Scope.OPERATE),
    ("POST", "/v1/feeds", Scope.OPERATE), ("POST", "/v1/feeds/opml", Scope.OPERATE),
    *(("POST", f"/v1/feeds/{NOWHERE}/{turn}", Scope.OPERATE) for turn in ("pause", "resume", "poll")),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "scope"), NEEDS)
def test_every_path_needs_a_key_for_it(idle_api: Api, method, path, scope):
    for wrong in (
        None,
        "nonsense",
        idle_api.key[:-1] + ("A" if idle_api.key[-1] != "A" else "B"),
        "detente_000000000000_" + "x" * 43,
    ):
        answer = idle_api.call(method, path, key=wrong)
        problem(answer, 401, "key-missing")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    others = idle_api.make_key(*(set(Scope) - {scope}))
    assert scope.value in problem(idle_api.call(method, path, key=others), 403, "scope-missing")["detail"]
    right = idle_api.make_key(scope)
    assert idle_api.call(method, path, key=right).status_code not in (401, 403)


def test_every_path_of_the_description_is_seen_to_need_a_key(idle_api: Api):
    seen = {
        (
            method,
            path.replace("schedules/x", "schedules/{name}")
            .replace(NOWHERE, "{id}")
            .replace("deliveries/{id}", "deliveries/{delivery}")
            .replace("/x", "/{id}")
            .replace("bulk/pause", "{name}/{turn}")
            .replace("PAK-RUS", "{pair}"),
        )
        for method, path, _ in NEEDS
    }
    described = idle_api.get("/openapi.json").json()["paths"]
    operations = {(method.upper(), path) for path, item in described.items() for method in item}
    upkeep = {("POST", f"/v1/jobs/{kind}") for kind in KINDS if scope_of(kind) is Scope.OPERATE}
    assert upkeep <= operations
    open_to_all = {operation for operation in operations if operation[1] in ("/healthz", "/readyz")}
    assert operations - open_to_all - upkeep <= seen


def test_what_the_system_does_for_itself_is_for_operators(idle_api: Api):
    problem(idle_api.post(BEAT, json={}, key=idle_api.make_key(Scope.SUBMIT)), 403, "scope-missing")
    assert idle_api.post(BEAT, json={}, key=idle_api.make_key(Scope.SUBMIT, Scope.OPERATE)).status_code == 202


def test_a_body_is_not_read_before_the_key(idle_api: Api):
    problem(idle_api.post(BEAT, data=b"nonsense", key=None), 401, "key-missing")


def test_a_secret_is_kept_as_its_hash_alone(idle_api: Api):
    redis = idle_api.system.client.redis
    kept = json.dumps(redis.hgetall("detente:keys"))
    secret = idle_api.key.rpartition("_")[2] if idle_api.key.count("_") == 2 else idle_api.key.split("_", 2)[2]
    assert secret not in kept
    assert re.search(r"[0-9a-f]{64}", kept)


def test_a_revoked_key_opens_nothing(idle_api: Api):
    key = idle_api.make_key()
    assert idle_api.get("/v1/kinds", key=key).status_code == 200
    Keys(idle_api.system.client.redis).revoke(key.split("_")[1])
    problem(idle_api.get("/v1/kinds", key=key), 401, "key-missing")


def test_each_answer_says_how_often_a_key_may_come_and_one_too_many_is_refused(idle_api: Api):
    with serving(idle_api.system, DETENTE_WEB_RATE="3") as api:
        answers = [api.get("/v1/kinds") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"requests";q=3;w=60'}
        left = [re.fullmatch(r'"requests";r=(\d+);t=(\d+)', answer.headers["RateLimit"]) for answer in answers]
        assert [int(found[1]) for found in left] == [2, 1, 0, 0]
        problem(answers[-1], 429, "rate-exceeded")
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
        assert api.get("/v1/kinds", key=api.make_key()).status_code == 200
        assert api.get("/healthz").status_code == 200


def test_a_key_is_made_listed_and_revoked_from_the_command_line(idle_api: Api):
    system = idle_api.system
    made = system.cli("keys", "create", "night desk", "--scopes", "read", "--tenant", "night")
    key = made.stdout.decode().strip()
    assert made.returncode == 0, made.stderr
    assert idle_api.get("/v1/kinds", key=key).status_code == 200
    problem(idle_api.post(BEAT, json={}, key=key), 403, "scope-missing")
    id, secret = key.split("_", 2)[1:]
    shown = system.cli("keys", "list", "--json").stdout.decode()
    assert {"night desk", "night", id} <= set(re.findall(r'"([^"]+)"', shown))
    assert secret not in shown
    assert system.cli("keys", "revoke", id).returncode == 0
    problem(idle_api.get("/v1/kinds", key=key), 401, "key-missing")
    assert system.cli("keys", "revoke", id).returncode == 1


@pytest.mark.parametrize(
    "arguments", [["x", "--scopes", "all"], ["x", "--scopes", ""], ["x", "--tenant", "-"], [""], ["a\nb"], ["x" * 101]]
)
def test_a_key_that_cannot_be_is_refused_in_one_line(idle_api: Api, arguments):
    refused = idle_api.system.cli("keys", "create", *arguments)
    assert refused.returncode == 1
    assert len(refused.stderr.decode().strip().splitlines()) == 1


# --- without keys ---


def test_an_api_without_keys_says_so_and_answers_this_machine_alone(idle_api: Api):
    with serving(idle_api.system, DETENTE_WEB_AUTH="false") as api:
        assert api.get("/v1/queues", key=None).status_code == 200
        [log] = [path for path in api.system.folder.glob("web-*.log") if f"port={api.url.rpartition(':')[2]}" in path.read_text()]
        assert "web_asks_for_no_keys" in log.read_text()
        for host in ("news.example", "[::1"):
            problem(api.get("/v1/queues", key=None, headers={"Host": host}), 403, "origin-foreign")
        for origin in ("https://news.example", "null", "//["):
            problem(api.get("/v1/queues", key=None, headers={"Origin": origin}), 403, "origin-foreign")


def test_an_api_without_keys_does_not_listen_to_others(idle_api: Api):
    import subprocess
    import sys

    command = [sys.executable, "-m", "worker", "web", "--address=0.0.0.0", "--port=0"]
    env = {**idle_api.system.env, "DETENTE_WEB_AUTH": "false"}
    refused = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1
    assert "without keys" in refused.stderr


# --- browsers ---


def test_pages_of_other_origins_may_not_call_unless_they_are_named(idle_api: Api):
    headers = {"Origin": "https://news.example", "Access-Control-Request-Method": "GET"}
    assert "Access-Control-Allow-Origin" not in idle_api.call("OPTIONS", "/v1/kinds", key=None, headers=headers).headers
    with serving(idle_api.system, DETENTE_WEB_ORIGINS='["https://news.example"]') as api:
        allowed = requests.options(f"{api.url}/v1/kinds", headers=headers, timeout=10)
        assert allowed.headers["Access-Control-Allow-Origin"] == "https://news.example"
        other = requests.options(f"{api.url}/v1/kinds", headers={**headers, "Origin": "https://other.example"}, timeout=10)
        assert "Access-Control-Allow-Origin" not in other.headers
