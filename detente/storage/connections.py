"""Connections to a store: its URL, its engine, and errors that say what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, select
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, OperationalError

from detente.errors import SettingsInvalid, StoreMismatched, StoreUnreachable
from detente.storage.tables import articles

#: A host that takes no connection within this time counts as down; without it, libpq waits for minutes.
CONNECT_TIMEOUT_S = 5
#: Writers to SQLite take turns. A batch of 64 readings takes a fraction of a second, so this is a long queue of them.
BUSY_TIMEOUT_S = 30

_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_ADVICE = {
    "sqlite": "Look whether its folder exists, whether this user may write there, and whether the disk is full.",
    "postgresql": "Look whether PostgreSQL runs, and whether host, port, database, user and password in the URL are right.",
}
_UPGRADE = "Bring its tables up to date; every worker does it when it starts, and `Store.upgrade()` does it from code."
_SECRETS = ("password", "sslpassword")


def store_url(url: str) -> URL:
    """The URL in SQLAlchemy's form. Raises SettingsInvalid, without repeating a password, where no store can be there."""
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        raise SettingsInvalid("a store URL looks like sqlite:///path or postgresql://user@host/database") from None
    if parts.drivername not in _DRIVERS:
        raise SettingsInvalid(f"a store URL begins with sqlite:/// or postgresql://, not {parts.drivername}://")
    if parts.drivername.startswith("sqlite") and (parts.database or ":memory:").startswith((":memory:", "file:")):
        raise SettingsInvalid("SQLite keeps the store in a file: sqlite:///path, or sqlite:////absolute/path")
    return parts.set(drivername=_DRIVERS[parts.drivername])


class Connections:
    """Opens transactions on one store. Nothing connects before the first of them."""

    def __init__(self, url: str) -> None:
        self.url = store_url(url)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.place!r})"

    @property
    def place(self) -> str:
        """The URL with its secrets hidden, for people and logs."""
        hidden = {key: "***" for key in _SECRETS if key in self.url.query}
        return self.url.update_query_dict(hidden).render_as_string(hide_password=True)

    def after_fork(self) -> None:
        """Forget the connections inherited from the parent process, without closing them under it."""
        if "engine" in self.__dict__:
            self.engine.dispose(close=False)

    def close(self) -> None:
        """Close the connections that are not in use. The store can be used again."""
        if "engine" in self.__dict__:
            self.engine.dispose()

    def check(self) -> None:
        """Ask the store for a row. Raises StoreUnreachable, or StoreMismatched where the tables are missing."""
        with self.reads() as connection:
            connection.execute(select(articles.c.id).limit(1))

    @cached_property
    def engine(self) -> Engine:
        return _sqlite_engine(self.url) if self.is_sqlite else _postgresql_engine(self.url)

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def reads(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with self.telling(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writes(self) -> Iterator[Connection]:
        """A transaction that writes. SQLite takes its one write lock at once, so that it never has to give up half-way."""
        with self.telling(), self.engine.execution_options(begin="BEGIN IMMEDIATE").begin() as connection:
            yield connection

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Turn errors of the database into ours, which say what to do."""
        try:
            yield
        except DBAPIError as error:
            reason = self._without_secrets(str(error.orig).strip().partition("\n")[0])
            if _is_about_tables(error):
                raise StoreMismatched(f"{self.place} has not the tables of this version ({reason}). {_UPGRADE}") from error
            # SQLite says DatabaseError itself of a file that is no database, or a broken one.
            if type(error) in (OperationalError, DatabaseError) or error.connection_invalidated:
                advice = _ADVICE[self.url.get_backend_name()]
                raise StoreUnreachable(f"{self.place} does not answer: {reason}. {advice}") from error
            raise

    def _without_secrets(self, text: str) -> str:
        secrets = [self.url.password, *(self.url.query.get(key) for key in _SECRETS)]
        for secret in secrets:
            if isinstance(secret, str) and secret:
                text = text.replace(secret, "***")
        return text


def _is_about_tables(error: DBAPIError) -> bool:
    """Whether a table or column is missing, in the words of either database (42P01 and 42703 are PostgreSQL's codes)."""
    missing = ("no such table", "no such column", "has no column named")
    return getattr(error.orig, "sqlstate", None) in ("42P01", "42703") or any(words in str(error.orig) for words in missing)


_to_json = partial(json.dumps, ensure_ascii=False, separators=(",", ":"), default=str)
# Article texts are parameters; an error message must not repeat them.
_engine = partial(create_engine, hide_parameters=True, json_serializer=_to_json)


def _postgresql_engine(url: URL) -> Engine:
    defaults = {"connect_timeout": str(CONNECT_TIMEOUT_S), "application_name": "detente"}
    # A pooled connection may have died with a restart of the server; asking first costs less than a failed job.
    return _engine(url.update_query_dict({**defaults, **url.query}), pool_pre_ping=True)


def _sqlite_engine(url: URL) -> Engine:
    engine = _engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _: Any) -> None:
    # The driver's own transactions begin too late and leave out changes of tables; `_begin_sqlite` begins them instead.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")
    # With the write-ahead log, a power cut may lose the last transactions, whose jobs are delivered again; never the file.
    connection.execute("PRAGMA synchronous=NORMAL")


def _begin_sqlite(connection: Connection) -> None:
    if words := connection.get_execution_options().get("begin", "BEGIN"):
        connection.exec_driver_sql(words)
