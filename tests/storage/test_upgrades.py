"""Migrations: to the tables of this version, by one process at a time, and never back."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from detente.errors import StoreMismatched
from detente.storage import Store, open_store
from detente.storage.migrations import VERSION_TABLE
from detente.storage.tables import metadata
from tests.readings import make_event, make_reading

UPGRADE = "import sys; from detente.storage import open_store; store = open_store(sys.argv[1]); store.check(); store.close()"


@pytest.fixture
def empty(empty_url):
    store = Store(empty_url)
    yield store
    store.close()


def test_migrations_make_exactly_the_tables(empty: Store):
    empty.upgrade()
    with empty.reads() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_store_knows_whether_it_is_current(empty: Store):
    assert not empty.is_current()
    empty.upgrade()
    assert empty.is_current()


def test_upgrading_again_changes_nothing(empty: Store):
    empty.upgrade()
    empty.keep_reading(make_reading(), reading_id="r", job_id="j")
    empty.upgrade()
    assert empty.reading("r").article.id == "a"


def test_six_processes_upgrade_at_once(empty_url):
    command = [sys.executable, "-W", "error", "-c", UPGRADE, empty_url]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(6)]
    assert [process.communicate(timeout=90)[1] for process in processes] == [""] * 6
    assert [process.returncode for process in processes] == [0] * 6


def test_threads_upgrade_at_once(empty_url):
    stores = [Store(empty_url) for _ in range(6)]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(Store.upgrade, stores))
    assert stores[0].is_current()
    for store in stores:
        store.close()


def test_a_store_without_tables_says_how_to_make_them(empty: Store):
    for ask in (empty.check, empty.find_events, lambda: empty.keep_reading(make_reading(), reading_id="r", job_id="j")):
        with pytest.raises(StoreMismatched, match="Bring its tables up to date"):
            ask()


def test_a_store_of_a_newer_version_is_left_alone(empty: Store):
    empty.upgrade()
    with empty.writes() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(StoreMismatched, match="Update detente"):
        empty.upgrade()
    assert not empty.is_current()


def test_foreign_keys_are_on_after_an_upgrade(store: Store):
    store.upgrade()
    store.keep_reading(make_reading(events=(make_event(),)), reading_id="r", job_id="j")
    with store.writes() as connection:
        connection.execute(text("DELETE FROM readings"))
    assert store.find_events(all_readings=True).rows == ()


def test_sqlite_writes_ahead(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'new folder' / 'detente.db'}")
    names = ("journal_mode", "synchronous", "busy_timeout")
    with store.reads() as connection:
        pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
    store.close()
    assert pragmas == ["wal", 1, 30_000]


def test_readers_of_sqlite_do_not_wait_for_a_writer(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'detente.db'}")
    with store.writes() as writing:
        writing.execute(text("DELETE FROM jobs"))
        assert store.find_jobs().rows == ()
    store.close()
