from tests.stores import empty_url, postgresql_server, postgresql_url, store, store_url  # noqa: F401
