"""Who has which messages, and what becomes of those of dead workers: on a real server, without any worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from detente.client import Client
from detente.contracts import Beat, JobState
from detente.embedded import EmbeddedServer
from detente.scripts import script
from worker.transports import leases
from worker.transports.envelopes import job_id
from worker.transports.leases import LEASE_S, MAX_LOSSES, Leases, unacked_key


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedServer(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url) as client:
        client.redis.flushdb()
        yield client


class Letters(list[tuple[str, bytes, Exception]]):
    def __call__(self, *letter: object) -> None:
        self.append(letter)  # type: ignore[arg-type]


def _leases(client: Client, name: str, letters: Letters, *, steady: bool = True, retired: list[str] | None = None) -> Leases:
    from redis import Redis

    plain = Redis(connection_pool=Redis.from_url(client.url).connection_pool)
    found = Leases(plain, name, letters, retired=retired)
    found._began -= LEASE_S + 1 if steady else 0
    return found


def take(client: Client, lease: str, *queues: str) -> str | None:
    """Take a message as a worker does. Returns its delivery tag."""
    found = client.redis.eval(script("take"), 0, lease, LEASE_S, *(queues or ("upkeep",)))
    return found[1] if found else None


def _end(client: Client, lease: str) -> None:
    client.redis.delete(f"detente:lease:{lease}")


def test_a_message_that_has_been_taken_is_noted_under_a_lease_at_once(client: Client) -> None:
    client.submit(Beat())
    assert take(client, "w")
    assert client.redis.hlen(unacked_key("w")) == 1
    assert 0 < client.redis.ttl("detente:lease:w") <= LEASE_S
    assert client.redis.smembers("detente:leases") == {"w"}


def test_a_job_that_was_running_in_three_deaths_is_buried_and_told_of_once(client: Client) -> None:
    letters = Letters()
    id = client.submit(Beat()).id
    for death in range(1, MAX_LOSSES + 1):
        assert take(client, f"gone{death}")
        client.ledger.started(id, kind=Beat.kind, queue="upkeep", worker="w@test")
        _end(client, f"gone{death}")
        reapers = [_leases(client, f"alive{n}", letters) for n in range(4)]
        assert sum(reaper.reap() for reaper in reapers) == (1 if death < MAX_LOSSES else 0)
    assert [str(error) for _, _, error in letters] == ["3 workers died while they ran it"]
    assert take(client, "alive") is None
    assert [step.event for step in client.history(id)].count("recovered") == MAX_LOSSES - 1


def test_a_job_that_only_waited_in_dying_workers_is_never_blamed(client: Client) -> None:
    letters = Letters()
    id = client.submit(Beat()).id
    for death in range(2 * MAX_LOSSES):
        assert take(client, f"gone{death}")
        _end(client, f"gone{death}")
        assert _leases(client, "alive", letters).reap() == 1
    assert not letters
    assert client.status(id).state is JobState.QUEUED


def test_after_an_outage_the_living_have_time_to_renew_their_leases(client: Client) -> None:
    client.submit(Beat())
    assert take(client, "w")
    _end(client, "w")
    assert _leases(client, "new", Letters(), steady=False).reap() == 0
    assert client.redis.hlen(unacked_key("w")) == 1


def test_what_a_worker_had_before_it_lost_its_connection_is_back_in_line_without_blame(client: Client) -> None:
    id = client.submit(Beat()).id
    assert take(client, "w.0")
    client.ledger.started(id, kind=Beat.kind, queue="upkeep", worker="w@test")
    _leases(client, "w.1", Letters(), steady=False, retired=["w.0"]).renew()
    assert take(client, "w.1")
    assert not client.redis.exists(f"detente:losses:{id}")
    assert client.redis.smembers("detente:leases") == {"w.1"}


def test_only_so_many_messages_with_a_key_run_at_once_and_the_rest_have_their_turn(client: Client) -> None:
    for _ in range(3):
        client.submit(Beat())
    held = _leases(client, "w", Letters())
    first, second, third = (take(client, "w") for _ in range(3))
    assert held.acquire(first, "host:example.org", 1)
    assert not held.acquire(second, "host:example.org", 1)
    assert not held.acquire(third, "host:example.org", 1)
    assert client.queues()[-1].held == 2
    assert take(client, "w") is None
    held.release(first, "host:example.org")
    assert (again := take(client, "w"))
    assert held.acquire(again, "host:example.org", 1)
    assert take(client, "w") is None


def test_the_slots_of_a_dead_worker_are_free_again(client: Client) -> None:
    for _ in range(2):
        client.submit(Beat())
    gone, alive = _leases(client, "gone", Letters()), _leases(client, "alive", Letters())
    assert gone.acquire(take(client, "gone"), "k", 1)
    assert not alive.acquire(take(client, "alive"), "k", 1)
    _end(client, "gone")
    assert alive.reap() == 1
    assert len({take(client, "alive"), take(client, "alive")} - {None}) == 2
    assert not client.redis.exists("detente:parked:k")


def test_a_worker_that_wakes_while_its_lease_is_reaped_is_known_to_the_next_reaper(client: Client) -> None:
    """Frozen for longer than its lease it wakes, takes a message while others give back what it had, and is killed."""
    for _ in range(2):
        client.submit(Beat())

    class Waking(Letters):
        def __call__(self, *letter: object) -> None:
            super().__call__(*letter)
            assert take(client, "frozen")

    entry = client.redis.lindex("detente:upkeep", -1)
    assert take(client, "frozen")
    client.redis.sadd(f"detente:losses:{job_id(entry.encode())}", "a", "b", "c")
    _end(client, "frozen")
    _leases(client, "alive", Waking()).reap()
    _end(client, "frozen")
    assert _leases(client, "alive", Letters()).reap() == 1
    assert client.redis.smembers("detente:leases") <= {"alive"}


def test_a_lease_outlives_six_missed_renewals() -> None:
    assert leases.LEASE_S > 6 * 2
