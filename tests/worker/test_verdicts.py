"""What becomes of dead letters while the store is away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from detente.client import Client, new_id
from detente.client.messages import job_message
from detente.contracts import Beat, BuryLetters, JobState
from detente.embedded import EmbeddedServer
from detente.storage import open_store
from tasks.services import Services
from tasks.upkeep import bury_letters
from worker.benches import Bench
from worker.settings import Settings
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
