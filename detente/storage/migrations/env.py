"""Runs migrations on the connection that it is given. `detente.storage.upgrades` is its caller."""

from __future__ import annotations

from alembic import context

from detente.storage.migrations import VERSION_TABLE
from detente.storage.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    # SQLite changes a table by copying it.
    render_as_batch=connection.dialect.name == "sqlite",
)
# The caller's transaction holds the lock, so it spans all steps.
context.run_migrations()
