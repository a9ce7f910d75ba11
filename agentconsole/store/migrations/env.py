"""Alembic's way in: runs the steps on the connection that `store/migrate.py` hands over."""

from __future__ import annotations

from alembic import context

from agentconsole.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
    render_as_batch=True,
)
# The caller's own transaction holds all steps and the version number.
context.run_migrations()
