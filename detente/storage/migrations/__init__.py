"""How the tables came to be, step by step. Each step in `versions/` is frozen once it is released."""

#: A name of our own, so that a database may be shared with another program that uses Alembic.
VERSION_TABLE = "detente_version"
