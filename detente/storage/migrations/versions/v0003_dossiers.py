"""Dossiers: the kept weeks of pairs of states; and what newer readers changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "dossiers",
        sa.Column("pair", sa.Text(), nullable=False),
        sa.Column("refreshed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("pair", name="pk_dossiers"),
    )
    op.create_table(
        "dossier_weeks",
        sa.Column("pair", sa.Text(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.ForeignKeyConstraint(["pair"], ["dossiers.pair"], name="fk_dossier_weeks_pair", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pair", "week", name="pk_dossier_weeks"),
    )
    op.create_table(
        "rereadings",
        sa.Column("reading_id", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("reread_at", TIME, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.PrimaryKeyConstraint("reading_id", name="pk_rereadings"),
    )
    op.create_index("ix_rereadings_article_id", "rereadings", ["article_id"])
    op.create_index("ix_rereadings_reread_at", "rereadings", ["reread_at"])
