"""Effective values: the server's with open Changes replayed, kept in the indexed columns of `ticket`."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from agentconsole.domain.changes import OPEN_STATES, REPLAYED_STATES, FieldEdit
from agentconsole.domain.merge import replay_edits
from agentconsole.domain.tickets import FieldValue, SlaClock
from agentconsole.store import codec
from agentconsole.store.dirty_list import mark_dirty
from agentconsole.store.ranks import PRIORITY_RANK, SOLVED, STATUS_RANK
from agentconsole.text.cleaning import clean_line

PRESSING: Final = ("rejected", "conflict", "unknown", "sending", "queued", "held")
"""Open states, the one that most needs an agent's eye first."""

OPEN_SQL: Final = "(" + ", ".join(f"'{state}'" for state in sorted(OPEN_STATES)) + ")"
UNSETTLED: Final = "state NOT IN ('sent', 'undone', 'dropped')"
"""The condition of the index on open Changes, word for word: only a statement that repeats it can use it."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The normalised words behind an account's own status and priority keys."""

    statuses: dict[str, int]
    priorities: dict[str, int]


def choices_of(conn: sqlite3.Connection, account_id: int) -> Choices:
    """Read how an account's own keys map to ranks; the normalised words themselves always do."""
    found = Choices(dict(STATUS_RANK), dict(PRIORITY_RANK))
    rows = conn.execute(
        "SELECT name, options FROM field WHERE account_id = ? AND name IN ('status', 'priority')",
        (account_id,),
    )
    for name, options in rows:
        ranks, known = (
            (found.statuses, STATUS_RANK) if name == "status" else (found.priorities, PRIORITY_RANK)
        )
        for option in codec.load_options(options):
            if option.normalised in known:
                ranks[option.key] = known[option.normalised]
    return found


_clean_tag = lru_cache(maxsize=4096)(clean_line)


def text_or_none(value: FieldValue) -> str | None:
    """Turn a key into text; an empty one is none."""
    return None if value is None or value == "" or value == () else str(value)


def due_of(slas: Iterable[SlaClock], status: int) -> tuple[int | None, int]:
    """Return the next deadline and whether all clocks stand still; a solved ticket has none."""
    if status >= SOLVED:
        return None, 0
    due: int | None = None
    paused = 0
    for clock in slas:
        if clock.stage == "active" and clock.due_at is not None:
            due = clock.due_at if due is None else min(due, clock.due_at)
        elif clock.stage == "paused":
            paused = 1
    return due, 0 if due is not None else paused


@lru_cache(maxsize=4096)
def tag_lines(tags: FieldValue) -> str:
    """Clean a ticket's tags and set them one a line, sorted."""
    if not isinstance(tags, tuple):
        return ""
    return "\n".join(sorted({_clean_tag(str(tag)) for tag in tags} - {""}))


def recompute(conn: sqlite3.Connection, ticket_ids: Collection[int], *, at: int) -> None:
    """Bring the effective values of tickets up to date, within the caller's transaction.

    Args:
        conn: Inside a transaction.
        ticket_ids: Local ids.
        at: The present instant: when a ticket becomes solved by a Change.
    """
    choices: dict[int, Choices] = {}
    for ticket_id in ticket_ids:
        row = conn.execute(
            "SELECT t.account_id, t.subject, t.tags_text, t.solved_at, t.remote_id, t.hidden,"
            " s.status, s.priority, s.field_values, s.slas"
            " FROM ticket t JOIN ticket_server s ON s.ticket_id = t.id WHERE t.id = ?",
            (ticket_id,),
        ).fetchone()
        if row is None:
            continue
        account_id, old_subject, old_tags, solved_at, remote_id, hidden, *told = row
        server_status, server_priority, stored, slas = told
        server = codec.load_values(stored)
        edits, waiting = open_edits(conn, ticket_id)
        values = replay_edits(server, edits)
        if account_id not in choices:
            choices[account_id] = choices_of(conn, account_id)
        status_key, priority_key = values.get("status"), values.get("priority")
        status, priority = server_status, server_priority
        if status_key != server.get("status"):
            status = choices[account_id].statuses.get(str(status_key), server_status)
        if priority_key != server.get("priority"):
            priority = choices[account_id].priorities.get(str(priority_key), 0)
        due_at, paused = due_of(codec.load_slas(slas), status)
        subject = clean_line(str(values.get("subject") or ""))
        tags = tag_lines(values.get("tags"))
        solved_at = (solved_at or at) if status >= SOLVED else None
        if remote_id is None:
            # An unsent ticket is there while something of it waits to go out; else it is a mere draft.
            hidden = 0 if waiting is not None else 1
        conn.execute(
            "UPDATE ticket SET status = ?, priority = ?, due_at = ?, sla_paused = ?, waiting = ?,"
            " solved_at = ?, assignee = ?, assigned_group = ?, status_key = ?, priority_key = ?,"
            " subject = ?, tags_text = ?, hidden = ?"
            " WHERE id = ?",
            (
                status,
                priority,
                due_at,
                paused,
                waiting,
                solved_at,
                text_or_none(values.get("assignee")),
                text_or_none(values.get("group")),
                text_or_none(status_key) or "",
                text_or_none(priority_key),
                subject,
                tags,
                hidden,
                ticket_id,
            ),
        )
        if tags != old_tags:
            replace_tags(conn, [(ticket_id, old_tags, tags)])
        if subject != old_subject:
            mark_dirty(conn, "ticket", [(ticket_id, old_subject)])


def open_edits(conn: sqlite3.Connection, ticket_id: int) -> tuple[list[FieldEdit], str | None]:
    """Return the edits to replay over a ticket, in order, and its most pressing open state."""
    edits: list[FieldEdit] = []
    states: set[str] = set()
    rows = conn.execute(
        f"SELECT state, edits FROM change WHERE ticket_id = ? AND state IN {OPEN_SQL} ORDER BY sequence",  # noqa: S608
        (ticket_id,),
    )
    for state, stored in rows:
        states.add(state)
        if state in REPLAYED_STATES:
            edits.extend(codec.load_edits(stored))
    return edits, next((state for state in PRESSING if state in states), None)


def replace_tags(conn: sqlite3.Connection, changed: Iterable[tuple[int, str, str]]) -> None:
    """Bring the tag table from the old tags (one a line) to the new, for each (ticket, old, new)."""
    gone: list[tuple[str, int]] = []
    come: list[tuple[str, int]] = []
    for ticket_id, old, new in changed:
        before, after = set(old.split("\n")) - {""}, set(new.split("\n")) - {""}
        gone.extend((tag, ticket_id) for tag in before - after)
        come.extend((tag, ticket_id) for tag in after - before)
    conn.executemany("DELETE FROM ticket_tag WHERE tag = ? AND ticket_id = ?", gone)
    conn.executemany("INSERT OR IGNORE INTO ticket_tag (tag, ticket_id) VALUES (?, ?)", come)
