"""Migrations: to the tables of this version, by one process at a time, and never back."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from detente.errors import StoreMismatched
from detente.storage import Store, open_store
from detente.storage.migrations import VERSION_TABLE
from detente.storage.tables import metadata
from detente.storage.upgrades import ADVISORY_LOCK
from tests.readings import make_event, make_reading

# Loads everything, says so, and upgrades when its input ends.
UPGRADE = """
import sys
from detente.storage import open_store
import detente.storage.upgrades
print("ready", flush=True)
sys.stdin.read()
store = open_store(sys.argv[1])
store.check()
store.close()
"""


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
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    processes = [subprocess.Popen(command, text=True, **pipes) for _ in range(6)]
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * 6
    for process in processes:
        process.stdin.close()
    assert [process.stderr.read() for process in processes] == [""] * 6
    assert [process.wait(timeout=60) for process in processes] == [0] * 6
    for process in processes:
        process.stdout.close()
        process.stderr.close()


def test_an_upgrade_waits_for_another_to_end(empty: Store):
    with ThreadPoolExecutor(1) as thread:
        with another_upgrade(empty):
            upgrade = thread.submit(empty.upgrade)
            with pytest.raises(TimeoutError):
                upgrade.result(timeout=0.5)
        upgrade.result(timeout=60)
    assert empty.is_current()


@contextmanager
def another_upgrade(store: Store):
    """Hold the lock that an upgrade of the same store takes."""
    if store.is_sqlite:
        with open(f"{store.url.database}.lock", "a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
    else:
        with store.reads() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            yield


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
    url = f"sqlite:///{tmp_path / 'new folder' / 'detente.db'}"
    open_store(url).close()
    # The next process finds the mode of the log in the file, and sets the rest itself.
    store = Store(url)
    names = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
    with store.reads() as connection:
        pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
    store.close()
    assert pragmas == ["wal", 1, 30_000, 1]


def test_readers_of_sqlite_do_not_wait_for_a_writer(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'detente.db'}")
    with store.writes() as writing:
        writing.execute(text("DELETE FROM jobs"))
        assert store.find_jobs().rows == ()
    store.close()
