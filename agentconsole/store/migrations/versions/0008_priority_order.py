"""The priority in the index of all tickets by their last change, so that it has both orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index anew."""
    op.drop_index("ix_ticket_updated", "ticket")
    op.create_index(
        "ix_ticket_updated",
        "ticket",
        ["updated_at", "id", "hidden", "status", "priority"],
        unique=False,
        sqlite_where=sa.text("hidden = 0"),
    )
