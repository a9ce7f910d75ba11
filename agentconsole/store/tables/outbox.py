"""What the agent has written: Changes on their way out, and drafts."""

from __future__ import annotations

from sqlalchemy import Column, Index, Text, text
from sqlmodel import Field, SQLModel

from agentconsole.store.tables.columns import integer, integer_or_none, row_key, string, string_or_none


class ChangeTable(SQLModel, table=True):
    """One thing an agent did to one ticket."""

    __tablename__ = "change"
    __table_args__ = (
        Index("ix_change_ticket", "ticket_id"),
        Index("ix_change_state", "state", sqlite_where=text("state NOT IN ('sent', 'undone', 'dropped')")),
    )

    sequence: int | None = row_key()
    """Order of making."""
    uuid: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    account_id: int = integer()
    ticket_id: int = integer()
    state: str = string()
    created_at: int = integer()
    held_until: int = integer()
    settled_at: int | None = integer_or_none()
    base_version: str = string()
    last_seen_message: str | None = string_or_none()
    edits: str = string("[]")
    """JSON list of [field, base, value]."""
    message: str | None = string_or_none()
    """JSON of the OutgoingMessage."""
    macro: str | None = string_or_none()
    ask: int = integer(0)
    moved: str = string("[]")
    conflicts: str = string("[]")
    """JSON list of [field, base, mine, theirs]."""
    candidates: str = string("[]")
    send_anyway: int = integer(0)
    error: str | None = string_or_none()
    draft_id: int | None = integer_or_none()
    action: str | None = string_or_none()
    """JSON of the Action; null for a Change of fields and a message alone."""


class ChangeStepTable(SQLModel, table=True):
    """One request of a Change."""

    __tablename__ = "change_step"
    __table_args__ = (Index("ix_change_step", "change", "position", unique=True),)

    id: int | None = row_key()
    change: str = string()
    position: int = integer()
    kind: str = string()
    payload: str = string("{}")
    state: str = string()
    attempts: int = integer(0)
    started_at: int | None = integer_or_none()
    next_attempt_at: int | None = integer_or_none()
    result: str | None = string_or_none()
    expires_at: int | None = integer_or_none()
    error: str | None = string_or_none()


class DraftTable(SQLModel, table=True):
    """What an agent is writing; at most one live draft a ticket and mode."""

    __tablename__ = "draft"
    __table_args__ = (
        Index("ix_draft_ticket", "ticket_id"),
        Index("ix_draft_live", "ticket_id", "public", unique=True, sqlite_where=text("ended_at IS NULL")),
    )

    id: int | None = row_key()
    ticket_id: int = integer()
    public: int = integer()
    body: str = string()
    last_seen_message: str | None = string_or_none()
    macro: str | None = string_or_none()
    changes: str = string("[]")
    attachments: str = string("[]")
    created_at: int = integer()
    updated_at: int = integer()
    ended_at: int | None = integer_or_none()
    """Set when it was sent or discarded."""


class DraftVersionTable(SQLModel, table=True):
    """A kept state of a draft."""

    __tablename__ = "draft_version"
    __table_args__ = (Index("ix_draft_version", "draft_id"),)

    id: int | None = row_key()
    draft_id: int = integer()
    body: str = string()
    public: int = integer()
    saved_at: int = integer()
    reason: str = string()
