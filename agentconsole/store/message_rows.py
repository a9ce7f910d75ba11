"""Puts messages as the helpdesk has them into the tables, within the caller's transaction."""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from agentconsole.domain.messages import FieldChange, RemoteMessage
from agentconsole.domain.tickets import FieldValue
from agentconsole.store import codec
from agentconsole.store.dirty_list import mark_dirty
from agentconsole.store.ranks import SOLVED
from agentconsole.text.cleaning import CLEANER_VERSION, clean_line, clean_text
from agentconsole.text.folding import fold
from agentconsole.text.html import CUT_NOTICE, MAX_HTML_LENGTH, html_to_text

_LONGEST_VALUE: Final = 200
"""Characters of a changed value that are kept: the ticket has it whole."""


class MessageRow(NamedTuple):
    """A message made ready outside the transaction: cleaned, folded, packed."""

    message: RemoteMessage
    parts: str


def ready(message: RemoteMessage) -> MessageRow:
    """Clean and fold a message; the slow part, done before the transaction."""
    if message.changes:
        parts = codec.dump_changes(_cleaned(change) for change in message.changes)
    else:
        parts = parts_of(message.kind, message.raw_text, message.raw_html)
    message = replace(
        message,
        raw_text=codec.storable(message.raw_text),
        raw_html=None if message.raw_html is None else codec.storable(message.raw_html),
    )
    return MessageRow(message, parts)


def _cleaned(change: FieldChange) -> FieldChange:
    before, after = (_cleaned_value(each) for each in (change.before, change.after))
    return replace(change, field=clean_line(change.field), before=before, after=after)


def _cleaned_value(value: FieldValue) -> FieldValue:
    if isinstance(value, tuple):
        return tuple(clean_line(each)[:_LONGEST_VALUE] for each in value)
    return clean_line(value)[:_LONGEST_VALUE] if isinstance(value, str) else value


def parts_of(kind: str, raw_text: str, raw_html: str | None) -> str:
    """Clean and fold what a helpdesk sent, as it is stored."""
    if raw_html:
        text = html_to_text(raw_html)
    else:
        text = clean_text(raw_text[:MAX_HTML_LENGTH])
        if len(raw_text) > MAX_HTML_LENGTH:
            text = f"{text}\n\n{CUT_NOTICE}"
    if kind == "event":
        return codec.dump([["body", text]])
    return codec.dump([[part.kind, piece] for part in fold(text).parts if (piece := part.text.strip("\n"))])


def text_of(parts: str) -> str:
    """Return what full text indexes of a message: all its pieces."""
    return "\n".join(part.text for part in codec.load_parts(parts))


def put_rows(conn: sqlite3.Connection, account_id: int, rows: Sequence[MessageRow]) -> set[int]:
    """Insert or update messages, and keep those whose ticket is not stored yet for later.

    Args:
        conn: Inside a transaction.
        account_id: Local id of the account.
        rows: From `ready`.

    Returns:
        Local ids of the tickets whose thread changed.
    """
    newest = {row.message.remote_id: row for row in rows}
    rows = list(newest.values())
    tickets = _tickets(conn, account_id, {row.message.ticket for row in rows})
    known = _known(conn, account_id, list(newest))
    orphans = [row.message for row in rows if row.message.ticket not in tickets]
    if orphans:
        conn.executemany(
            "INSERT OR REPLACE INTO orphan_message (account_id, ticket, remote_id, record)"
            " VALUES (?, ?, ?, ?)",
            [(account_id, one.ticket, one.remote_id, codec.dump_message(one)) for one in orphans],
        )
    changed: set[int] = set()
    fresh = [row for row in rows if row.message.remote_id not in known and row.message.ticket in tickets]
    if fresh:
        changed |= _insert(conn, account_id, fresh, tickets)
    for row in rows:
        old = known.get(row.message.remote_id)
        if old is not None and row.message.ticket in tickets:
            if _update(conn, row, old, tickets[row.message.ticket]):
                changed.add(tickets[row.message.ticket])
    return changed


def take_orphans(conn: sqlite3.Connection, account_id: int, tickets: Iterable[str]) -> list[RemoteMessage]:
    """Take out the messages that waited for these tickets, what changed after what was written with it."""
    found: list[RemoteMessage] = []
    for ticket in tickets:
        rows = conn.execute(
            "SELECT record FROM orphan_message WHERE account_id = ? AND ticket = ?", (account_id, ticket)
        ).fetchall()
        if rows:
            found.extend(codec.load_message(row[0]) for row in rows)
            conn.execute(
                "DELETE FROM orphan_message WHERE account_id = ? AND ticket = ?", (account_id, ticket)
            )
    return sorted(found, key=lambda one: (one.created_at, one.kind == "event"))


def make_internal(conn: sqlite3.Connection, account_id: int, remote_ids: Iterable[str]) -> set[int]:
    """Make public messages internal, those that wait for their ticket too.

    Args:
        conn: Inside a transaction.
        account_id: Local id of the account.
        remote_ids: The messages'.

    Returns:
        Local ids of the tickets whose thread changed.
    """
    changed: set[int] = set()
    for remote_id in remote_ids:
        rows = conn.execute(
            "UPDATE message SET kind = 'note' WHERE account_id = ? AND remote_id = ? AND kind = 'reply'"
            " RETURNING ticket_id",
            (account_id, remote_id),
        ).fetchall()
        changed.update(int(row[0]) for row in rows)
        waiting = conn.execute(
            "SELECT ticket, record FROM orphan_message WHERE account_id = ? AND remote_id = ?",
            (account_id, remote_id),
        ).fetchall()
        for ticket, record in waiting:
            one = codec.load_message(record)
            if one.kind == "reply":
                conn.execute(
                    "UPDATE orphan_message SET record = ? WHERE account_id = ? AND ticket = ?"
                    " AND remote_id = ?",
                    (codec.dump_message(replace(one, kind="note")), account_id, ticket, remote_id),
                )
    return changed


def _tickets(conn: sqlite3.Connection, account_id: int, remote_ids: Iterable[str]) -> dict[str, int]:
    wanted = list(remote_ids)
    marks = ", ".join("?" * len(wanted))
    rows = conn.execute(
        f"SELECT remote_id, id FROM ticket WHERE account_id = ? AND remote_id IN ({marks})",
        [account_id, *wanted],
    )
    return {remote_id: key for remote_id, key in rows}


def _known(
    conn: sqlite3.Connection, account_id: int, remote_ids: Sequence[str]
) -> dict[str, tuple[Any, ...]]:
    rows = conn.execute(
        "SELECT remote_id, id, parts, kind, author, created_at, marker, ticket_id, attachments, raw_text,"
        " raw_html FROM message"
        f" WHERE account_id = ? AND remote_id IN ({', '.join('?' * len(remote_ids))})",
        [account_id, *remote_ids],
    )
    return {row[0]: row[1:] for row in rows}


def _insert(
    conn: sqlite3.Connection, account_id: int, rows: Sequence[MessageRow], tickets: dict[str, int]
) -> set[int]:
    last = conn.execute("SELECT max(id) FROM message").fetchone()[0] or 0
    messages: list[tuple[Any, ...]] = []
    changed: set[int] = set()
    for key, row in enumerate(rows, last + 1):
        one = row.message
        ticket_id = tickets[one.ticket]
        changed.add(ticket_id)
        messages.append(
            (
                key,
                account_id,
                ticket_id,
                one.remote_id,
                one.author,
                one.kind,
                one.created_at,
                clean_line(one.channel),
                one.marker,
                len(one.attachments),
                CLEANER_VERSION,
                row.parts,
                one.raw_text,
                one.raw_html,
            )
        )
        if one.attachments:
            _put_files(conn, key, one)
        if one.kind != "event":
            _make_unread(conn, ticket_id, one)
            _wake(conn, account_id, ticket_id, one)
    conn.executemany(
        "INSERT INTO message (id, account_id, ticket_id, remote_id, author, kind, created_at, channel,"
        f" marker, attachments, cleaner, parts, raw_text, raw_html) VALUES ({', '.join('?' * 14)})",
        messages,
    )
    conn.executemany(
        "INSERT OR IGNORE INTO dirty (kind, id, mark, old) VALUES ('message', ?, 1, NULL)",
        [(row[0],) for row in messages if row[5] != "event"],
    )
    return changed


def _make_unread(conn: sqlite3.Connection, ticket_id: int, message: RemoteMessage) -> None:
    """A message by somebody else, newer than the agent's last look, makes an open ticket unread."""
    conn.execute(
        "UPDATE ticket SET unread = 1 WHERE id = ? AND unread = 0 AND read_at < ? AND status < ?"
        " AND ? IS NOT (SELECT me FROM account WHERE id = ticket.account_id)",
        (ticket_id, message.created_at, SOLVED, message.author),
    )


def _wake(conn: sqlite3.Connection, account_id: int, ticket_id: int, message: RemoteMessage) -> None:
    """A message of a customer that came after its ticket was put to sleep wakes it; an agent's does not.

    Whom nobody knows may be a customer.
    """
    conn.execute(
        "UPDATE ticket SET snoozed_until = 1 WHERE id = ? AND snoozed_until > 1 AND snoozed_seen < ?"
        " AND coalesce((SELECT role FROM person WHERE account_id = ? AND remote_id = ?), 'customer')"
        " = 'customer'"
        " AND ? IS NOT (SELECT me FROM account WHERE id = ?)",
        (ticket_id, message.created_at, account_id, message.author, message.author, account_id),
    )


def _update(conn: sqlite3.Connection, row: MessageRow, old: tuple[Any, ...], ticket_id: int) -> bool:
    one = row.message
    key, parts, kind, author, created_at, marker, old_ticket, files, raw_text, raw_html = old
    fresh_marker = one.marker or marker
    if one.attachments:
        _put_files(conn, key, one)
    now = (row.parts, one.kind, one.author, one.created_at, fresh_marker, ticket_id, len(one.attachments))
    if now == (parts, kind, author, created_at, marker, old_ticket, files) and (raw_text, raw_html) == (
        one.raw_text,
        one.raw_html,
    ):
        return False
    conn.execute(
        "UPDATE message SET parts = ?, kind = ?, author = ?, created_at = ?, marker = ?, ticket_id = ?,"
        " attachments = ?, cleaner = ?, raw_text = ?, raw_html = ? WHERE id = ?",
        (*now, CLEANER_VERSION, one.raw_text, one.raw_html, key),
    )
    if parts != row.parts and kind != "event":
        mark_dirty(conn, "message", [(key, text_of(parts))])
    return True


def _put_files(conn: sqlite3.Connection, message_id: int, message: RemoteMessage) -> None:
    """Insert a message's files, or bring the known ones up to date: addresses expire."""
    for file in message.attachments:
        columns = (
            clean_line(file.file_name),
            clean_line(file.content_type),
            file.size,
            file.url,
            int(file.malware),
        )
        updated = conn.execute(
            "UPDATE attachment SET file_name = ?, content_type = ?, size = ?, url = ?, malware = ?"
            " WHERE message_id = ? AND remote_id = ?",
            (*columns, message_id, file.remote_id),
        )
        if not updated.rowcount:
            conn.execute(
                "INSERT INTO attachment (message_id, remote_id, file_name, content_type, size, url, malware)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (message_id, file.remote_id, *columns),
            )
