"""From which change on a customer's message wakes a snoozed ticket."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of tickets that sleep now, all that is stored has been seen."""
    op.add_column("ticket", sa.Column("snoozed_seen", sa.BigInteger(), nullable=True))
    op.execute("UPDATE ticket SET snoozed_seen = updated_at WHERE snoozed_until IS NOT NULL")
