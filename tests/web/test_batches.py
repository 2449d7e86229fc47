"""`/v1/batches`: many jobs in one request."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psutil
import pytest

from detente.batches import row_id
from detente.client import new_id
from detente.keys import Scope
from detente.web.rows import MAX_ROW_BYTES
from tests.waiting import wait_for
from tests.web.conftest import Api, problem, serving

NDJSON = "application/x-ndjson"


def lines(count: int) -> bytes:
    return b"".join(
        json.dumps({"id": f"row {n}", "text": f"Riga thanked Oslo {n} times."}).encode() + b"\n" for n in range(count)
    )


def send(api: Api, body, *, key: str = "", kind: str = NDJSON, **others):
    return api.post("/v1/batches", data=body, headers={"Content-Type": kind, "Idempotency-Key": key or str(uuid4())}, **others)


def depth(api: Api, queue: str = "bulk") -> int:
    return next(row["depth"] for row in api.get("/v1/queues").json()["rows"] if row["name"] == queue)


def members(api: Api, id: str) -> list[dict]:
    rows, after = [], -1
    while after is not None:
        page = api.get(f"/v1/batches/{id}/jobs?limit=1000&after={after}").json()
        rows += page["rows"]
        after = page["next"]
    return rows


def test_a_batch_is_submitted_row_by_row_on_the_queue_of_those_that_nobody_waits_for(idle_api: Api):
    before = depth(idle_api)
    answer = send(idle_api, lines(450))
    assert answer.status_code == 202, answer.text
    batch = answer.json()
    assert (batch["state"], batch["rows"], batch["accepted"], batch["refused"]) == ("received", 450, 450, 0)
    assert UUID(batch["id"]).version == 7
    assert depth(idle_api) - before == 450
    shown = idle_api.get(answer.headers["Location"]).json()
    assert shown == batch
    jobs = members(idle_api, batch["id"])
    assert [member["row"] for member in jobs] == list(range(450))
    assert jobs[7]["job"]["label"]["article"] == "row 7"
    assert all(UUID(member["job"]["id"]).version == 7 for member in jobs)


def test_a_json_array_is_a_batch_too(idle_api: Api):
    rows = [{"id": "a", "text": 'with "quotes", [brackets] and \\ {braces}'}, {"text": "Łódź"}]
    answer = idle_api.post("/v1/batches", json=rows, headers={"Idempotency-Key": str(uuid4())})
    assert (answer.json()["rows"], answer.json()["refused"]) == (2, 0)


def test_a_row_that_is_no_job_is_told_and_the_others_go_on(idle_api: Api):
    body = b'{"text": "Riga thanked Oslo."}\nnonsense\n\n{"txet": "x"}\n{"text": 5}\n{"text": "Oslo thanked Riga."}'
    batch = send(idle_api, body).json()
    assert (batch["rows"], batch["accepted"], batch["refused"]) == (5, 2, 3)
    assert [error["row"] for error in batch["errors"]] == [1, 2, 3]
    assert "txet" in batch["errors"][1]["detail"]
    assert [member["row"] for member in members(idle_api, batch["id"])] == [0, 4]


def test_a_row_that_is_too_large_is_told_too(idle_api: Api):
    long, short = json.dumps({"text": "x" * (MAX_ROW_BYTES + 2**20)}).encode(), b'{"text": "Riga thanked Oslo."}'
    for kind, body in ((NDJSON, b"\n".join([short, long, short])), ("application/json", b"[%s,%s,%s]" % (short, long, short))):
        batch = send(idle_api, body, kind=kind).json()
        assert (batch["rows"], batch["accepted"], batch["refused"]) == (3, 2, 1)
        assert batch["errors"] == [{"row": 1, "detail": "the row is larger than 16,777,216 bytes, the most that one may have"}]


def test_a_batch_of_nothing_is_received(idle_api: Api):
    for kind, body in ((NDJSON, b"\n\n"), ("application/json", b" [ ] ")):
        assert send(idle_api, body, kind=kind).json()["rows"] == 0


@pytest.mark.parametrize("body", [b"", b"{}", b"[1", b"[1}", b"[] []", b"x[]", b'["', b"]", b"null"])
def test_a_body_that_is_no_array_is_refused(idle_api: Api, body):
    problem(send(idle_api, body, kind="application/json"), 400, "body-malformed")


def test_a_batch_without_an_idempotency_key_is_refused(idle_api: Api):
    answer = idle_api.post("/v1/batches", data=lines(1), headers={"Content-Type": NDJSON})
    problem(answer, 400, "idempotency-key-missing")


def test_a_batch_of_another_type_is_refused(idle_api: Api):
    problem(send(idle_api, b"a,b\n", kind="text/csv"), 415, "type-unsupported")


def test_a_batch_that_is_sent_again_does_nothing_and_says_the_same(idle_api: Api):
    key, body = str(uuid4()), lines(20)
    first = send(idle_api, body, key=key)
    before = depth(idle_api)
    assert send(idle_api, body, key=key).json() == first.json()
    assert depth(idle_api) == before


def test_a_key_is_not_for_two_batches(idle_api: Api):
    key = str(uuid4())
    send(idle_api, lines(3), key=key)
    problem(send(idle_api, lines(4), key=key), 422, "idempotency-conflict")


def cut_off(api: Api, body: bytes, *, key: str, after: int) -> None:
    """Send part of a batch, and hang up: as a killed client does."""
    place = urlsplit(api.url)
    head = (
        f"POST /v1/batches HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Bearer {api.key}\r\nContent-Type: {NDJSON}\r\n"
        f"Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((place.hostname, place.port)) as line:
        line.sendall(head.encode() + body[:after])
        wait_for(lambda: _rows_of(api, key) > 0)


def _rows_of(api: Api, key: str) -> int:
    redis = api.system.client.redis
    kept = [redis.hgetall(name) for name in redis.scan_iter("detente:batch:*") if redis.type(name) == "hash"]
    return max((int(fields.get("rows", 0)) for fields in kept if fields.get("state") == "receiving"), default=0)


def test_a_batch_whose_sender_was_killed_is_sent_again_and_no_row_is_submitted_twice(idle_api: Api):
    key, body = str(uuid4()), lines(1000)
    before = depth(idle_api)
    cut_off(idle_api, body, key=key, after=len(body) // 2)
    answer = wait_for(lambda: (again := send(idle_api, body, key=key)).status_code == 202 and again)
    batch = answer.json()
    assert (batch["state"], batch["rows"], batch["accepted"]) == ("received", 1000, 1000)
    assert depth(idle_api) - before == 1000
    assert len({member["job"]["id"] for member in members(idle_api, batch["id"])}) == 1000


def test_a_row_that_changed_between_two_sendings_is_refused(idle_api: Api):
    key, body = str(uuid4()), lines(600)
    cut_off(idle_api, body, key=key, after=len(body) // 2)
    changed = body.replace(b"Oslo 7 times", b"Oslo 8 times", 1)
    batch = wait_for(lambda: (again := send(idle_api, changed, key=key)).status_code == 202 and again).json()
    assert (batch["rows"], batch["refused"]) == (600, 1)
    assert batch["errors"][0]["row"] == 7


def test_a_batch_that_is_still_coming_in_is_not_begun_a_second_time(idle_api: Api):
    key = str(uuid4())

    def slowly() -> Iterator[bytes]:
        yield lines(300)
        wait_for(lambda: _rows_of(idle_api, key) > 0)
        answer = send(idle_api, lines(300), key=key)
        problem(answer, 409, "batch-under-way")
        assert int(answer.headers["Retry-After"]) >= 1

    assert send(idle_api, slowly(), key=key).status_code == 202


def test_a_full_queue_makes_the_sender_come_back(idle_api: Api):
    redis = idle_api.system.client.redis
    redis.hset("detente:limits", "bulk", str(depth(idle_api) + 100))
    try:
        with serving(idle_api.system) as api:
            key = str(uuid4())
            began = time.monotonic()
            place = urlsplit(api.url)
            with socket.create_connection((place.hostname, place.port)) as line:
                head = f"POST /v1/batches HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.key}\r\nContent-Type: {NDJSON}\r\n"
                body = lines(300)
                line.sendall(f"{head}Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
                wait_for(lambda: depth(api) >= int(redis.hget("detente:limits", "bulk")))
                # Room comes, and the batch goes on by itself.
                redis.hdel("detente:limits", "bulk")
                line.settimeout(20)
                assert line.recv(200).startswith(b"HTTP/1.1 202")
            assert time.monotonic() - began < 20
    finally:
        redis.hdel("detente:limits", "bulk")


def test_a_batch_of_another_tenant_is_as_if_it_were_not(idle_api: Api):
    id = send(idle_api, lines(1)).json()["id"]
    stranger = idle_api.make_key(Scope.READ, tenant="stranger")
    for path in ("", "/jobs"):
        problem(idle_api.get(f"/v1/batches/{id}{path}", key=stranger), 404, "unknown-batch")
        problem(idle_api.get(f"/v1/batches/{uuid4()}{path}"), 404, "unknown-batch")


def test_a_batch_may_be_of_another_kind_but_not_of_what_operators_do(idle_api: Api):
    rows = json.dumps({"articles": [{"text": "Riga thanked Oslo."}]}).encode()
    body = {"data": rows, "headers": {"Content-Type": NDJSON, "Idempotency-Key": str(uuid4())}}
    assert idle_api.post("/v1/batches?kind=detente.articles.read", **body).json()["accepted"] == 1
    problem(idle_api.post("/v1/batches?kind=detente.jobs.expire", **body), 422, "request-invalid")


def test_memory_does_not_grow_with_the_batch(idle_api: Api):
    row = json.dumps({"text": "x" * 20_000}).encode() + b"\n"

    def many(count: int) -> Iterator[bytes]:
        for _ in range(count):
            yield row

    with serving(idle_api.system) as api:
        [server] = [
            process
            for process in psutil.process_iter(["cmdline"])
            if f"--port={urlsplit(api.url).port}" in (process.info["cmdline"] or [])
        ]
        # Rows of this kind are refused, so that it is the API's memory that is seen, and not that of Redis.
        send(api, many(200), kind=NDJSON)
        before = server.memory_info().rss
        answer = api.post(
            "/v1/batches?kind=detente.articles.read",
            data=many(3000),
            headers={"Content-Type": NDJSON, "Idempotency-Key": str(uuid4())},
        )
        assert answer.json()["refused"] == 3000
        assert server.memory_info().rss - before < 30 * 2**20


def test_the_id_of_a_row_is_its_own_and_always_the_same():
    batch = new_id()
    ids = [row_id(batch, row) for row in range(1000)]
    assert ids == [row_id(batch, row) for row in range(1000)]
    assert len(set(ids)) == 1000
    assert {UUID(id).version for id in ids} == {7}
    assert {id[:13] for id in ids} == {batch[:13]}
    assert not set(ids) & {row_id(new_id(), row) for row in range(1000)}
