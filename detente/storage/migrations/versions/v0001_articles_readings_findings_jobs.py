"""The first tables: articles, readings, their findings, jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out here, not taken from `tables`, since a step stays as it was when the tables go on.
TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    _create_articles()
    _create_jobs()
    _create_readings()
    _create_actors()
    _create_events()
    _create_statements()
    _create_ties()
    _create_statement_states()


def _create_articles() -> None:
    op.create_table(
        "articles",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reading_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_sha256", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text()),
        sa.Column("authors", JSON, nullable=False),
        sa.Column("published_at", TIME),
        sa.Column("url", sa.Text()),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("removed", JSON, nullable=False),
        sa.Column("kept_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
    )
    op.create_index("ix_articles_published_at", "articles", ["published_at"])
    op.create_index("ix_articles_reading_id", "articles", ["reading_id"])


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("label", JSON, nullable=False),
        sa.Column("submitted_at", TIME),
        sa.Column("started_at", TIME),
        sa.Column("finished_at", TIME),
        sa.Column("ended_at", TIME, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text()),
        sa.Column("progress", JSON),
        sa.Column("error_kind", sa.Text()),
        sa.Column("error_message", sa.Text()),
        sa.Column("payload", JSON),
        sa.Column("traceback", sa.Text()),
        sa.Column("history", JSON),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_ended_at", "jobs", ["ended_at"])
    op.create_index("ix_jobs_kind_ended_at", "jobs", ["kind", "ended_at"])
    op.create_index("ix_jobs_state_ended_at", "jobs", ["state", "ended_at"])


def _create_readings() -> None:
    op.create_table(
        "readings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("reader_name", sa.Text(), nullable=False),
        sa.Column("reader_version", sa.Text(), nullable=False),
        sa.Column("kept_at", TIME, nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_readings_article_id"),
        sa.PrimaryKeyConstraint("id", name="pk_readings"),
    )
    op.create_index("ix_readings_article_id", "readings", ["article_id"])
    op.create_index("ix_readings_job_id", "readings", ["job_id"])


def _create_actors() -> None:
    op.create_table(
        "actors",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reading_id", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("local_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("country", sa.Text()),
        sa.Column("role", sa.Text()),
        sa.Column("finding", JSON, nullable=False),
        sa.ForeignKeyConstraint(["reading_id"], ["readings.id"], name="fk_actors_reading_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_actors"),
    )
    op.create_index("ix_actors_country", "actors", ["country"])
    op.create_index("ix_actors_reading_id", "actors", ["reading_id"])


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reading_id", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("local_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("published_at", TIME),
        sa.Column("source", sa.Text()),
        sa.Column("target", sa.Text()),
        sa.Column("pair", sa.Text()),
        sa.Column("source_actor", sa.Text()),
        sa.Column("source_name", sa.Text()),
        sa.Column("target_actor", sa.Text()),
        sa.Column("target_name", sa.Text()),
        sa.Column("plover", sa.Text(), nullable=False),
        sa.Column("cameo", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("intensity", sa.Float(), nullable=False),
        sa.Column("date_from", sa.Date()),
        sa.Column("date_to", sa.Date()),
        sa.Column("date_text", sa.Text()),
        sa.Column("attributed_to", sa.Text()),
        sa.Column("attributed_name", sa.Text()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("finding", JSON, nullable=False),
        sa.ForeignKeyConstraint(["reading_id"], ["readings.id"], name="fk_events_reading_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
    )
    op.create_index("ix_events_day", "events", ["day"])
    op.create_index("ix_events_pair_day", "events", ["pair", "day"])
    op.create_index("ix_events_reading_id", "events", ["reading_id"])
    op.create_index("ix_events_source_actor", "events", ["source_actor"])
    op.create_index("ix_events_source_day", "events", ["source", "day"])
    op.create_index("ix_events_status_day", "events", ["status", "day"])
    op.create_index("ix_events_target_actor", "events", ["target_actor"])
    op.create_index("ix_events_target_day", "events", ["target", "day"])


def _create_statements() -> None:
    op.create_table(
        "statements",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reading_id", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("local_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("published_at", TIME),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("cue", sa.Text()),
        sa.Column("speaker_actor", sa.Text()),
        sa.Column("speaker_name", sa.Text()),
        sa.Column("speaker_key", sa.Text()),
        sa.Column("speaker_named", sa.Boolean()),
        sa.Column("speaker_country", sa.Text()),
        sa.Column("speaker_role", sa.Text()),
        sa.Column("outlet", sa.Text()),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("finding", JSON, nullable=False),
        sa.ForeignKeyConstraint(["reading_id"], ["readings.id"], name="fk_statements_reading_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_statements"),
    )
    op.create_index("ix_statements_day", "statements", ["day"])
    op.create_index("ix_statements_reading_id", "statements", ["reading_id"])
    op.create_index("ix_statements_speaker_country_day", "statements", ["speaker_country", "day"])


def _create_ties() -> None:
    op.create_table(
        "ties",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reading_id", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("local_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("published_at", TIME),
        sa.Column("pair", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("holder_name", sa.Text()),
        sa.Column("holder_key", sa.Text()),
        sa.Column("holder_country", sa.Text()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("finding", JSON, nullable=False),
        sa.ForeignKeyConstraint(["reading_id"], ["readings.id"], name="fk_ties_reading_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_ties"),
    )
    op.create_index("ix_ties_day", "ties", ["day"])
    op.create_index("ix_ties_pair_day", "ties", ["pair", "day"])
    op.create_index("ix_ties_reading_id", "ties", ["reading_id"])


def _create_statement_states() -> None:
    op.create_table(
        "statement_states",
        sa.Column("statement_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name="fk_statement_states_statement_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("statement_id", "state", name="pk_statement_states"),
    )
    op.create_index("ix_statement_states_state_day", "statement_states", ["state", "day"])
