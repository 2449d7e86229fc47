"""The tables of happenings. Like a story, one that was merged into another keeps its row, so that its id leads somewhere."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Integer, Table, Text

from detente.storage.columns import Json, UtcDateTime
from detente.storage.tables import metadata

happenings = Table(
    "happenings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("founded_at", UtcDateTime, nullable=False),
    Column("merged_into", Text, index=True),
)

# `number` stands for the article in the two tables by which reports on one happening are found.
happening_articles = Table(
    "happening_articles",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("article_id", Text, nullable=False, index=True, unique=True),
    Column("happening_id", Text, ForeignKey("happenings.id"), nullable=False, index=True),
    Column("day", Date, nullable=False, index=True),
    Column("placed_at", UtcDateTime, nullable=False, index=True),
    Column("gist", Json, nullable=False),
)

happening_pairs = Table(
    "happening_pairs",
    metadata,
    Column("pair", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, index=True),
    sqlite_with_rowid=False,
)

happening_words = Table(
    "happening_words",
    metadata,
    Column("word", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, index=True),
    sqlite_with_rowid=False,
)
