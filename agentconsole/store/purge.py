"""Forgetting an account's local data for good: rows, texts, indexes, and what the disk still held of them."""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final

from agentconsole.store import codec, feed
from agentconsole.store.failures import transaction, translated_errors
from agentconsole.store.fts import rebuild_full_text

_TICKETS: Final = "(SELECT id FROM ticket WHERE account_id = ?)"

_STATEMENTS: Final = (
    "DELETE FROM attachment WHERE message_id IN (SELECT id FROM message WHERE account_id = ?)",
    "DELETE FROM change_step WHERE change IN (SELECT uuid FROM change WHERE account_id = ?)",
    f"DELETE FROM draft_version WHERE draft_id IN (SELECT id FROM draft WHERE ticket_id IN {_TICKETS})",
    *(
        f"DELETE FROM {table} WHERE ticket_id IN {_TICKETS}"
        for table in ("draft", "feed", "request", "ticket_server", "ticket_tag")
    ),
    *(
        f"DELETE FROM {table} WHERE account_id = ?"
        for table in (
            "agent_group",
            "article",
            "change",
            "field",
            "macro",
            "message",
            "organisation",
            "orphan_message",
            "person",
            "quarantine",
            "stream",
            "download",
            "ticket",
            "ticket_alias",
            "view",
        )
    ),
    "DELETE FROM account WHERE id = ?",
)


@dataclass(frozen=True, slots=True)
class Holding:
    """What of an account lies on this machine."""

    tickets: int
    messages: int
    drafts: int
    """Texts that were begun and not sent."""
    waiting: int = 0
    """Entries of the outbox that are not settled."""


def account_key(conn: sqlite3.Connection, uuid: str) -> int | None:
    """Find an account, removed or not, by its identity; None when nothing of it is stored."""
    with translated_errors():
        row = conn.execute("SELECT id FROM account WHERE uuid = ?", (uuid,)).fetchone()
    return None if row is None else int(row[0])


def removed_accounts(conn: sqlite3.Connection) -> dict[str, str]:
    """List the accounts that were removed while their data stayed: identity by name, the latest of a name."""
    with translated_errors():
        rows = conn.execute("SELECT name, uuid FROM account WHERE removed = 1 ORDER BY id").fetchall()
    return {str(name): str(uuid) for name, uuid in rows}


def holding(conn: sqlite3.Connection, account_id: int) -> Holding:
    """Count what of an account is stored."""
    counts = (
        "SELECT count(*) FROM ticket WHERE account_id = ?",
        "SELECT count(*) FROM message WHERE account_id = ?",
        "SELECT count(*) FROM draft WHERE ended_at IS NULL AND (body <> '' OR attachments <> '[]')"
        f" AND ticket_id IN {_TICKETS}",
        "SELECT count(*) FROM change WHERE account_id = ? AND state NOT IN ('sent', 'undone', 'dropped')",
    )
    with translated_errors():
        tickets, messages, drafts, waiting = (
            int(conn.execute(count, (account_id,)).fetchone()[0]) for count in counts
        )
    return Holding(tickets, messages, drafts, waiting)


def purge_account(conn: sqlite3.Connection, account_id: int) -> None:
    """Delete all that is stored of an account, also from the file's unused pages. Slow on a large database.

    No worker may be running. The full-text index is emptied and built anew of what is left.
    """
    with translated_errors():
        conn.execute("PRAGMA secure_delete = ON")
    with transaction(conn):
        for (uuid,) in conn.execute("SELECT uuid FROM account WHERE id = ?", (account_id,)).fetchall():
            conn.execute("DELETE FROM meta WHERE key = ?", (codec.recipients_key(uuid),))
        for statement in _STATEMENTS:
            conn.execute(statement, (account_id,))
        conn.execute("DELETE FROM dirty WHERE kind = 'article' AND id NOT IN (SELECT id FROM article)")
        feed.mark(conn, kinds=("accounts", "bulk", "macros", "articles", "outbox"))
    rebuild_full_text(conn)
    with translated_errors():
        conn.execute("VACUUM")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def files_in_use(conn: sqlite3.Connection) -> frozenset[str]:
    """List the hashes of the files that Changes still name."""
    with translated_errors():
        rows = conn.execute("SELECT message FROM change WHERE message IS NOT NULL").fetchall()
    messages = (codec.load_outgoing(row[0]) for row in rows)
    return frozenset(file.sha256 for one in messages if one is not None for file in one.attachments)
