"""Happenings: which articles report one thing in words of their own, and the words by which they are found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "happenings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("founded_at", TIME, nullable=False),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_happenings"),
    )
    op.create_index("ix_happenings_merged_into", "happenings", ["merged_into"])
    op.create_table(
        "happening_articles",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("happening_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("placed_at", TIME, nullable=False),
        sa.Column("gist", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["happening_id"], ["happenings.id"], name="fk_happening_articles_happening_id"),
        sa.PrimaryKeyConstraint("number", name="pk_happening_articles"),
    )
    op.create_index("ix_happening_articles_article_id", "happening_articles", ["article_id"], unique=True)
    for name in ("happening_id", "day", "placed_at"):
        op.create_index(f"ix_happening_articles_{name}", "happening_articles", [name])
    op.create_table(
        "happening_pairs",
        sa.Column("pair", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("pair", "number", name="pk_happening_pairs"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_happening_pairs_number", "happening_pairs", ["number"])
    op.create_table(
        "happening_words",
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("word", "day", "number", name="pk_happening_words"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_happening_words_number", "happening_words", ["number"])
