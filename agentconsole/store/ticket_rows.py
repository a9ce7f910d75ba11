"""Puts tickets as the helpdesk has them into the tables, within the caller's transaction."""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from agentconsole.domain.tickets import RemoteTicket
from agentconsole.store import codec
from agentconsole.store.dirty_list import mark_dirty
from agentconsole.store.effective import (
    due_of,
    recompute,
    replace_tags,
    tag_lines,
    text_or_none,
)
from agentconsole.store.ranks import PRIORITY_RANK, SOLVED, STATUS_RANK
from agentconsole.store.wanted_threads import ask_for_thread
from agentconsole.text.cleaning import clean_line

COLUMNS: Final = (
    "account_id, remote_id, hidden, unread, created_at, updated_at, requester, organisation, channel,"
    " satisfaction, deleted, spam, status, priority, due_at, sla_paused, solved_at, assignee,"
    " assigned_group, status_key, priority_key, subject, tags_text"
)
"""Columns of `ticket` that ingest fills: the key, then what no Change alters, then what one may."""
SERVER_COLUMNS: Final = "ticket_id, stamp, version, status, priority, field_values, slas, ccs"
_PLAIN: Final = slice(4, 12)
_EFFECTIVE: Final = slice(12, 23)
_STATUS, _DUE_AT, _SOLVED_AT, _SUBJECT, _TAGS = 12, 14, 16, 21, 22

_INSERT: Final = f"INSERT INTO ticket ({COLUMNS}) VALUES ({', '.join('?' * 23)})"
_INSERT_SERVER: Final = f"INSERT INTO ticket_server ({SERVER_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_UPDATE_PLAIN: Final = (
    "UPDATE ticket SET hidden = ?, unread = ?, created_at = ?, updated_at = ?,"
    " requester = ?, organisation = ?, channel = ?, satisfaction = ?, deleted = ?, spam = ? WHERE id = ?"
)
_UPDATE_EFFECTIVE: Final = (
    "UPDATE ticket SET status = ?, priority = ?, due_at = ?, sla_paused = ?, solved_at = ?, assignee = ?,"
    " assigned_group = ?, status_key = ?, priority_key = ?, subject = ?, tags_text = ? WHERE id = ?"
)
_UPDATE_SERVER: Final = (
    "UPDATE ticket_server SET stamp = ?, version = ?, status = ?, priority = ?, field_values = ?, slas = ?,"
    " ccs = ? WHERE ticket_id = ?"
)


class TicketRow(NamedTuple):
    """A ticket made ready outside the transaction: cleaned, ranked, packed."""

    ticket: RemoteTicket
    columns: tuple[Any, ...]
    """For `ticket`, as COLUMNS."""
    server: tuple[Any, ...]
    """For `ticket_server`, as SERVER_COLUMNS without the key."""


@dataclass(slots=True)
class Stored:
    """What putting tickets in did."""

    changed: list[int]
    """Local ids of tickets that are new or have other values."""
    added: dict[str, int]
    """Remote id to local id of the new ones."""


def _line(text: str) -> str:
    """Clean a line; most are clean, which is quick to see."""
    if text.isascii() and text.isprintable() and "  " not in text and text == text.strip():
        return text
    return clean_line(text)


def ready(ticket: RemoteTicket, account_id: int) -> TicketRow:
    """Clean and pack a ticket; the slow part, done before the transaction."""
    fields = ticket.fields
    get = fields.get
    status = STATUS_RANK[ticket.status]
    priority = 0 if ticket.priority is None else PRIORITY_RANK[ticket.priority]
    due_at, paused = due_of(ticket.slas, status) if ticket.slas else (None, 0)
    tags = get("tags")
    columns = (
        account_id,
        ticket.remote_id,
        1 if ticket.deleted or ticket.spam else 0,
        # Of what is new, an agent has to see what nobody has answered yet.
        1 if status < 2 else 0,
        ticket.created_at,
        ticket.updated_at,
        ticket.requester,
        ticket.organisation,
        ticket.channel,
        ticket.satisfaction,
        1 if ticket.deleted else 0,
        1 if ticket.spam else 0,
        status,
        priority,
        due_at,
        paused,
        ticket.updated_at if status >= SOLVED else None,
        text_or_none(get("assignee")),
        text_or_none(get("group")),
        text_or_none(get("status")) or "",
        text_or_none(get("priority")),
        _line(str(get("subject") or "")),
        tag_lines(tags) if tags else "",
    )
    server = (
        ticket.stamp,
        ticket.version,
        status,
        priority,
        codec.dump_values(fields),
        codec.dump_slas(ticket.slas) if ticket.slas else "[]",
        codec.dump(ticket.ccs) if ticket.ccs else "[]",
    )
    return TicketRow(ticket, columns, server)


def newest_of(tickets: Iterable[RemoteTicket]) -> list[RemoteTicket]:
    """Keep one of each ticket that a page has several times: the newest, the later one of equals."""
    newest: dict[str, RemoteTicket] = {}
    for ticket in tickets:
        known = newest.get(ticket.remote_id)
        if known is None or ticket.stamp >= known.stamp:
            newest[ticket.remote_id] = ticket
    return list(newest.values())


def put_rows(
    conn: sqlite3.Connection,
    account_id: int,
    rows: Sequence[TicketRow],
    *,
    at: int,
    own: bool = False,
    all_new: bool = False,
    began: int | None = None,
) -> Stored:
    """Insert or update tickets; an older stamp never replaces a newer.

    Stamps are whole seconds, so that a row with the same one may have been read before an own Change of the
    same second arrived: it is not stored, and the ticket is asked for again.

    Args:
        conn: Inside a transaction.
        account_id: Local id of the account.
        rows: From `ready`, each remote id once.
        at: The present instant.
        own: The change is the agent's own, so that it does not make the ticket unread.
        all_new: Insert without looking for what is known, which saves a look-up each.
        began: When the reading of the rows began; None where nothing can have been written since.

    Raises:
        sqlite3.IntegrityError: With `all_new`, one of them is known; the transaction must be undone.
    """
    known = {} if all_new else _known(conn, account_id, [row.ticket.remote_id for row in rows])
    fresh = [row for row in rows if row.ticket.remote_id not in known] if known else rows
    stored = Stored([], {})
    if fresh:
        _insert(conn, fresh, stored)
    if known:
        changes = [row for row in rows if row.ticket.remote_id in known]
        _update(conn, changes, known, stored, at=at, own=own, began=began)
    merged = [
        (account_id, row.ticket.remote_id, row.ticket.merged_into) for row in rows if row.ticket.merged_into
    ]
    if merged:
        conn.executemany(
            "INSERT INTO ticket_alias (account_id, remote_id, target) VALUES (?, ?, ?)"
            " ON CONFLICT (account_id, remote_id) DO UPDATE SET target = excluded.target",
            merged,
        )
    return stored


def _known(
    conn: sqlite3.Connection, account_id: int, remote_ids: Sequence[str]
) -> dict[str, tuple[Any, ...]]:
    marks = ", ".join("?" * len(remote_ids))
    rows = conn.execute(
        "SELECT t.remote_id, t.id, t.updated_at, t.solved_at, t.unread, t.waiting,"
        " t.subject, t.tags_text,"
        " s.stamp, s.version, s.status, s.priority, s.field_values, s.slas, s.ccs, t.hidden"
        " FROM ticket t JOIN ticket_server s ON s.ticket_id = t.id"
        f" WHERE t.account_id = ? AND t.remote_id IN ({marks})",
        [account_id, *remote_ids],
    )
    return {row[0]: row[1:] for row in rows}


def _insert(conn: sqlite3.Connection, rows: Sequence[TicketRow], stored: Stored) -> None:
    # The transaction is the only writer, and SQLite gives a new row the largest key plus one.
    first = (conn.execute("SELECT max(id) FROM ticket").fetchone()[0] or 0) + 1
    conn.executemany(_INSERT, [row.columns for row in rows])
    conn.executemany(_INSERT_SERVER, [(key, *row.server) for key, row in enumerate(rows, first)])
    conn.executemany(
        "INSERT OR IGNORE INTO ticket_tag (tag, ticket_id) VALUES (?, ?)",
        # In the order of the key, which finds each tag's place once.
        sorted(
            (tag, key)
            for key, row in enumerate(rows, first)
            if row.columns[_TAGS]
            for tag in row.columns[_TAGS].split("\n")
        ),
    )
    conn.execute(
        "INSERT OR IGNORE INTO dirty (kind, id, mark) SELECT 'ticket', id, 1 FROM ticket WHERE id >= ?",
        (first,),
    )
    stored.added.update(
        zip([row.ticket.remote_id for row in rows], range(first, first + len(rows)), strict=True)
    )
    stored.changed.extend(range(first, first + len(rows)))


def _asked_again(conn: sqlite3.Connection, ticket_id: int, began: int) -> bool:
    """Ask for a ticket again that an own Change has altered after the reading of its row began."""
    arrived = conn.execute(
        "SELECT max(settled_at) FROM change WHERE ticket_id = ? AND state = 'sent' AND settled_at > ?",
        (ticket_id, began),
    ).fetchone()[0]
    if arrived is None:
        return False
    ask_for_thread(conn, ticket_id, int(arrived))
    return True


def _update(
    conn: sqlite3.Connection,
    rows: Sequence[TicketRow],
    known: dict[str, tuple[Any, ...]],
    stored: Stored,
    *,
    at: int,
    own: bool,
    began: int | None,
) -> None:
    replayed: list[int] = []
    for row in rows:
        ticket, columns = row.ticket, list(row.columns)
        key, updated_at, solved_at, unread, waiting, subject, tags, *old = known[ticket.remote_id]
        if ticket.stamp < old[0]:
            continue
        server = list(row.server)
        status = columns[_STATUS]
        if not ticket.slas_known:
            server[5] = old[5]
            columns[_DUE_AT : _DUE_AT + 2] = due_of(codec.load_slas(old[5]), status)
        # Feeds repeat rows, and one that says nothing new must not repaint anything.
        if [*server, columns[2]] == old:
            continue
        if ticket.stamp == old[0] and began is not None and _asked_again(conn, key, began):
            continue
        if ticket.updated_at > updated_at and not own and status < SOLVED:
            unread = 1
        conn.execute(_UPDATE_SERVER, (*server, key))
        conn.execute(_UPDATE_PLAIN, (columns[2], unread, *columns[_PLAIN], key))
        stored.changed.append(key)
        if waiting is not None:
            replayed.append(key)
            continue
        if status >= SOLVED:
            columns[_SOLVED_AT] = solved_at or ticket.updated_at
        conn.execute(_UPDATE_EFFECTIVE, (*columns[_EFFECTIVE], key))
        if columns[_TAGS] != tags:
            replace_tags(conn, [(key, tags, columns[_TAGS])])
        if columns[_SUBJECT] != subject:
            mark_dirty(conn, "ticket", [(key, subject)])
    recompute(conn, replayed, at=at)
