"""Every test of the store runs on SQLite and on PostgreSQL."""

from tests.stores import empty_url, postgresql_server, postgresql_url, store, store_url

__all__ = ["empty_url", "postgresql_server", "postgresql_url", "store", "store_url"]
