"""Puts tickets as the helpdesk has them into the tables, within the caller's transaction."""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from agentconsole.domain.tickets import RemoteTicket
from agentconsole.store import codec
from agentconsole.store.effective import (
    PRIORITY_RANK,
    SOLVED,
    STATUS_RANK,
    due_of,
    mark_dirty,
    recompute,
    replace_tags,
    text_or_none,
)
from agentconsole.text.cleaning import clean_line

_TICKET: Final = (
    "id, account_id, remote_id, status, priority, hidden, due_at, sla_paused, unread, created_at,"
    " updated_at, solved_at, assignee, assigned_group, requester, organisation, channel, status_key,"
    " priority_key, subject, tags_text, satisfaction, deleted, spam"
)
_INSERT: Final = f"INSERT INTO ticket ({_TICKET}) VALUES ({', '.join('?' * 24)})"
_INSERT_SERVER: Final = (
    "INSERT INTO ticket_server (ticket_id, stamp, version, status, priority, field_values, slas, ccs)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_UPDATE: Final = (
    "UPDATE ticket SET status = ?, priority = ?, due_at = ?, sla_paused = ?, solved_at = ?, assignee = ?,"
    " assigned_group = ?, status_key = ?, priority_key = ?, subject = ?, tags_text = ? WHERE id = ?"
)
_UPDATE_PLAIN: Final = (
    "UPDATE ticket SET hidden = ?, unread = ?, snoozed_until = ?, created_at = ?, updated_at = ?,"
    " requester = ?, organisation = ?, channel = ?, satisfaction = ?, deleted = ?, spam = ? WHERE id = ?"
)
_UPDATE_SERVER: Final = (
    "UPDATE ticket_server SET stamp = ?, version = ?, status = ?, priority = ?, field_values = ?, slas = ?,"
    " ccs = ? WHERE ticket_id = ?"
)


class TicketRow(NamedTuple):
    """A ticket made ready outside the transaction: cleaned, ranked, packed."""

    ticket: RemoteTicket
    status: int
    priority: int
    due_at: int | None
    sla_paused: int
    assignee: str | None
    group: str | None
    status_key: str
    priority_key: str | None
    subject: str
    tags: str
    packed: str
    slas: str
    ccs: str


@dataclass(slots=True)
class Stored:
    """What putting tickets in did."""

    changed: list[int]
    """Local ids of tickets that are new or have other values."""
    added: dict[str, int]
    """Remote id to local id of the new ones."""


_clean_tag = lru_cache(maxsize=4096)(clean_line)


def ready(ticket: RemoteTicket) -> TicketRow:
    """Clean and pack a ticket; the slow part, done before the transaction."""
    fields = ticket.fields
    status = STATUS_RANK[ticket.status]
    priority = 0 if ticket.priority is None else PRIORITY_RANK[ticket.priority]
    if ticket.slas:
        due_at, paused = due_of(ticket.slas, status)
    else:
        due_at, paused = None, 0
    get = fields.get
    tags = get("tags")
    lines = sorted({_clean_tag(tag) for tag in tags} - {""}) if tags and isinstance(tags, tuple) else ()
    return TicketRow(
        ticket,
        status,
        priority,
        due_at,
        paused,
        text_or_none(get("assignee")),
        text_or_none(get("group")),
        text_or_none(get("status")) or "",
        text_or_none(get("priority")),
        clean_line(str(get("subject") or "")),
        "\n".join(lines),
        codec.dump_values(fields),
        codec.dump_slas(ticket.slas),
        codec.dump(ticket.ccs) if ticket.ccs else "[]",
    )


def newest_of(tickets: Iterable[RemoteTicket]) -> list[RemoteTicket]:
    """Keep one of each ticket that a page has several times: the newest, the later one of equals."""
    newest: dict[str, RemoteTicket] = {}
    for ticket in tickets:
        known = newest.get(ticket.remote_id)
        if known is None or ticket.stamp >= known.stamp:
            newest[ticket.remote_id] = ticket
    return list(newest.values())


def put_rows(
    conn: sqlite3.Connection, account_id: int, rows: Sequence[TicketRow], *, at: int, own: bool = False
) -> Stored:
    """Insert or update tickets; an older stamp never replaces a newer.

    Args:
        conn: Inside a transaction.
        account_id: Local id of the account.
        rows: From `ready`, each remote id once.
        at: The present instant.
        own: The change is the agent's own, so that it does not make the ticket unread.
    """
    known = _known(conn, account_id, [row.ticket.remote_id for row in rows])
    fresh = [row for row in rows if row.ticket.remote_id not in known] if known else rows
    stored = Stored([], {})
    if fresh:
        _insert(conn, account_id, fresh, stored)
    if known:
        changes = [row for row in rows if row.ticket.remote_id in known]
        _update(conn, changes, known, stored, at=at, own=own)
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
        "SELECT t.remote_id, t.id, s.stamp, t.updated_at, t.solved_at, t.unread, t.waiting, t.snoozed_until,"
        " t.subject, t.tags_text, s.slas, s.version, s.field_values, s.ccs, t.hidden, t.status FROM ticket t"
        f" JOIN ticket_server s ON s.ticket_id = t.id WHERE t.account_id = ? AND t.remote_id IN ({marks})",
        [account_id, *remote_ids],
    )
    return {row[0]: row[1:] for row in rows}


def _insert(conn: sqlite3.Connection, account_id: int, rows: Sequence[TicketRow], stored: Stored) -> None:
    # The transaction is the only writer, so the next keys are known without asking for each.
    last = conn.execute("SELECT max(id) FROM ticket").fetchone()[0] or 0
    tickets: list[tuple[Any, ...]] = []
    servers: list[tuple[Any, ...]] = []
    tags: list[tuple[str, int]] = []
    for key, row in enumerate(rows, last + 1):
        ticket = row.ticket
        tickets.append(
            (
                key,
                account_id,
                ticket.remote_id,
                row.status,
                row.priority,
                1 if ticket.deleted or ticket.spam else 0,
                row.due_at,
                row.sla_paused,
                1 if row.status < 2 else 0,
                ticket.created_at,
                ticket.updated_at,
                ticket.updated_at if row.status >= SOLVED else None,
                row.assignee,
                row.group,
                ticket.requester,
                ticket.organisation,
                ticket.channel,
                row.status_key,
                row.priority_key,
                row.subject,
                row.tags,
                ticket.satisfaction,
                1 if ticket.deleted else 0,
                1 if ticket.spam else 0,
            )
        )
        servers.append(
            (key, ticket.stamp, ticket.version, row.status, row.priority, row.packed, row.slas, row.ccs)
        )
        if row.tags:
            tags.extend([(tag, key) for tag in row.tags.split("\n")])
        stored.added[ticket.remote_id] = key
    conn.executemany(_INSERT, tickets)
    conn.executemany(_INSERT_SERVER, servers)
    conn.executemany("INSERT OR IGNORE INTO ticket_tag (tag, ticket_id) VALUES (?, ?)", tags)
    conn.executemany(
        "INSERT OR IGNORE INTO dirty (kind, id, mark, old) VALUES ('ticket', ?, 1, NULL)",
        [(key,) for key in stored.added.values()],
    )
    stored.changed.extend(stored.added.values())


def _update(
    conn: sqlite3.Connection,
    rows: Sequence[TicketRow],
    known: dict[str, tuple[Any, ...]],
    stored: Stored,
    *,
    at: int,
    own: bool,
) -> None:
    replayed: list[int] = []
    for row in rows:
        ticket = row.ticket
        key, stamp, updated_at, solved_at, unread, waiting, snoozed, subject, tags = known[ticket.remote_id][
            :9
        ]
        old_slas, old_version, old_packed, old_ccs, old_hidden, old_status = known[ticket.remote_id][9:]
        if ticket.stamp < stamp:
            continue
        hidden = 1 if ticket.deleted or ticket.spam else 0
        slas = row.slas if ticket.slas_known else old_slas
        due_at, paused = row.due_at, row.sla_paused
        if not ticket.slas_known:
            due_at, paused = due_of(codec.load_slas(old_slas), row.status)
        same = (old_version, old_packed, old_slas, old_ccs, old_hidden) == (
            ticket.version,
            row.packed,
            slas,
            row.ccs,
            hidden,
        )
        if same and stamp == ticket.stamp and (waiting is not None or old_status == row.status):
            continue
        if ticket.updated_at > updated_at and not own and row.status < SOLVED:
            unread, snoozed = 1, None
        server = (ticket.stamp, ticket.version, row.status, row.priority, row.packed, slas, row.ccs, key)
        conn.execute(_UPDATE_SERVER, server)
        conn.execute(
            _UPDATE_PLAIN,
            (
                hidden,
                unread,
                snoozed,
                ticket.created_at,
                ticket.updated_at,
                ticket.requester,
                ticket.organisation,
                ticket.channel,
                ticket.satisfaction,
                1 if ticket.deleted else 0,
                1 if ticket.spam else 0,
                key,
            ),
        )
        stored.changed.append(key)
        if waiting is not None:
            replayed.append(key)
            continue
        solved_at = (solved_at or ticket.updated_at) if row.status >= SOLVED else None
        effective = (row.status, row.priority, due_at, paused, solved_at, row.assignee, row.group)
        shown = (row.status_key, row.priority_key, row.subject, row.tags)
        conn.execute(_UPDATE, (*effective, *shown, key))
        if row.tags != tags:
            replace_tags(conn, [(key, tags, row.tags)])
        if row.subject != subject:
            mark_dirty(conn, "ticket", [(key, subject)])
    recompute(conn, replayed, at=at)
