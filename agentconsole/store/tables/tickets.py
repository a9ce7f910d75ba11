"""Tickets and what was written on them."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from agentconsole.store.tables.columns import (
    NO_ROWID,
    integer,
    integer_or_none,
    part_integer,
    part_string,
    row_key,
    string,
    string_or_none,
)

_LISTED = text("hidden = 0")
_OPEN = text("hidden = 0 AND status < 4")


class TicketTable(SQLModel, table=True):
    """A ticket's effective values, which the queue reads: the server's with open Changes laid over them."""

    __tablename__ = "ticket"
    __table_args__ = (
        # Partial, so that a view of open tickets is read from one index alone, and the many solved ones cost
        # no more than they must: at ingest, each index over all tickets is one more page to write a ticket.
        Index("ix_ticket_remote", "account_id", "remote_id", unique=True),
        # They end with the columns of their own condition, which SQLite would else look up in the table.
        Index("ix_ticket_updated", "updated_at", "id", "hidden", "status", "priority", sqlite_where=_LISTED),
        Index("ix_ticket_created", "created_at", "id", "hidden", "status", sqlite_where=_OPEN),
        Index("ix_ticket_due", "due_at", "id", "hidden", "status", sqlite_where=_OPEN),
        Index("ix_ticket_priority", "priority", "updated_at", "id", "hidden", "status", sqlite_where=_OPEN),
        Index("ix_ticket_assignee", "assignee", "account_id", sqlite_where=_OPEN),
        Index("ix_ticket_waiting", "waiting", sqlite_where=text("waiting IS NOT NULL")),
        Index("ix_ticket_snoozed", "snoozed_until", sqlite_where=text("snoozed_until IS NOT NULL")),
    )

    id: int | None = row_key()
    account_id: int = integer()
    remote_id: str | None = string_or_none()
    status: int = integer()
    """Rank in `domain.tickets.STATUSES`."""
    priority: int = integer(0)
    """0 for none, else one more than the rank in `domain.tickets.PRIORITIES`."""
    hidden: int = integer(0)
    """1 when deleted or spam."""
    due_at: int | None = integer_or_none()
    sla_paused: int = integer(0)
    unread: int = integer(0)
    waiting: str | None = string_or_none()
    """The most pressing state among its open Changes."""
    snoozed_until: int | None = integer_or_none()
    """1 once its customer has answered: what is past says that it has woken up."""
    created_at: int = integer()
    updated_at: int = integer()
    solved_at: int | None = integer_or_none()
    """When it was first seen solved: the ticket's own time of change then."""
    assignee: str | None = string_or_none()
    assigned_group: str | None = string_or_none()
    requester: str | None = string_or_none()
    organisation: str | None = string_or_none()
    channel: str = string("")
    status_key: str = string("")
    priority_key: str | None = string_or_none()
    subject: str = string("")
    tags_text: str = string("")
    """The tags, cleaned, one a line."""
    satisfaction: str | None = string_or_none()
    deleted: int = integer(0)
    spam: int = integer(0)
    thread_read_at: int | None = integer_or_none()
    thread_version: str | None = string_or_none()
    """The server's version that the stored thread belongs to."""
    read_at: int | None = integer_or_none()
    snoozed_seen: int | None = integer_or_none()
    """Its last change when it was put to sleep, by the helpdesk's clock: what its customer writes later
    wakes it."""


class TicketServerTable(SQLModel, table=True):
    """A ticket's values as the helpdesk has them."""

    __tablename__ = "ticket_server"

    ticket_id: int | None = row_key()
    stamp: int = integer()
    version: str = string()
    status: int = integer()
    priority: int = integer(0)
    field_values: str = string("{}")
    """JSON of FieldValues."""
    slas: str = string("[]")
    """JSON list of [metric, stage, due_at]."""
    ccs: str = string("[]")
    """JSON list of remote ids."""


class TicketTagTable(SQLModel, table=True):
    """A tag of a ticket, effective, for filters."""

    __tablename__ = "ticket_tag"
    __table_args__ = NO_ROWID

    tag: str = part_string()
    ticket_id: int = part_integer()


class TicketAliasTable(SQLModel, table=True):
    """A merged ticket and the one it went into."""

    __tablename__ = "ticket_alias"
    __table_args__ = NO_ROWID

    account_id: int = part_integer()
    remote_id: str = part_string()
    target: str = string()
    """Remote id of the ticket it was merged into."""


class MessageTable(SQLModel, table=True):
    """A message of a thread, cleaned and as received; what a pane reads comes first in the row."""

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_remote", "account_id", "remote_id", unique=True),
        Index("ix_message_thread", "ticket_id", "created_at"),
    )

    id: int | None = row_key()
    account_id: int = integer()
    ticket_id: int = integer()
    remote_id: str = string()
    author: str | None = string_or_none()
    kind: str = string()
    created_at: int = integer()
    channel: str = string("")
    marker: str | None = string_or_none()
    """UUID of the Change that made it."""
    attachments: int = integer(0)
    """How many files it has."""
    cleaner: int = integer()
    """The cleaner's version that made `parts`."""
    parts: str = string("[]")
    """JSON list of [kind, text]; of an event that came in keys an object with the list `changes`: [field,
    before, after, whether a rule made it]."""
    raw_text: str = string("")
    raw_html: str | None = string_or_none()


class OrphanMessageTable(SQLModel, table=True):
    """A message whose ticket is not stored yet; adopted when the ticket comes."""

    __tablename__ = "orphan_message"
    __table_args__ = NO_ROWID

    account_id: int = part_integer()
    ticket: str = part_string()
    remote_id: str = part_string()
    record: str = string()
    """JSON of the RemoteMessage."""


class AttachmentTable(SQLModel, table=True):
    """A file on a message."""

    __tablename__ = "attachment"
    __table_args__ = (Index("ix_attachment_message", "message_id"),)

    id: int | None = row_key()
    message_id: int = integer()
    remote_id: str = string()
    file_name: str = string()
    content_type: str = string()
    size: int = integer(0)
    url: str = string()
    malware: int = integer(0)
