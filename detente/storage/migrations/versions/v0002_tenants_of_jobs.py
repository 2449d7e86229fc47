"""Jobs know who submitted them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("tenant", sa.Text(), nullable=False, server_default="default"))
    op.create_index("ix_jobs_tenant_ended_at", "jobs", ["tenant", "ended_at"])
