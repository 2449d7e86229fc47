"""The tables. `docs/storage.md` explains them to people who query by SQL; `migrations/` makes them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, Float, ForeignKey, Index, Integer, MetaData, Table, Text

from detente.contracts import DEFAULT_TENANT
from detente.storage.columns import Json, UtcDateTime

#: Every constraint has a name, since a migration on SQLite can only change what has one.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# `reading_id` names the current reading. It has no foreign key, for the two tables would need each other's row first.
articles = Table(
    "articles",
    metadata,
    Column("id", Text, primary_key=True),
    Column("reading_id", Text, nullable=False, index=True),
    Column("title", Text),
    Column("text", Text, nullable=False),
    Column("text_sha256", Text, nullable=False),
    Column("outlet", Text),
    Column("authors", Json, nullable=False),
    Column("published_at", UtcDateTime, index=True),
    Column("url", Text),
    Column("language", Text, nullable=False),
    Column("removed", Json, nullable=False),
    Column("kept_at", UtcDateTime, nullable=False),
)

readings = Table(
    "readings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("article_id", Text, ForeignKey("articles.id"), nullable=False, index=True),
    Column("job_id", Text, nullable=False, index=True),
    Column("reader_name", Text, nullable=False),
    Column("reader_version", Text, nullable=False),
    Column("kept_at", UtcDateTime, nullable=False),
    Column("document", Json, nullable=False),
)


def _finding(*columns: Column[Any]) -> list[Column[Any]]:
    """What every finding has: whose it is, its name and place in the reading, its columns, and itself as JSON."""
    return [
        Column("id", Text, primary_key=True),
        Column("reading_id", Text, ForeignKey("readings.id", ondelete="CASCADE"), nullable=False, index=True),
        Column("article_id", Text, nullable=False),
        Column("local_id", Text, nullable=False),
        Column("place", Integer, nullable=False),
        *columns,
        Column("finding", Json, nullable=False),
    ]


def _dated(*columns: Column[Any]) -> list[Column[Any]]:
    """A finding with a day, by which it is sorted and searched, and the rule that found it."""
    return _finding(
        Column("day", Date, nullable=False, index=True),
        Column("published_at", UtcDateTime),
        *columns,
        Column("rule", Text, nullable=False),
    )


actors = Table(
    "actors",
    metadata,
    *_finding(
        Column("name", Text, nullable=False),
        Column("name_key", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("country", Text, index=True),
        Column("role", Text),
    ),
)

statements = Table(
    "statements",
    metadata,
    *_dated(
        Column("kind", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("cue", Text),
        Column("speaker_actor", Text),
        Column("speaker_name", Text),
        Column("speaker_key", Text),
        Column("speaker_named", Boolean),
        Column("speaker_country", Text),
        Column("speaker_role", Text),
        Column("outlet", Text),
    ),
    Index(None, "speaker_country", "day"),
)

statement_states = Table(
    "statement_states",
    metadata,
    Column("statement_id", Text, ForeignKey("statements.id", ondelete="CASCADE"), primary_key=True),
    Column("state", Text, primary_key=True),
    # Once more, so that the latest statements about a state are found without looking at all of them.
    Column("day", Date, nullable=False),
    Index(None, "state", "day"),
)

events = Table(
    "events",
    metadata,
    *_dated(
        Column("source", Text),
        Column("target", Text),
        Column("pair", Text),
        Column("source_actor", Text, index=True),
        Column("source_name", Text),
        Column("target_actor", Text, index=True),
        Column("target_name", Text),
        Column("plover", Text, nullable=False),
        Column("cameo", Text),
        Column("status", Text, nullable=False),
        Column("intensity", Float, nullable=False),
        Column("date_from", Date),
        Column("date_to", Date),
        Column("date_text", Text),
        Column("attributed_to", Text),
        Column("attributed_name", Text),
        Column("text", Text, nullable=False),
    ),
    Index(None, "pair", "day"),
    Index(None, "source", "day"),
    Index(None, "target", "day"),
    Index(None, "status", "day"),
)

ties = Table(
    "ties",
    metadata,
    *_dated(
        Column("pair", Text, nullable=False),
        Column("direction", Text, nullable=False),
        Column("holder", Text, nullable=False),
        Column("holder_name", Text),
        Column("holder_key", Text),
        Column("holder_country", Text),
        Column("text", Text, nullable=False),
    ),
    Index(None, "pair", "day"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("tenant", Text, nullable=False, server_default=DEFAULT_TENANT),
    Column("label", Json, nullable=False),
    Column("submitted_at", UtcDateTime),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("ended_at", UtcDateTime, nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("worker", Text),
    Column("progress", Json),
    Column("error_kind", Text),
    Column("error_message", Text),
    Column("payload", Json),
    Column("traceback", Text),
    Column("history", Json),
    Index(None, "state", "ended_at"),
    Index(None, "kind", "ended_at"),
    Index(None, "tenant", "ended_at"),
)

# A dossier is kept once somebody has asked for it; a refresh builds only the weeks in which something changed.
dossiers = Table(
    "dossiers",
    metadata,
    Column("pair", Text, primary_key=True),
    Column("refreshed_at", UtcDateTime, nullable=False),
)

dossier_weeks = Table(
    "dossier_weeks",
    metadata,
    Column("pair", Text, ForeignKey("dossiers.pair", ondelete="CASCADE"), primary_key=True),
    Column("week", Date, primary_key=True),
    Column("document", Json, nullable=False),
)

# What a newer reader changed: one row for each article that it read again.
rereadings = Table(
    "rereadings",
    metadata,
    Column("reading_id", Text, primary_key=True),
    Column("article_id", Text, nullable=False, index=True),
    Column("reread_at", UtcDateTime, nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("document", Json, nullable=False),
)

# No foreign key: a review outlives the reading that it was made of.
reviews = Table(
    "reviews",
    metadata,
    Column("id", Text, primary_key=True),
    Column("finding_id", Text, nullable=False, index=True),
    Column("noun", Text, nullable=False),
    Column("article_id", Text, nullable=False, index=True),
    Column("reading_id", Text, nullable=False),
    Column("sameness", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("note", Text),
    Column("reviewed_by", Text, nullable=False),
    Column("reviewed_at", UtcDateTime, nullable=False),
    Column("finding", Json, nullable=False),
)

# A story that was merged into another keeps its row, so that its id still leads somewhere.
stories = Table(
    "stories",
    metadata,
    Column("id", Text, primary_key=True),
    Column("founded_at", UtcDateTime, nullable=False),
    Column("merged_into", Text, index=True),
)

# `number` stands for the article in `story_bands`, which has forty rows for each.
story_articles = Table(
    "story_articles",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("article_id", Text, nullable=False, index=True, unique=True),
    Column("story_id", Text, ForeignKey("stories.id"), nullable=False, index=True),
    Column("signed_at", UtcDateTime, nullable=False, index=True),
)

story_bands = Table(
    "story_bands",
    metadata,
    Column("band", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False, index=True),
    sqlite_with_rowid=False,
)
