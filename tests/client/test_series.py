"""Long rows of articles as one batch after another, on a real server without any worker."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from detente.batches import Batches, ReadArticleInBulk
from detente.client import Client, series
from detente.client.batches import begin_batch
from detente.client.series import Series
from detente.contracts import BatchState, Terms
from detente.embedded import EmbeddedServer
from detente.errors import IdempotencyConflict, SubmissionRefused
from tests.waiting import wait_for


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedServer(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url) as client:
        client.redis.flushdb()
        yield client


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "MAX_ROWS", 100)
    monkeypatch.setattr(series, "CHUNK_ROWS", 20)


def articles(number: int, words: str = "Oslo thanked envoy") -> Iterator[ReadArticleInBulk]:
    return (ReadArticleInBulk(text=f"{words} {row}.") for row in range(number))


def sent(client: Client, given: Iterator[ReadArticleInBulk], key: str = "k") -> Series:
    found = Series(client, key=key, terms=Terms(tenant="acme"))
    found.send(given)
    return found


def depth(client: Client) -> int:
    return next(queue.depth for queue in client.queues() if queue.name == "bulk")


def test_more_articles_than_go_into_a_batch_go_into_several(client: Client) -> None:
    found = sent(client, articles(250))
    records = [batch.status() for batch in found.batches]
    assert [(record.rows, record.accepted, record.state) for record in records] == [
        (100, 100, "received"), (100, 100, "received"), (50, 50, "received"),
    ]  # fmt: skip
    assert (found.submitted, found.known, depth(client)) == (250, 0, 250)
    assert {record.tenant for record in records} == {"acme"}
    assert sent(client, articles(0), key="nothing").batches == []


def test_the_same_again_submits_nothing(client: Client) -> None:
    first, again = sent(client, articles(250)), sent(client, articles(250))
    assert (again.submitted, again.known, depth(client)) == (0, 250, 250)
    assert again.batches == first.batches


def test_one_that_was_cut_off_goes_on_where_it_was(client: Client) -> None:
    def broken() -> Iterator[ReadArticleInBulk]:
        yield from articles(145)
        raise OSError("the disk has gone")

    with pytest.raises(OSError, match="gone"):
        sent(client, broken())
    assert depth(client) == 140
    again = sent(client, articles(250))
    assert (again.submitted, again.known, depth(client)) == (110, 140, 250)


def test_a_key_that_was_used_for_other_articles_is_refused(client: Client) -> None:
    sent(client, articles(50))
    with pytest.raises(IdempotencyConflict, match="50 articles, and now there are 51"):
        sent(client, articles(51))

    def broken() -> Iterator[ReadArticleInBulk]:
        yield from articles(40)
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - raised above, without words
        sent(client, broken(), key="other")
    with pytest.raises(IdempotencyConflict, match="another article in one of the rows 0 to 19"):
        sent(client, articles(50, "Riga thanked envoy"), key="other")
    assert depth(client) == 70


def test_a_full_queue_is_waited_for_and_the_batch_is_held(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "STEP_S", 0.05)
    client.redis.hset("detente:limits", "bulk", 60)
    told: list[str] = []
    found = Series(client, key="k", terms=Terms(), waiting=lambda why, seconds: told.append(why))
    sender = threading.Thread(target=found.send, args=[articles(90)])
    sender.start()
    wait_for(lambda: told)
    [batch] = found.batches
    assert depth(client) == 60
    client.redis.hset(f"detente:batch:{batch.id}", "receiving_until", 0)
    wait_for(lambda: batch.status().state is BatchState.RECEIVING)
    client.redis.hset("detente:limits", "bulk", 1000)
    sender.join(20)
    assert not sender.is_alive()
    assert (depth(client), found.submitted) == (90, 90)
    assert told[0] == "queue bulk is full"


def test_a_sender_that_is_alive_is_not_disturbed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "PATIENCE_S", 0.2)
    batches = Batches(client.redis)
    id, _ = begin_batch(batches, tenant="acme", key="k/0", kind="detente.article.read", webhook=None)
    with pytest.raises(SubmissionRefused, match="somebody else"):
        sent(client, articles(10))
    # As if it had been killed a minute ago.
    client.redis.hset(f"detente:batch:{id}", "receiving_until", 0)
    assert sent(client, articles(10)).submitted == 10


def test_few_long_articles_are_in_hand_at_a_time(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "CHUNK_CHARS", 1000)
    taken: list[int] = []

    def long() -> Iterator[ReadArticleInBulk]:
        for row in range(10):
            taken.append(depth(client))
            yield ReadArticleInBulk(text=f"{row}" + "x" * 600)

    sent(client, long())
    assert all(row - before <= 2 for row, before in enumerate(taken))
