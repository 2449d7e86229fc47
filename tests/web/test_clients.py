"""The client over HTTP: the same calls, against the API itself, and through a line that breaks."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from detente.client import Client, new_id
from detente.contracts import Beat, JobState, ReadArticle, ReadArticles, ReadingStored, Terms
from detente.errors import (
    ApiUnreachable,
    BrokerUnreachable,
    IdempotencyConflict,
    JobCancelled,
    JobFailed,
    NotOverHttp,
    QueueClosed,
    RequestRefused,
    ResultTimeout,
    SettingsInvalid,
    UnknownJob,
)
from detente.queues import Queues
from tests.web.conftest import Api

PAIR = ReadArticles(articles=(ReadArticle(text="Oslo thanked Riga."), ReadArticle(text="Riga thanked Oslo.")))


@pytest.fixture
def client(api: Api) -> Iterator[Client]:
    """A client of an API whose jobs a worker does."""
    with Client(api.url, key=api.key) as client:
        yield client


@pytest.fixture
def idle(idle_api: Api) -> Iterator[Client]:
    """A client of an API whose jobs nobody does."""
    idle_api.system.client.redis.delete("detente:interactive", "detente:bulk", "detente:upkeep")
    with Client(idle_api.url, key=idle_api.key, patience_s=5) as client:
        yield client


@contextmanager
def line(url: str, spoil: Callable[[int, bytes], bytes]) -> Iterator[str]:
    """A way to an API that spoils answers: `spoil(number, piece)` gives what arrives of each piece that the API sends. The
    connection breaks after one that is not whole."""
    host, port = url.removeprefix("http://").split(":")
    listener, number = socket.create_server(("127.0.0.1", 0)), iter(range(10**6))

    def carry() -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                with near, socket.create_connection((host, int(port))) as far, suppress(OSError):
                    pump = threading.Thread(target=_pump, args=(near, far), daemon=True)
                    pump.start()
                    while answer := far.recv(1 << 20):
                        near.sendall(arriving := spoil(next(number), answer))
                        if arriving != answer:
                            break
                    near.shutdown(socket.SHUT_RDWR)

    thread = threading.Thread(target=carry, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()


def _pump(near: socket.socket, far: socket.socket) -> None:
    with suppress(OSError):
        while sent := near.recv(1 << 20):
            far.sendall(sent)
        far.shutdown(socket.SHUT_WR)


def test_a_job_goes_from_submission_to_a_typed_result(client: Client) -> None:
    receipt = client.submit(ReadArticle(id="over-http", text="Oslo recalled its ambassador from Minsk.", inline=True))
    stored = receipt.result(timeout_s=60)
    assert isinstance(stored, ReadingStored)
    assert stored.reading.article.id == "over-http"
    assert receipt.status().state is JobState.DONE
    assert [step.event for step in client.history(receipt.id)] == ["submitted", "started", "done"]
    assert receipt.id in {record.id for record in client.jobs(limit=10)}


def test_events_go_on_after_the_last_one_seen(client: Client) -> None:
    receipt = client.submit(Beat())
    first, *rest = receipt.events()
    assert first.event == "submitted"
    assert list(receipt.events(after=first.id)) == rest
    for last in (rest[-1].id, "9999999999999-0"):
        assert list(client.events(receipt.id, after=last, timeout_s=5)) == []


def test_many_jobs_come_back_as_receipts_in_their_order(idle: Client) -> None:
    jobs = [ReadArticle(id=str(number), text="Oslo protested.") for number in range(1100)] + [PAIR]
    receipts = idle.submit_many(jobs)
    assert [receipt.kind for receipt in receipts] == [job.kind for job in jobs]
    assert [receipts[row].status().label["article"] for row in (0, 999, 1000, 1099)] == ["0", "999", "1000", "1099"]


def test_a_list_of_what_operators_do_is_submitted_too(idle: Client, idle_api: Api) -> None:
    jobs, terms = [Beat(), ReadArticle(text="Oslo protested."), Beat(), Beat()], Terms(idempotency_key=new_id())
    first, again = ([receipt.id for receipt in idle.submit_many(jobs, terms=terms)] for _ in range(2))
    assert first == again
    assert [idle.status(id).kind for id in first] == [job.kind for job in jobs]
    assert idle_api.system.client.redis.llen("detente:upkeep") == 3


def test_a_list_with_a_key_is_submitted_once_however_often_it_is_sent(idle: Client, idle_api: Api) -> None:
    jobs, terms = [ReadArticle(text=f"Oslo thanked Riga {n} times.") for n in range(30)], Terms(idempotency_key="ключ 1")
    first, again = ([receipt.id for receipt in idle.submit_many(jobs, terms=terms)] for _ in range(2))
    assert first == again
    assert idle_api.system.client.redis.llen("detente:bulk") == 30
    with pytest.raises(IdempotencyConflict):
        idle.submit_many(jobs[1:], terms=terms)


def test_jobs_with_terms_of_their_own_are_submitted_one_by_one(idle: Client, idle_api: Api) -> None:
    jobs = [ReadArticle(text=f"Oslo thanked Riga {n} times.") for n in range(3)]
    first, again = (idle.submit_many(jobs, terms=[Terms(idempotency_key=f"row {n}") for n in range(3)]) for _ in range(2))
    assert first == again
    assert idle_api.system.client.redis.llen("detente:interactive") == 3


def test_an_answer_that_is_lost_does_not_submit_twice(idle: Client, idle_api: Api) -> None:
    """The API has taken the job, and the line breaks before the client hears of it: at first, and in the middle of answers."""
    broken = {0: b"", 1: b"HTTP/1.1 202 Accep", 2: b"HTTP/1.1 503 Down\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"}
    with line(idle_api.url, broken.get) as url, Client(url, key=idle_api.key, patience_s=20) as client:
        receipt = client.submit(ReadArticle(text="Oslo protested."))
    assert idle_api.system.client.redis.llen("detente:interactive") == 1
    assert idle.status(receipt.id).state is JobState.QUEUED


def test_a_batch_whose_answer_is_lost_is_sent_again_and_submitted_once(idle: Client, idle_api: Api) -> None:
    jobs = [ReadArticle(id=str(n), text="Oslo protested.") for n in range(300)]
    spoil = lambda number, answer: b"" if number < 2 else answer  # noqa: E731
    with line(idle_api.url, spoil) as url, Client(url, key=idle_api.key, patience_s=20) as client:
        receipts = client.submit_many(jobs)
    assert idle_api.system.client.redis.llen("detente:bulk") == 300
    assert idle.status(receipts[7].id).label["article"] == "7"


def test_a_stream_that_breaks_goes_on_where_it_was(api: Api) -> None:
    """Each connection brings one piece of the stream at most."""
    spoil = lambda number, answer: b"" if number in (2, 4, 7) else answer  # noqa: E731
    with line(api.url, spoil) as url, Client(url, key=api.key) as client:
        receipt = client.submit(Beat())
        seen = [step.event for step in receipt.events()]
    assert seen == ["submitted", "started", "done"]


def test_patience_ends(idle: Client, idle_api: Api) -> None:
    broken = line(idle_api.url, lambda number, answer: b"")
    with broken as url, Client(url, patience_s=0.3) as client, pytest.raises(ApiUnreachable):
        client.submit(Beat())
    with pytest.raises(BrokerUnreachable), Client("http://127.0.0.1:1", patience_s=0) as nobody:
        nobody.ping()


def test_a_closed_queue_is_told_when_patience_is_shorter_than_the_wait(idle: Client, idle_api: Api) -> None:
    Queues(idle_api.system.client.redis).close("interactive")
    try:
        with pytest.raises(QueueClosed) as refused:
            idle.submit(ReadArticle(text="Oslo protested."))
        assert refused.value.retry_after_s > 5
    finally:
        Queues(idle_api.system.client.redis).resume("interactive")


def test_a_cancelled_job_raises_where_it_is_waited_for(idle: Client) -> None:
    receipt = idle.submit(Beat())
    assert receipt.cancel() is JobState.CANCELLED
    with pytest.raises(JobCancelled):
        receipt.result()


def test_waiting_ends_in_time(idle: Client) -> None:
    receipt = idle.submit(Beat())
    with pytest.raises(ResultTimeout, match=receipt.id):
        receipt.result(timeout_s=0.5)


def test_a_job_that_fails_raises_its_error(client: Client) -> None:
    with pytest.raises(JobFailed, match="no article"):
        client.submit(ReadArticle(html="<p></p>")).result(timeout_s=60)


def test_unknown_jobs_are_unknown(idle: Client) -> None:
    for missing in ("01965a1f-7e2c-7b3d-9c4e-5f6a7b8c9d0e", "nonsense", "../kinds", ""):
        for ask in (idle.status, idle.history, idle.cancel, lambda id: list(idle.events(id))):
            with pytest.raises(UnknownJob):
                ask(missing)


def test_the_key_is_in_no_error_and_no_picture_of_the_client(idle_api: Api) -> None:
    secret = "detente_0123456789ab_" + "s" * 43
    with Client(idle_api.url, key=secret, patience_s=0) as client:
        with pytest.raises(RequestRefused) as refused:
            client.submit(Beat())
        assert refused.value.status == 401
        assert "ssss" not in f"{refused.value!r} {client!r} {vars(client)!r}"
    for key in (f"{secret}\nX: 1", f"{secret} ", f"{secret}é"):
        with pytest.raises(SettingsInvalid) as invalid:
            Client(idle_api.url, key=key)
        assert "ssss" not in str(invalid.value)


@pytest.mark.parametrize("url", ["https://", "https://user:pass@host", "https://host?key=k", "http://"])
def test_only_plain_addresses_are_taken(url: str) -> None:
    with pytest.raises(SettingsInvalid) as invalid:
        Client(url)
    assert "pass" not in str(invalid.value)


def test_what_http_cannot_do_is_said(idle: Client) -> None:
    with pytest.raises(NotOverHttp):
        idle.submit(Beat(), terms=Terms(tenant="others"))
    with pytest.raises(NotOverHttp):
        idle.submit(Beat(), id="01965a1f-7e2c-7b3d-9c4e-5f6a7b8c9d0e")
    with pytest.raises(NotOverHttp):
        _ = idle.redis


def test_the_terms_of_a_job_go_along(idle: Client) -> None:
    terms = Terms(deadline_at="2030-01-02T00:00:00Z", not_before_at="2030-01-01T02:00:00+02:00")
    named = idle.submit(Beat(), terms=Terms(webhook="https://news.example/hook"))
    assert named.status().webhook == "https://news.example/hook"
    for receipt in (idle.submit(Beat(), terms=terms), *idle.submit_many([ReadArticle(text="Riga thanked Oslo.")], terms=terms)):
        record = receipt.status()
        assert (record.deadline_at, record.not_before_at) == (terms.deadline_at, terms.not_before_at)


def test_an_answer_that_is_no_json_is_told(idle_api: Api) -> None:
    def nonsense(number: int, answer: bytes) -> bytes:
        return b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<htm>"

    with line(idle_api.url, nonsense) as url, Client(url, patience_s=0) as client, pytest.raises(RequestRefused, match="no JSON"):
        client.submit(Beat())
