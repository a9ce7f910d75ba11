"""What the helpdesk's word that a Change is done means for its ticket, within the caller's transaction."""

from __future__ import annotations

import sqlite3
from typing import Final

from agentconsole.domain.changes import Change, MergeInto, Removal
from agentconsole.domain.tickets import FieldValue
from agentconsole.store import codec, feed
from agentconsole.store.effective import choices_of
from agentconsole.store.wanted_threads import ask_for_thread

_MANY: Final = 10
"""Changes that were made in one go; from so many on each ticket's thread is not read again for its own."""


def merged(conn: sqlite3.Connection, change: Change, action: MergeInto, at: int) -> None:
    """Let a ticket's number mean the one that it was merged into, and have both threads read anew."""
    conn.execute(
        "INSERT INTO ticket_alias (account_id, remote_id, target) VALUES (?, ?, ?)"
        " ON CONFLICT (account_id, remote_id) DO UPDATE SET target = excluded.target",
        (change.account_id, change.remote_ticket, action.target),
    )
    target = conn.execute(
        "SELECT id FROM ticket WHERE account_id = ? AND remote_id = ?",
        (change.account_id, action.target),
    ).fetchone()
    both = [change.ticket_id] if target is None else [change.ticket_id, target[0]]
    for key in both:
        conn.execute("UPDATE ticket SET thread_version = NULL WHERE id = ?", (key,))
        ask_for_thread(conn, key, at)
    feed.mark(conn, both)


def ask_for_events(conn: sqlite3.Connection, change: Change, at: int) -> None:
    """Have a thread that was read before read again soon, as no answer tells what a write became in it.

    Of what was done to many tickets in one go nothing is asked for: their threads are read when they are
    opened or change again.
    """
    together = conn.execute(
        "SELECT count(*) FROM change WHERE account_id = ? AND created_at = ?"
        " AND sequence BETWEEN (SELECT sequence FROM change WHERE uuid = ?) - ?"
        " AND (SELECT sequence FROM change WHERE uuid = ?) + ?",
        (change.account_id, change.created_at, change.uuid, _MANY, change.uuid, _MANY),
    ).fetchone()[0]
    if together <= _MANY:
        conn.execute(
            "INSERT OR REPLACE INTO request (ticket_id, asked_at)"
            " SELECT id, ? FROM ticket WHERE id = ? AND thread_version IS NOT NULL AND hidden = 0",
            (at, change.ticket_id),
        )


def removed(conn: sqlite3.Connection, change: Change, action: Removal) -> None:
    """Take a ticket off the queue; what a lagging search still tells of it is older than this."""
    conn.execute(
        "UPDATE ticket SET hidden = 1, deleted = 1, spam = max(spam, ?) WHERE id = ?",
        (int(action.spam), change.ticket_id),
    )
    conn.execute("UPDATE ticket_server SET stamp = stamp + 1 WHERE ticket_id = ?", (change.ticket_id,))


def server_values(conn: sqlite3.Connection, ticket_id: int) -> tuple[dict[str, FieldValue], str]:
    """Return the server's values of a ticket as stored, and their version."""
    row = conn.execute(
        "SELECT field_values, version FROM ticket_server WHERE ticket_id = ?", (ticket_id,)
    ).fetchone()
    return ({}, "") if row is None else (codec.load_values(row[0]), row[1])


def assume(
    conn: sqlite3.Connection,
    account_id: int,
    ticket_id: int,
    before: dict[str, FieldValue],
    now: dict[str, FieldValue],
) -> None:
    """Write accepted values over the server's, until the ticket is read again."""
    choices = choices_of(conn, account_id)
    status = choices.statuses.get(str(now.get("status")))
    priority = choices.priorities.get(str(now.get("priority")), 0)
    conn.execute(
        "UPDATE ticket_server SET field_values = ?, status = CASE WHEN ? THEN ? ELSE status END,"
        " priority = CASE WHEN ? THEN ? ELSE priority END WHERE ticket_id = ?",
        (
            codec.dump_values(now),
            status is not None and now.get("status") != before.get("status"),
            status,
            now.get("priority") != before.get("priority"),
            priority,
            ticket_id,
        ),
    )
