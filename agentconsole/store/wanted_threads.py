"""Which threads of an account are to be read whole, and why."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from agentconsole.store.failures import transaction, translated_errors


def ask_for_thread(conn: sqlite3.Connection, ticket_id: int, at: int) -> None:
    """Have a ticket's thread read whole soon; who asks last counts.

    Args:
        conn: Inside a transaction.
        ticket_id: Local id.
        at: When it was asked for: a reading that began before does not answer it.
    """
    conn.execute("INSERT OR REPLACE INTO request (ticket_id, asked_at) VALUES (?, ?)", (ticket_id, at))


class WantedThreads:
    """The threads of one account that its worker has yet to read."""

    _conn: sqlite3.Connection
    _account: int

    def thread_asked(self, put_off: Collection[str] = ()) -> tuple[str, int] | None:
        """Return the thread that was asked for last, as a remote id, and when; None when none is.

        It is asked for until it has been read or `forget_asked`.

        Args:
            put_off: Those that are not meant now.
        """
        with translated_errors():
            rows = self._conn.execute(
                "SELECT t.remote_id, r.asked_at FROM request r JOIN ticket t ON t.id = r.ticket_id"
                " WHERE t.account_id = ? AND t.remote_id IS NOT NULL ORDER BY r.asked_at DESC LIMIT ?",
                (self._account, len(put_off) + 1),
            ).fetchall()
        return next(((str(row[0]), int(row[1])) for row in rows if row[0] not in put_off), None)

    def forget_asked(self, remote_id: str, asked_at: int) -> None:
        """Note that a thread need not be read any more, unless it has been asked for again since."""
        with transaction(self._conn):
            self._conn.execute(
                "DELETE FROM request WHERE asked_at <= ? AND ticket_id IN"
                " (SELECT id FROM ticket WHERE account_id = ? AND remote_id = ?)",
                (asked_at, self._account, remote_id),
            )

    def threads_wanted(self, limit: int) -> tuple[str, ...]:
        """Return the agent's open tickets whose thread is missing or older than the ticket, as remote ids."""
        with translated_errors():
            rows = self._conn.execute(
                "SELECT t.remote_id FROM ticket t JOIN account a ON a.id = t.account_id"
                " JOIN ticket_server s ON s.ticket_id = t.id WHERE t.assignee = a.me AND t.account_id = ?"
                " AND t.hidden = 0 AND t.status < 4 AND t.remote_id IS NOT NULL"
                " AND (t.thread_version IS NULL OR t.thread_version <> s.version)"
                " AND (a.threads_until IS NULL OR t.updated_at > a.threads_until"
                " OR t.created_at < coalesce(a.threads_since, 0) AND t.thread_version IS NULL)"
                " ORDER BY t.thread_version IS NOT NULL, t.updated_at DESC LIMIT ?",
                (self._account, limit),
            ).fetchall()
        return tuple(row[0] for row in rows)

    def threads_of_sleepers(self, limit: int, at: int) -> tuple[str, ...]:
        """Return snoozed tickets that have changed since, as remote ids: their threads tell who it was.

        Args:
            limit: How many at most.
            at: The present instant.
        """
        with translated_errors():
            rows = self._conn.execute(
                "SELECT t.remote_id FROM ticket t JOIN account a ON a.id = t.account_id"
                " JOIN ticket_server s ON s.ticket_id = t.id"
                " WHERE t.snoozed_until > ? AND t.account_id = ? AND t.updated_at > t.snoozed_seen"
                " AND t.hidden = 0 AND t.remote_id IS NOT NULL"
                " AND (t.thread_version IS NULL OR t.thread_version <> s.version)"
                " AND (a.threads_until IS NULL OR t.updated_at > a.threads_until)"
                " ORDER BY t.updated_at LIMIT ?",
                (at, self._account, limit),
            ).fetchall()
        return tuple(row[0] for row in rows)

    def threads_cut(self, limit: int) -> tuple[str, ...]:
        """Return tickets whose first messages are older than what came in bulk, as remote ids.

        Once such a thread has been read whole, the bulk feed keeps it whole.
        """
        with translated_errors():
            rows = self._conn.execute(
                "SELECT t.remote_id FROM ticket t JOIN account a ON a.id = t.account_id"
                " WHERE t.account_id = ? AND t.created_at < a.threads_since AND t.thread_version IS NULL"
                " AND t.hidden = 0 AND t.remote_id IS NOT NULL"
                " ORDER BY t.status >= 4, t.updated_at DESC LIMIT ?",
                (self._account, limit),
            ).fetchall()
        return tuple(row[0] for row in rows)
