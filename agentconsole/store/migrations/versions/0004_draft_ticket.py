"""All drafts of a ticket, ended ones too, are found by an index: earlier texts are looked through by them."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_draft_ticket", "draft", ["ticket_id"])
