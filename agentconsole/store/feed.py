"""The change feed: what the console must repaint, without looking at everything."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from typing import Final

FLOOD: Final = 500
"""More changed tickets than this in one go, or within `FLOOD_SPAN`, leave one mark in place of a row each."""

FLOOD_SPAN: Final = 5_000_000
"""Microseconds."""

MANY: Final = 2_000
"""A reader that is behind by more tickets than this reads its list anew."""


def next_sequence(conn: sqlite3.Connection) -> int:
    """Take the next number of the feed, within the caller's transaction."""
    conn.execute("UPDATE feed_mark SET sequence = sequence + 1 WHERE kind = 'last'")
    return int(conn.execute("SELECT sequence FROM feed_mark WHERE kind = 'last'").fetchone()[0])


def mark(
    conn: sqlite3.Connection, tickets: Collection[int] = (), *, kinds: Iterable[str] = (), bulk: bool = False
) -> int:
    """Note what changed, within the caller's transaction.

    Args:
        conn: Inside a transaction.
        tickets: Local ids of changed tickets.
        kinds: Other things that changed: `accounts`, `macros`, `articles`, `fields`, `outbox`, ...
        bulk: Leave one mark for all the tickets.

    Returns:
        The number given to this change.
    """
    sequence = next_sequence(conn)
    marks = list(kinds)
    if tickets and (bulk or len(tickets) > FLOOD):
        marks.append("bulk")
    else:
        conn.executemany(
            "INSERT INTO feed (ticket_id, sequence) VALUES (?, ?)"
            " ON CONFLICT (ticket_id) DO UPDATE SET sequence = excluded.sequence",
            [(ticket, sequence) for ticket in tickets],
        )
    conn.executemany(
        "INSERT INTO feed_mark (kind, sequence) VALUES (?, ?)"
        " ON CONFLICT (kind) DO UPDATE SET sequence = excluded.sequence",
        [(kind, sequence) for kind in marks],
    )
    return sequence
