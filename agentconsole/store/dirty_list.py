"""The dirty list: which tickets, messages and articles full text has yet to index, of all accounts."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from agentconsole.store.failures import transaction, translated_errors


@dataclass(frozen=True, slots=True)
class DirtyItem:
    """Something that full text has yet to index."""

    kind: str
    """`ticket`, `message` or `article`."""
    id: int
    mark: int
    """As it was read; a later change has another."""
    old: str | None
    """The text as it was indexed before; None: it is not in the index."""


def mark_dirty(conn: sqlite3.Connection, kind: str, changed: Iterable[tuple[int, str | None]]) -> None:
    """Note what full text has to index anew, for each (id, text as indexed so far; None for a new one).

    Of something changed twice before it is indexed the first old text stays: that is what the index holds.
    """
    conn.executemany(
        "INSERT INTO dirty (kind, id, mark, old) VALUES (?, ?, 1, ?)"
        " ON CONFLICT (kind, id) DO UPDATE SET mark = mark + 1",
        [(kind, key, old) for key, old in changed],
    )


def read_dirty(conn: sqlite3.Connection, limit: int, kind: str | None = None) -> tuple[DirtyItem, ...]:
    """Return what full text has yet to index, of one kind or all."""
    with translated_errors():
        rows = conn.execute(
            "SELECT kind, id, mark, old FROM dirty WHERE ? IS NULL OR kind = ? ORDER BY kind, id LIMIT ?",
            (kind, kind, limit),
        ).fetchall()
    return tuple(DirtyItem(*row) for row in rows)


def clear_dirty(conn: sqlite3.Connection, items: Collection[DirtyItem]) -> None:
    """Note that items are indexed, unless they have changed since they were read."""
    with transaction(conn):
        conn.executemany(
            "DELETE FROM dirty WHERE kind = ? AND id = ? AND mark = ?",
            [(item.kind, item.id, item.mark) for item in items],
        )
