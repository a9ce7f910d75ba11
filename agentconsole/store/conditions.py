"""Pieces of SQL with their parameters, of which conditions on the ticket table are put together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from agentconsole.store.ranks import SOLVED

_COLUMN: Final = re.compile(r"\bt\.(\w+)")
_INDEXED: Final = frozenset({"id", "hidden", "status", "priority", "updated_at"})
"""What the index of all tickets by their last change has."""


@dataclass(slots=True)
class Condition:
    """A piece of SQL with its parameters."""

    sql: str
    params: list[str | int] = field(default_factory=list)

    @property
    def needs_rows(self) -> bool:
        """Whether no index of an order tells what fits: tickets' own rows are read."""
        return not _INDEXED.issuperset(_COLUMN.findall(self.sql))

    @property
    def needs_full_text(self) -> bool:
        """Whether words are looked for."""
        return " MATCH ?" in self.sql

    @property
    def only_open(self) -> bool:
        """Whether the indexes of open tickets alone can be used."""
        return f"t.status < {SOLVED}" in self.sql and "t.hidden = 0" in self.sql


def joined(word: str, parts: Sequence[Condition]) -> Condition:
    """Join conditions by ` AND `, ` OR ` or ` UNION ALL `; none at all is always true."""
    if not parts:
        return Condition("1")
    if len(parts) == 1:
        return parts[0]
    params = [param for part in parts for param in part.params]
    sql = word.join(part.sql for part in parts)
    return Condition(f"({sql})" if word == " OR " else sql, params)


def likes(column: str, text: str) -> Condition:
    """Look for a part of a text; LIKE knows capital letters of ASCII alone, so other forms are tried too."""
    forms = {text} if text.isascii() else {text, text.lower(), text.upper(), text.capitalize()}
    escaped = [
        "%" + form.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        for form in sorted(forms)
    ]
    return joined(" OR ", [Condition(f"{column} LIKE ? ESCAPE '\\'", [form]) for form in escaped])


def marks(values: Sequence[object]) -> str:
    """Return a placeholder for each value."""
    return ", ".join("?" * len(values))
