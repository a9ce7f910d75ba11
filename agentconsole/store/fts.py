"""Full text of tickets and messages (FTS5), filled by the worker from the dirty list, never by triggers.

The tables are contentless: what was indexed is not stored twice, so forgetting a text needs that text, which
the dirty list keeps (`dirty.old`).
"""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final, NamedTuple

from agentconsole.store.failures import transaction, translated_errors
from agentconsole.store.message_rows import text_of
from agentconsole.store.pacing import Pace
from agentconsole.text.cjk import split_cjk

FULL_TEXT_VERSION: Final = 1
"""One more whenever texts are split differently: the index is then built anew."""

_COLUMNS: Final = {"ticket": "subject", "message": "body"}

_TICKETS: Final = (
    "SELECT d.kind, d.id, d.mark, d.old, t.subject FROM dirty d LEFT JOIN ticket t ON t.id = d.id"
    " WHERE d.kind = 'ticket' ORDER BY d.id LIMIT ?"
)
_MESSAGES: Final = (
    "SELECT d.kind, d.id, d.mark, d.old, m.parts FROM dirty d LEFT JOIN message m ON m.id = d.id"
    " WHERE d.kind = 'message' ORDER BY d.id LIMIT ?"
)


class _Entry(NamedTuple):
    kind: str
    id: int
    mark: int
    old: str | None
    text: str | None


def update_full_text(conn: sqlite3.Connection, limit: int, *, pace: Pace | None = None) -> int:
    """Index some of what has changed, in short transactions.

    Args:
        conn: From `open_store` with role `worker`.
        limit: At most so many texts.
        pace: Keeps transactions short; kept by the caller, it learns.

    Returns:
        How many were looked at; 0 when nothing is left.
    """
    entries: list[_Entry] = []
    with translated_errors():
        # One kind at a time: in the order of the list's key nothing has to be sorted.
        for kind, key, mark, old, subject in conn.execute(_TICKETS, (limit,)):
            entries.append(_Entry(kind, key, mark, old, subject))
        for kind, key, mark, old, parts in conn.execute(_MESSAGES, (limit - len(entries),)):
            entries.append(_Entry(kind, key, mark, old, None if parts is None else text_of(parts)))
    pace = pace or Pace()
    for part in pace.slices(entries):
        with pace.timed(len(part)), transaction(conn):
            _index(conn, part)
    return len(entries)


def _index(conn: sqlite3.Connection, entries: Sequence[_Entry]) -> None:
    for entry in entries:
        # Changed since it was read: it stays on the list, for the next round.
        cleared = conn.execute(
            "DELETE FROM dirty WHERE kind = ? AND id = ? AND mark = ?", (entry.kind, entry.id, entry.mark)
        )
        if not cleared.rowcount:
            continue
        table, column = f"{entry.kind}_fts", _COLUMNS[entry.kind]
        if entry.old:
            conn.execute(
                f"INSERT INTO {table} ({table}, rowid, {column}) VALUES ('delete', ?, ?)",
                (entry.id, split_cjk(entry.old)),
            )
        if entry.text:
            conn.execute(
                f"INSERT INTO {table} (rowid, {column}) VALUES (?, ?)", (entry.id, split_cjk(entry.text))
            )


def rebuild_full_text(conn: sqlite3.Connection) -> None:
    """Forget the index and put everything on the list; `update_full_text` then fills it again."""
    with transaction(conn):
        for table in ("ticket_fts", "message_fts"):
            conn.execute(f"INSERT INTO {table} ({table}) VALUES ('delete-all')")
        conn.execute("DELETE FROM dirty WHERE kind IN ('ticket', 'message')")
        conn.execute("INSERT INTO dirty (kind, id, mark) SELECT 'ticket', id, 1 FROM ticket")
        conn.execute(
            "INSERT INTO dirty (kind, id, mark) SELECT 'message', id, 1 FROM message WHERE kind <> 'event'"
        )
        conn.execute(
            "INSERT OR REPLACE INTO meta (key, value) VALUES ('full_text', ?)", (str(FULL_TEXT_VERSION),)
        )


def prepare_full_text(conn: sqlite3.Connection) -> bool:
    """Have the index built anew if it was made by other rules; returns whether it was."""
    with translated_errors():
        row = conn.execute("SELECT value FROM meta WHERE key = 'full_text'").fetchone()
    if row is not None and row[0] == str(FULL_TEXT_VERSION):
        return False
    rebuild_full_text(conn)
    return True
