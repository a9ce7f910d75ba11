"""The schema's one source: the SQLModel tables that migrations are made from and the raw SQL is held against.

Times are whole UTC microseconds (`*_at`). Lists and maps are JSON text. Remote ids are text. Rows never leave
`store/`.
Tables read or written by the thousand have no foreign keys: SQLite would look each one up at ingest.
"""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlmodel import SQLModel

from agentconsole.store.tables import accounts, lists, outbox, syncing, tickets

__all__ = ["METADATA", "accounts", "lists", "outbox", "syncing", "tickets"]

METADATA: MetaData = SQLModel.metadata
"""All tables, as the modules of this package say them."""
