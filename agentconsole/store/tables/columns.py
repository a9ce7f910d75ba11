"""The columns that tables are made of."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Column, Integer, Text, text
from sqlmodel import Field

_KEY = BigInteger().with_variant(Integer, "sqlite")
"""SQLite makes only a plain INTEGER key the row's own number."""

NO_ROWID: Final[dict[str, Any]] = {"sqlite_with_rowid": False}
"""Of a table that is found by its key alone."""


def row_key() -> Any:
    """The row's own number."""
    return Field(default=None, sa_column=Column(_KEY, primary_key=True))


def integer(default: int | None = None) -> Any:
    """A whole number that is always there."""
    return Field(sa_column=Column(BigInteger, nullable=False, server_default=_default(default)))


def integer_or_none() -> Any:
    """A whole number, or null."""
    return Field(default=None, sa_column=Column(BigInteger, nullable=True))


def string(default: str | None = None) -> Any:
    """A text that is always there."""
    shown = None if default is None else text(f"'{default}'")
    return Field(sa_column=Column(Text, nullable=False, server_default=shown))


def string_or_none() -> Any:
    """A text, or null."""
    return Field(default=None, sa_column=Column(Text, nullable=True))


def part_integer() -> Any:
    """A whole number that is a part of the key, or all of it."""
    return Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))


def part_string() -> Any:
    """A text that is a part of the key, or all of it."""
    return Field(sa_column=Column(Text, primary_key=True))


def _default(value: int | None) -> Any:
    return None if value is None else text(str(value))
