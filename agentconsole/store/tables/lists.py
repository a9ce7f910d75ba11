"""What a helpdesk lists beside tickets: macros, articles, views and fields."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import SQLModel

from agentconsole.store.tables.columns import (
    NO_ROWID,
    integer,
    part_integer,
    part_string,
    row_key,
    string,
    string_or_none,
)


class MacroTable(SQLModel, table=True):
    """A macro of the helpdesk's own; `actions` is a JSON list of [field, value]."""

    __tablename__ = "macro"
    __table_args__ = NO_ROWID

    account_id: int = part_integer()
    remote_id: str = part_string()
    title: str = string()
    description: str = string("")
    actions: str = string("[]")
    active: int = integer(1)
    updated_at: int = integer(0)
    listing: int = integer(0)


class ArticleTable(SQLModel, table=True):
    """A knowledge article in one language."""

    __tablename__ = "article"
    __table_args__ = (Index("ix_article_remote", "account_id", "remote_id", "locale", unique=True),)

    id: int | None = row_key()
    account_id: int = integer()
    remote_id: str = string()
    locale: str = string()
    title: str = string()
    body: str = string()
    """Cleaned plain text."""
    cleaner: int = integer()
    url: str = string("")
    section: str = string("")
    labels: str = string("[]")
    draft: int = integer(0)
    updated_at: int = integer(0)
    listing: int = integer(0)
    html: str = string("")
    """As received."""


class ViewTable(SQLModel, table=True):
    """A saved view of the helpdesk."""

    __tablename__ = "view"
    __table_args__ = NO_ROWID

    account_id: int = part_integer()
    remote_id: str = part_string()
    title: str = string()
    query: str | None = string_or_none()
    position: int = integer(0)
    listing: int = integer(0)


class FieldTable(SQLModel, table=True):
    """A ticket field.

    `options` is a JSON list of [key, label, normalised], and `false` after that where the choice is switched
    off; a form with conditions has [key, label, null, active, [[field, parent, value, statuses or null for
    all]]]. `form` are the ids of the forms that have it with blanks between, NULL for all.
    """

    __tablename__ = "field"
    __table_args__ = (Index("ix_field_account", "account_id"),)

    id: int | None = row_key()
    account_id: int = integer()
    name: str = string()
    label: str = string()
    kind: str = string()
    options: str = string("[]")
    required_to_solve: int = integer(0)
    form: str | None = string_or_none()
    position: int = integer(0)
