"""Brings the tables of a store up to date, safely when several processes do it at once."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from detente.errors import StoreMismatched, StoreUnreachable
from detente.storage.connections import Connections
from detente.storage.migrations import VERSION_TABLE

#: Any number that no other program on the database uses for its advisory locks: "detente" in ASCII.
ADVISORY_LOCK = 0x646574656E7465

# Alembic keeps the migration that runs in a global of its own.
_ALEMBIC = threading.Lock()


def upgrade(store: Connections) -> None:
    """Migrate to the newest version. Raises StoreMismatched where the store is newer than this program."""
    with _ALEMBIC, _alone(store) as connection:
        try:
            config = migration_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        except CommandError as error:
            raise StoreMismatched(f"{store.place} is of another version of detente ({error}). Update detente.") from error


def is_current(store: Connections) -> bool:
    """Whether the tables are those of this version."""
    with store.reads() as connection:
        found = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()
    return found == ScriptDirectory.from_config(migration_config()).get_current_head()


def migration_config() -> Config:
    """Alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", "detente.storage:migrations")
    return config


@contextmanager
def _alone(store: Connections) -> Iterator[Connection]:
    """One transaction for all migrations, while no other process migrates the same store."""
    if store.is_sqlite:
        with _file_lock(Path(store.url.database or "")), _migrating_sqlite(store) as connection:
            yield connection
    else:
        with store.writes() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            yield connection


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    """A lock beside the database. Its file stays: deleting it would let two processes lock two different files."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.with_name(f"{path.name}.lock").open("a")
    except OSError as error:
        raise StoreUnreachable(f"{path} cannot be made: {error.strerror}. Give a path that this user may write to.") from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _migrating_sqlite(store: Connections) -> Iterator[Connection]:
    """A transaction with the write-ahead log switched on for good, and foreign keys off until its end.

    Both pragmas work outside of transactions only. The switch of the log fails at once while another process is connected
    to a new file, so it is made here, under the file lock. A migration copies a table and drops the old one, which would
    delete every row that refers to it if foreign keys were on; they are checked at the end instead.
    """
    with store.telling(), store.engine.connect() as connection:
        connection.execution_options(begin="")
        connection.exec_driver_sql("PRAGMA journal_mode=WAL").close()
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.commit()
        try:
            with connection.execution_options(begin="BEGIN IMMEDIATE").begin():
                yield connection
                if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
                    raise StoreMismatched(f"migrating {store.place} would leave {len(broken)} rows without what they belong to")
        finally:
            connection.execution_options(begin="").exec_driver_sql("PRAGMA foreign_keys=ON")
            connection.commit()
