"""Pages as they were fetched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
_TEXTS = ("final_url", "content_type", "charset", "etag", "last_modified", "sha256", "read", "feed", "failure", "message")


def upgrade() -> None:
    op.create_table(
        "pages",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("size", sa.Integer()),
        sa.Column("fetched_at", TIME),
        sa.Column("tried_at", TIME, nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        *(sa.Column(name, sa.Text()) for name in _TEXTS),
        sa.PrimaryKeyConstraint("id", name="pk_pages"),
    )
    for name in ("host", "tried_at", "feed", "failure"):
        op.create_index(f"ix_pages_{name}", "pages", [name])
