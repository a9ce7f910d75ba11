"""Tickets that are not on the helpdesk yet, within the caller's transaction: `~7` until it has a number."""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final

from agentconsole.domain.tickets import FieldValues
from agentconsole.store import codec, drafts
from agentconsole.store.dirty_list import mark_dirty
from agentconsole.store.effective import choices_of, recompute

_MOVED: Final = ("message", "change", "draft")


@dataclass(frozen=True, slots=True)
class Unsent:
    """What is known of a ticket before it is on the helpdesk."""

    account_id: int
    requester: str
    """Remote id of the person, or the address of one whom the helpdesk does not know yet."""
    values: FieldValues
    ccs: tuple[str, ...] = ()


def put(conn: sqlite3.Connection, ticket: Unsent, ticket_id: int | None, *, at: int) -> int:
    """Make an unsent ticket, hidden as long as nothing of it waits to go out, or give it other values.

    Args:
        conn: Inside a transaction.
        ticket: Its values.
        ticket_id: Local id of the one that is changed; None to make one.
        at: The present instant.

    Returns:
        Its local id.
    """
    choices = choices_of(conn, ticket.account_id)
    status = choices.statuses.get(str(ticket.values.get("status")), 0)
    priority = choices.priorities.get(str(ticket.values.get("priority")), 0)
    if ticket_id is None:
        made = conn.execute(
            "INSERT INTO ticket (account_id, status, priority, hidden, created_at, updated_at, requester)"
            " VALUES (?, ?, ?, 1, ?, ?, ?)",
            (ticket.account_id, status, priority, at, at, ticket.requester),
        )
        ticket_id = int(made.lastrowid or 0)
        conn.execute(
            "INSERT INTO ticket_server (ticket_id, stamp, version, status) VALUES (?, 0, '', ?)",
            (ticket_id, status),
        )
        mark_dirty(conn, "ticket", [(ticket_id, None)])
    conn.execute(
        "UPDATE ticket SET account_id = ?, requester = ?, updated_at = ? WHERE id = ? AND remote_id IS NULL",
        (ticket.account_id, ticket.requester, at, ticket_id),
    )
    conn.execute(
        "UPDATE ticket_server SET status = ?, priority = ?, field_values = ?, ccs = ? WHERE ticket_id = ?",
        (status, priority, codec.dump_values(ticket.values), codec.dump(ticket.ccs), ticket_id),
    )
    recompute(conn, (ticket_id,), at=at)
    return ticket_id


def is_being_made(conn: sqlite3.Connection, ticket_id: int) -> bool:
    """Whether a ticket is on the helpdesk, or on its way there: then it is no draft any more."""
    row = conn.execute(
        "SELECT t.remote_id IS NOT NULL OR EXISTS (SELECT 1 FROM change c WHERE c.ticket_id = t.id"
        " AND c.action IS NOT NULL AND c.state IN ('held', 'queued', 'sending', 'unknown', 'conflict'))"
        " FROM ticket t WHERE t.id = ?",
        (ticket_id,),
    ).fetchone()
    return row is not None and bool(row[0])


def arrived(
    conn: sqlite3.Connection, account_id: int, ticket_id: int, remote_id: str, *, at: int
) -> int | None:
    """Give a ticket its number; what a pull has stored under that number meanwhile becomes part of it.

    Args:
        conn: Inside a transaction.
        account_id: Local id of the account.
        ticket_id: Local id of the ticket, which it keeps.
        remote_id: What the helpdesk calls it.
        at: The present instant.

    Returns:
        Local id of the row that is no more; None where there was none.
    """
    known = conn.execute(
        "SELECT id FROM ticket WHERE account_id = ? AND remote_id = ? AND id <> ?",
        (account_id, remote_id, ticket_id),
    ).fetchone()
    if known is not None:
        _take_over(conn, known[0], ticket_id, at=at)
    conn.execute("UPDATE ticket SET remote_id = ? WHERE id = ? AND remote_id IS NULL", (remote_id, ticket_id))
    conn.execute(
        "INSERT OR REPLACE INTO request (ticket_id, asked_at) SELECT id, updated_at FROM ticket WHERE id = ?",
        (ticket_id,),
    )
    return None if known is None else int(known[0])


def _take_over(conn: sqlite3.Connection, other: int, ticket_id: int, *, at: int) -> None:
    """Let everything that hangs on one row of a ticket hang on another, and forget the row."""
    # A ticket and mode have one live draft: what was begun on the other row stays among the versions.
    for public in (True, False):
        begun = drafts.live(conn, other, public)
        if begun is not None and drafts.live(conn, ticket_id, public) is not None:
            drafts.end(conn, begun.id, reason="replaced", at=at)
    for table in _MOVED:
        conn.execute(f"UPDATE {table} SET ticket_id = ? WHERE ticket_id = ?", (ticket_id, other))
    for table in ("ticket_server", "ticket_tag", "request"):
        conn.execute(f"DELETE FROM {table} WHERE ticket_id = ?", (other,))
    row = conn.execute("SELECT subject FROM ticket WHERE id = ?", (other,)).fetchone()
    mark_dirty(conn, "ticket", [(other, row[0])])
    conn.execute("DELETE FROM ticket WHERE id = ?", (other,))
