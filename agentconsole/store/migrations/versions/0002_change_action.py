"""What a Change does to its ticket as a whole: merging, removing, making it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("change", sa.Column("action", sa.Text(), nullable=True))
