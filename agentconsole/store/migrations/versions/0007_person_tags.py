"""The tags of people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; people are read anew, since a feed brings only those who change."""
    op.add_column("person", sa.Column("tags", sa.Text(), nullable=False, server_default="[]"))
    op.execute("UPDATE stream SET cursor = NULL, done = 0, finished = 0 WHERE stream = 'people'")
