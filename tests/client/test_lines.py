"""In which order jobs leave their queue, when they may not enter it, and that none waits in two places."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from detente.client import Client, new_id
from detente.contracts import Beat, JobState, ReadArticle, ReadArticles, Terms
from detente.embedded import EmbeddedServer
from detente.errors import IdempotencyConflict, QueueClosed, QueueFull, SubmissionRefused
from detente.queues import Queues
from detente.scripts import script


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedServer(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url) as client:
        client.redis.flushdb()
        yield client


def _article(name: str) -> ReadArticle:
    return ReadArticle(id=name, text=f"Oslo protested to {name}.")


def _take_all(client: Client, *queues: str) -> list[str]:
    """The tenants of all messages, in the order in which a worker gets them."""
    tenants = []
    while found := client.redis.eval(script("take"), 0, "w", 15, *(queues or ("interactive",))):
        tenants.append(client.redis.hget("detente:unacked:w", found[1]).partition("\0")[0])
    return tenants


def test_tenants_take_turns_however_many_jobs_one_of_them_has(client: Client) -> None:
    client.submit_many([_article(f"big{n}") for n in range(100)], terms=Terms(tenant="big"))
    client.submit_many([_article(f"small{n}") for n in range(3)], terms=Terms(tenant="small"))
    client.submit_many([_article(f"nobody{n}") for n in range(2)])
    assert _take_all(client)[:8] == ["default", "big", "small", "default", "big", "small", "big", "small"]


def test_all_jobs_of_all_tenants_leave_the_queue_once(client: Client) -> None:
    for tenant in ("a", "b", "default", "c"):
        client.submit_many([_article(f"{tenant}{n}") for n in range(25)], terms=Terms(tenant=tenant))
    assert client.queues()[0].depth == 100
    assert client.queues()[0].tenants == {"default": 25, "a": 25, "b": 25, "c": 25}
    found = _take_all(client)
    assert {tenant: found.count(tenant) for tenant in found} == {"a": 25, "b": 25, "c": 25, "default": 25}
    assert client.queues()[0].depth == 0
    assert client.redis.hgetall("detente:bytes") == {}


def test_a_full_queue_keeps_no_other_waiting_but_people_come_first(client: Client) -> None:
    queues = ("interactive", "bulk", "fetch", "upkeep")
    client.submit_many([ReadArticles(articles=(_article(f"b{n}"),)) for n in range(20)])
    client.submit_many([Beat() for _ in range(4)])
    client.submit_many([_article(f"i{n}") for n in range(5)])
    found = []
    while taken := client.redis.eval(script("take"), 0, "w", 15, *queues):
        found.append(taken[0])
    assert found[:5] == ["interactive"] * 5
    assert found[5:21].count("upkeep") == 4
    assert found[5:21].count("bulk") == 12
    assert len(found) == 29


def test_a_tenant_that_comes_late_is_served_at_its_first_turn(client: Client) -> None:
    client.submit_many([_article(f"big{n}") for n in range(50)])
    client.redis.eval(script("take"), 0, "w", 15, "interactive")
    client.submit(_article("late"), terms=Terms(tenant="late"))
    assert "late" in _take_all(client)[:2]


def test_flower_sees_the_jobs_of_all_tenants(client: Client) -> None:
    client.submit(_article("a"))
    client.submit(_article("b"), terms=Terms(tenant="b"))
    # Flower adds the lengths of a queue's lists of priorities.
    assert client.redis.llen("detente:interactive") + client.redis.llen("detente:interactive:1") == 2


def test_the_same_key_and_job_give_the_same_receipt(client: Client) -> None:
    terms = Terms(idempotency_key="article-1")
    first, second = (client.submit(_article("a"), terms=terms) for _ in range(2))
    assert first.id == second.id
    assert client.queues()[0].depth == 1


def test_a_key_is_a_tenants_own(client: Client) -> None:
    ids = {client.submit(_article("a"), terms=Terms(idempotency_key="k", tenant=tenant)).id for tenant in ("a", "b")}
    assert len(ids) == 2


def test_the_same_key_with_another_job_is_refused(client: Client) -> None:
    client.submit(_article("a"), terms=Terms(idempotency_key="k"))
    with pytest.raises(IdempotencyConflict):
        client.submit(_article("b"), terms=Terms(idempotency_key="k"))
    assert client.queues()[0].depth == 1


def test_the_same_id_with_another_job_is_refused(client: Client) -> None:
    id = new_id()
    client.submit(_article("a"), id=id)
    with pytest.raises(IdempotencyConflict):
        client.submit(_article("b"), id=id)


def test_a_full_queue_refuses_and_says_how_long_to_wait(client: Client) -> None:
    Queues(client.redis).limit({"interactive": 3}, waiting_bytes=10**9)
    jobs = [_article(str(n)) for n in range(5)]
    ids = [new_id() for _ in jobs]
    with pytest.raises(QueueFull) as refused:
        client.submit_many(jobs, ids=ids)
    assert refused.value.retry_after_s >= 1
    assert refused.value.accepted == tuple(ids[:3])
    assert client.queues()[0].max_depth == 3
    _take_all(client)
    assert [receipt.id for receipt in client.submit_many(jobs, ids=ids)] == ids
    assert client.queues()[0].depth == 2


def test_what_waits_for_its_time_counts_for_the_size_of_all_that_waits(client: Client) -> None:
    Queues(client.redis).limit({}, waiting_bytes=6_000)
    later = Terms(not_before_at=datetime.now(UTC) + timedelta(hours=1))
    client.submit(ReadArticle(text="Oslo protested. " * 150), terms=later)
    with pytest.raises(QueueFull, match="too much for Redis"):
        client.submit(ReadArticle(text="Oslo protested. " * 150))
    client.submit(Beat())


def test_a_closed_queue_takes_nothing_until_it_is_resumed(client: Client) -> None:
    Queues(client.redis).close("upkeep")
    with pytest.raises(QueueClosed):
        client.submit(Beat())
    Queues(client.redis).resume("upkeep")
    client.submit(Beat())
    assert len(_take_all(client, "upkeep")) == 1


def test_nothing_is_taken_from_a_paused_queue(client: Client) -> None:
    client.submit(Beat())
    Queues(client.redis).pause("upkeep")
    assert _take_all(client, "interactive", "upkeep") == []
    assert client.queues()[-1].is_paused
    Queues(client.redis).resume("upkeep")
    assert len(_take_all(client, "interactive", "upkeep")) == 1


def test_a_job_is_not_in_line_before_its_time(client: Client) -> None:
    client.submit(Beat(), terms=Terms(not_before_at=datetime.now(UTC) + timedelta(hours=1), tenant="t"))
    assert _take_all(client, "upkeep") == []
    assert client.queues()[-1].delayed == 1
    client.redis.zadd("detente:upkeep:delayed", {client.redis.zrange("detente:upkeep:delayed", 0, 0)[0]: 1})
    assert _take_all(client, "upkeep") == ["t"]
    assert client.queues()[-1].delayed == 0


def test_a_job_that_is_cancelled_before_its_time_waits_no_longer(client: Client) -> None:
    receipt = client.submit(Beat(), terms=Terms(not_before_at=datetime.now(UTC) + timedelta(hours=1)))
    assert receipt.cancel() is JobState.CANCELLED
    assert client.queues()[-1].delayed == 0
    assert not client.redis.exists("detente:upkeep:delayed:messages")


def test_a_message_that_is_delayed_twice_waits_and_weighs_once(client: Client) -> None:
    """A worker that is killed after it has put off a job, and before it has acknowledged it, leaves it to another."""
    id, entry = new_id(), "x" * 1000
    for due_ms in (10**14, 10**14 + 1):
        client.redis.eval(script("put"), 0, "upkeep", "default", id, entry, due_ms)
    assert client.queues()[-1].delayed == 1
    assert client.redis.hgetall("detente:bytes") == {"delayed": "1000"}


def test_a_job_is_remembered_for_as_long_as_it_waits_for_its_time(client: Client) -> None:
    in_a_month = datetime.now(UTC) + timedelta(days=30)
    receipt = client.submit(Beat(), terms=Terms(not_before_at=in_a_month, idempotency_key="k", tenant="t"))
    for key in (f"job:{receipt.id}", "idempotency:t:k"):
        assert client.redis.ttl(f"detente:{key}") > timedelta(days=31).total_seconds()
    client.submit(Beat())
    assert receipt.cancel() is JobState.CANCELLED


@pytest.mark.parametrize("id", ["a-17", "0193D2C8-7C6E-7D1A-8B7E-3F8A7C1D2E4F", "0193d2c87c6e7d1a8b7e3f8a7c1d2e4f"])
def test_an_id_that_is_no_plain_uuid_is_refused_at_once(client: Client, id: str) -> None:
    with pytest.raises(SubmissionRefused, match="UUID"):
        client.submit(Beat(), id=id)
    assert client.queues()[-1].depth == 0


def test_the_age_of_a_queue_is_that_of_its_first_job(client: Client) -> None:
    assert client.queues()[0].oldest_age_s is None
    client.submit(_article("a"), terms=Terms(tenant="a"))
    client.submit(_article("b"))
    assert 0 <= client.queues()[0].oldest_age_s < 60


def test_jobs_that_workers_have_are_in_flight(client: Client) -> None:
    client.submit(Beat())
    _take_all(client, "upkeep")
    assert [queue.in_flight for queue in client.queues()] == [0, 0, 0, 1]
