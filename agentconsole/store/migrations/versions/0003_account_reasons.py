"""Why an account does not work in few words, since when it waits for an answer; agents by their role."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the index."""
    op.add_column("account", sa.Column("why", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("account", sa.Column("asked_at", sa.BigInteger(), nullable=True))
    op.create_index("ix_person_role", "person", ["account_id", "role"])
