"""What expires, on both databases, by the jobs that the shipped schedules submit; and that the docs speak of every table."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import func, select, update

from detente.client import Client, new_id
from detente.contracts import (
    BatchRecord,
    BatchState,
    Delivery,
    DeliveryState,
    ExpireJobs,
    ExpirePages,
    ExpireSignatures,
    FetchedPage,
    JobRecord,
    JobState,
    SweepDeliveries,
)
from detente.contracts.upkeep import SignaturesExpired
from detente.errors import UnknownBatch
from detente.storage import KeptDelivery, Store, stories
from detente.storage.tables import metadata, story_articles, story_bands
from tasks.services import Services
from tasks.upkeep import expire_jobs, expire_pages, expire_signatures
from tasks.webhooks import sweep
from tests.readings import make_reading
from worker.schedules import load_schedules

ROOT = Path(__file__).parents[2]
NOW = datetime.now(UTC)
OLD, YOUNG = NOW - timedelta(days=100), NOW - timedelta(days=1)


@pytest.fixture
def services(store: Store) -> Services:
    ledger = Client().ledger
    return Services(
        job_id="j", store=store, nlp=cast(Any, None), progress=lambda made: None, submit=cast(Any, None), ledger=ledger
    )


def test_old_records_of_jobs_and_batches_go(store: Store, services: Services) -> None:
    ids = {at: new_id() for at in (OLD, YOUNG)}
    for at, id in ids.items():
        record = JobRecord(id=id, kind="k", queue="bulk", state=JobState.DONE, submitted_at=at, finished_at=at)
        store.keep_job(record)
        batch = BatchRecord(id=id, tenant="t", kind="k", state=BatchState.DONE, created_at=at, finished_at=at)
        store.keep_batch(batch, failures=(), refusals=())
    store.keep_reading(make_reading(), reading_id="r", job_id=ids[OLD])
    done = expire_jobs(ExpireJobs(), services)
    assert (done.deleted, done.batches) == (1, 1)
    assert [record.id for record in store.find_jobs().rows] == [ids[YOUNG]]
    assert store.kept_batch(ids[YOUNG]).record.id == ids[YOUNG]
    with pytest.raises(UnknownBatch):
        store.kept_batch(ids[OLD])
    assert store.reading("r")


def test_old_pages_go(store: Store, services: Services) -> None:
    for at in (OLD, YOUNG):
        page = FetchedPage(id=str(at.day), url="http://x.example/", host="x.example", tried_at=at, job="j")
        store.keep_page(page, b"body")
    assert expire_pages(ExpirePages(), services).deleted == 1
    assert [page.tried_at for page in store.find_pages().rows] == [YOUNG]


def test_old_deliveries_go_and_those_that_wait_stay(store: Store, services: Services) -> None:
    facts: dict[str, Any] = {"webhook": "w", "tenant": "t", "event": "job.done", "subject": "j", "url": "https://x.example/"}
    ends = [("old", OLD, DeliveryState.DELIVERED), ("young", YOUNG, DeliveryState.FAILED), ("waits", None, DeliveryState.WAITING)]
    for id, ended_at, state in ends:
        given = Delivery(id=id, state=state, created_at=OLD, ended_at=ended_at, next_at=NOW + timedelta(days=1), **facts)
        store.add_deliveries([KeptDelivery(given, payload="{}")])
    assert sweep(SweepDeliveries(), services).deleted == 1
    assert {delivery.id for delivery in store.find_deliveries().rows} == {"young", "waits"}


@pytest.mark.parametrize("at_once", [1, 2, 1000])
def test_old_hashes_go_a_few_articles_at_a_time(
    store: Store, services: Services, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(stories, "EXPIRED_AT_ONCE", at_once)
    for number, at in enumerate([OLD, OLD, YOUNG, OLD, YOUNG]):
        store.sign_articles({f"a{number}": [number * 10, number * 10 + 1]})
        with store.writes() as connection:
            connection.execute(update(story_articles).where(story_articles.c.article_id == f"a{number}").values(signed_at=at))
    assert expire_signatures(ExpireSignatures(), services) == SignaturesExpired(deleted=6)
    assert expire_signatures(ExpireSignatures(), services).deleted == 0
    with store.reads() as connection:
        assert sorted(connection.scalars(select(story_bands.c.band))) == [20, 21, 40, 41]
        assert connection.scalar(select(func.count()).select_from(story_articles)) == 5


def test_the_shipped_schedules_submit_all_that_expires() -> None:
    kinds = {schedule.kind for schedule in load_schedules(None)}
    assert kinds >= {job.kind for job in (ExpireJobs, ExpirePages, ExpireSignatures, SweepDeliveries)}


def _section() -> str:
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    return text.partition("## What is kept for how long")[2].partition("\n## ")[0]


def test_the_docs_say_of_every_table_how_long_it_is_kept() -> None:
    rows = [line.split("|") for line in _section().splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`([^`]+)`", row[1]) if ":" not in name]
    assert sorted(named) == sorted(metadata.tables)
    assert all(row[2].strip() for row in rows)


def test_the_docs_say_of_every_lasting_key_what_bounds_it() -> None:
    documented = set(re.findall(r"`detente:([^`]+)`", _section()))
    modules = [path for room in ("detente", "tasks", "worker") for path in (ROOT / room).rglob("*.py")]
    docs = [ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "" for path in modules]
    lasting = {key for doc in docs for key in _lasting_keys(doc)}
    assert len(lasting) > 20
    assert {key.removeprefix("detente:") for key in lasting} <= documented


def _lasting_keys(doc: str) -> set[str]:
    """The keys in the table of a module that do not expire."""
    rows = [line.split("|") for line in doc.splitlines() if line.startswith("| `")]
    return {key for row in rows if re.match(r"\s*(lasting|ever)\b", row[-2]) for key in re.findall(r"`([^`]+)`", row[1])}
