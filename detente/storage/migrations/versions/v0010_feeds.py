"""Feeds and their entries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_TEXTS = ("title", "outlet", "site", "language", "etag", "last_modified", "failure", "message", "moved_to")
_TIMES = ("polled_at", "succeeded_at", "changed_at", "failing_since", "silent_since", "moved_at")


def upgrade() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("url_key", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        sa.Column("next_poll_at", TIME, nullable=False),
        sa.Column("interval_s", sa.Float(), nullable=False),
        sa.Column("gap_s", sa.Float()),
        sa.Column("asked_s", sa.Float()),
        sa.Column("skip_hours", JSON, nullable=False),
        sa.Column("skip_days", JSON, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("moved_from", JSON, nullable=False),
        sa.Column("polls_made", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("polls", JSON, nullable=False),
        *(sa.Column(name, sa.Text()) for name in _TEXTS),
        *(sa.Column(name, TIME) for name in _TIMES),
        sa.PrimaryKeyConstraint("id", name="pk_feeds"),
    )
    op.create_index("ix_feeds_url_key", "feeds", ["url_key"], unique=True)
    op.create_index("ix_feeds_state_next_poll_at", "feeds", ["state", "next_poll_at"])
    op.create_table(
        "feed_entries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("page", sa.Text()),
        sa.Column("title", sa.Text()),
        sa.Column("published_at", TIME),
        sa.Column("language", sa.Text()),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("appeared_at", TIME, nullable=False),
        sa.Column("left_at", TIME),
        sa.Column("submitted_at", TIME),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(["feed"], ["feeds.id"], name="fk_feed_entries_feed", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_feed_entries"),
    )
    op.create_index("ix_feed_entries_feed_seen_at", "feed_entries", ["feed", "seen_at"])
    op.create_index("ix_feed_entries_left_at", "feed_entries", ["left_at"])
