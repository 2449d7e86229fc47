"""What becomes of dead letters while the store is away, and what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from detente.client import Client, new_id
from detente.client.messages import job_message
from detente.contracts import Beat, BuryLetters, JobError, JobState, ReadArticle
from detente.embedded import EmbeddedServer
from detente.storage import open_store
from tasks.services import Services
from tasks.upkeep import bury_letters
from worker.benches import Bench
from worker.settings import Settings
from worker.transports import WorkersLost
from worker.verdicts import Verdicts


def test_a_dead_letter_waits_in_redis_until_the_store_is_back(tmp_path: Path) -> None:
    id = new_id()
    with EmbeddedServer(tmp_path) as server, Client(server.url) as client:
        away = Bench(Settings(broker=server.url, store=f"sqlite:///{tmp_path}/no/such/folder/x.db"))
        Verdicts(away).undeliverable("upkeep", job_message(Beat(), id=id).encode(), ValueError("it is broken"))
        assert client.status(id).state is JobState.DEAD
        assert len(client.ledger.unburied()) == 1

        store = open_store(f"sqlite:///{tmp_path}/detente.db")
        services = Services(
            job_id="j", store=store, nlp=None, progress=lambda made: None, submit=client.submit, ledger=client.ledger
        )  # type: ignore[arg-type]
        assert bury_letters(BuryLetters(), services).buried == 1
        assert bury_letters(BuryLetters(), replace(services, job_id="k")).buried == 0
        kept = store.kept_job(id)
        assert kept.record.error.message == "it is broken"
        assert [step.event for step in kept.history] == ["dead"]
        assert kept.payload["raw"].startswith("{")
        store.close()
        away.client.close()


def test_the_letter_of_a_job_that_killed_its_workers_holds_the_whole_job(tmp_path: Path) -> None:
    id, article = new_id(), ReadArticle(text="Oslo protested to Minsk. " * 2000)
    with _bench(tmp_path) as bench:
        Verdicts(bench).undeliverable("bulk", job_message(article, id=id).encode(), WorkersLost("3 workers died"))
        kept = bench.store.kept_job(id)
        assert ReadArticle.model_validate(kept.payload) == article
        assert kept.record.kind == ReadArticle.kind


def test_a_job_that_was_done_and_could_not_be_kept_is_kept_once_the_store_is_back(tmp_path: Path) -> None:
    with _bench(tmp_path) as bench:
        id = bench.client.submit(Beat()).id
        bench.ledger.done(id, {})
        # Its last attempt to tell the store of it has failed.
        Verdicts(bench).bury(id, Beat.kind, "upkeep", JobError(kind="StoreUnreachable", message="away"), payload={})
        [letter] = bench.ledger.unburied().values()
        assert letter["record"]["state"] == "done"


@contextmanager
def _bench(folder: Path) -> Iterator[Bench]:
    with EmbeddedServer(folder) as server:
        bench = Bench(Settings(broker=server.url, store=f"sqlite:///{folder}/detente.db"))
        bench.store.upgrade()
        yield bench
        bench.client.close()
        bench.store.close()
