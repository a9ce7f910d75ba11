"""Between worker and console: where feeds stand, what changed, what is asked for; and single values."""

from __future__ import annotations

from sqlalchemy import Index
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


class StreamTable(SQLModel, table=True):
    """How far one feed of an account has come."""

    __tablename__ = "stream"
    __table_args__ = NO_ROWID

    account_id: int = part_integer()
    stream: str = part_string()
    cursor: str | None = string_or_none()
    phase: str = string("")
    done: int = integer(0)
    total: int | None = integer_or_none()
    finished: int = integer(0)
    listing: int = integer(0)
    """Number of the present reading of a listing; rows that keep an older one are gone."""
    updated_at: int = integer(0)


class FeedTable(SQLModel, table=True):
    """The change feed: each ticket with the number of its latest change."""

    __tablename__ = "feed"
    __table_args__ = (Index("ix_feed_sequence", "sequence"),)

    ticket_id: int | None = row_key()
    sequence: int = integer()


class FeedMarkTable(SQLModel, table=True):
    """The change feed's marks: `last` (the newest number), `bulk`, and other things that changed."""

    __tablename__ = "feed_mark"
    __table_args__ = NO_ROWID

    kind: str = part_string()
    sequence: int = integer()


class QuarantineTable(SQLModel, table=True):
    """A record that could not be read."""

    __tablename__ = "quarantine"
    __table_args__ = (Index("ix_quarantine_record", "account_id", "kind", "remote_id", unique=True),)

    id: int | None = row_key()
    account_id: int = integer()
    kind: str = string()
    remote_id: str = string("")
    reason: str = string()
    raw: str = string()
    seen_at: int = integer()


class DirtyTable(SQLModel, table=True):
    """What full text has yet to index."""

    __tablename__ = "dirty"
    __table_args__ = NO_ROWID

    kind: str = part_string()
    """`ticket`, `message` or `article`."""
    id: int = part_integer()
    mark: int = integer()
    """Grows with each change, so that a change made while indexing is not cleared."""
    old: str | None = string_or_none()
    """The text as it was indexed, which a contentless index needs to forget it; None: not indexed yet."""


class RequestTable(SQLModel, table=True):
    """A thread that the console wants read."""

    __tablename__ = "request"

    ticket_id: int | None = row_key()
    asked_at: int = integer()


class DownloadTable(SQLModel, table=True):
    """A file that an agent has asked for."""

    __tablename__ = "download"

    attachment_id: int | None = row_key()
    account_id: int = integer()
    asked_at: int = integer()
    state: str = string()
    """`wanted`, `reading`, `done` or `failed`."""
    got: int = integer(0)
    """Bytes that have come."""
    sha256: str = string("")
    error: str = string("")


class MetaTable(SQLModel, table=True):
    """Single values."""

    __tablename__ = "meta"
    __table_args__ = NO_ROWID

    key: str = part_string()
    value: str = string()
