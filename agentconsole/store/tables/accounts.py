"""Accounts, and the people, groups and organisations of their helpdesks."""

from __future__ import annotations

from sqlalchemy import Column, Index, Text
from sqlmodel import Field, SQLModel

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


class AccountTable(SQLModel, table=True):
    """An account, mirrored from the config, and how it stands with its helpdesk."""

    __tablename__ = "account"

    id: int | None = row_key()
    uuid: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    name: str = string()
    kind: str = string()
    url: str = string()
    login: str = string()
    position: int = integer(0)
    removed: int = integer(0)
    me: str | None = string_or_none()
    me_name: str = string("")
    me_email: str = string("")
    me_domains: str = string("[]")
    me_signature: str = string("")
    capabilities: str = string("{}")
    state: str = string("new")
    sentence: str = string("")
    last_sync_at: int | None = integer_or_none()
    retry_at: int | None = integer_or_none()
    threads_until: int | None = integer_or_none()
    """Threads of tickets changed up to this instant are whole (bulk feed)."""
    threads_at: int | None = integer_or_none()
    threads_since: int | None = integer_or_none()
    """The bulk feed began here: of tickets older than this the first messages may be missing."""
    why: str = string("")
    """Why it is not `ok`, in a few words."""
    asked_at: int | None = integer_or_none()
    """A request that left then is not answered yet; only of one that takes long."""


class PersonTable(SQLModel, table=True):
    """A person of a helpdesk: customer or agent."""

    __tablename__ = "person"
    __table_args__ = (
        Index("ix_person_email", "email"),
        Index("ix_person_role", "account_id", "role"),
        NO_ROWID,
    )

    account_id: int = part_integer()
    remote_id: str = part_string()
    name: str = string()
    email: str | None = string_or_none()
    role: str = string()
    organisation: str | None = string_or_none()
    locale: str | None = string_or_none()
    time_zone: str | None = string_or_none()
    phone: str | None = string_or_none()
    notes: str = string("")
    signature: str = string("")
    active: int = integer(1)
    updated_at: int = integer(0)
    tags: str = string("[]")
    """A JSON list."""


class AgentGroupTable(SQLModel, table=True):
    """A group of agents; `members` is a JSON list of remote ids."""

    __tablename__ = "agent_group"
    __table_args__ = NO_ROWID

    account_id: int = part_integer()
    remote_id: str = part_string()
    name: str = string()
    members: str = string("[]")
    deleted: int = integer(0)
    listing: int = integer(0)


class OrganisationTable(SQLModel, table=True):
    """A customer's organisation; `domains` is a JSON list."""

    __tablename__ = "organisation"
    __table_args__ = NO_ROWID

    account_id: int = part_integer()
    remote_id: str = part_string()
    name: str = string()
    domains: str = string("[]")
    notes: str = string("")
