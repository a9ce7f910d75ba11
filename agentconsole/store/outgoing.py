"""Moves of Changes and steps between states, within the transaction of console or worker.

Every move is compare-and-set: it names the states it may start from, and tells whether it won.
"""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from agentconsole.domain.changes import Change, FieldEdit
from agentconsole.domain.merge import SET_FIELDS, merge_edits
from agentconsole.domain.tickets import FieldValue
from agentconsole.store import codec, drafts, feed
from agentconsole.store.effective import OPEN_SQL, recompute
from agentconsole.store.read_changes import CHANGE, STEP, change_of, step_of

NOT_BEGUN: Final = ("held", "queued")


def read_change(conn: sqlite3.Connection, uuid: str) -> Change | None:
    """Return a Change as it stands within the transaction."""
    row = conn.execute(f"{CHANGE} WHERE c.uuid = ?", (uuid,)).fetchone()
    if row is None:
        return None
    steps = conn.execute(f"{STEP} WHERE change = ? ORDER BY position", (uuid,)).fetchall()
    return change_of(row, [step_of(step) for step in steps])


def move_step(
    conn: sqlite3.Connection, step_id: int, came_from: Collection[str], to: str, **columns: object
) -> bool:
    """Move a step from one of some states to another, and set columns; False when it was in none of them."""
    names = "".join(f", {name} = ?" for name in columns)
    moved = conn.execute(
        f"UPDATE change_step SET state = ?{names} WHERE id = ? AND state IN ({_marks(came_from)})",
        [to, *columns.values(), step_id, *came_from],
    )
    return moved.rowcount == 1


def move_change(
    conn: sqlite3.Connection, uuid: str, came_from: Collection[str], to: str, **columns: object
) -> bool:
    """Move a Change from one of some states to another, and set columns; False when it was in none."""
    names = "".join(f", {name} = ?" for name in columns)
    moved = conn.execute(
        f"UPDATE change SET state = ?{names} WHERE uuid = ? AND state IN ({_marks(came_from)})",
        [to, *columns.values(), uuid, *came_from],
    )
    return moved.rowcount == 1


def set_columns(conn: sqlite3.Connection, uuid: str, **columns: object) -> None:
    """Set columns of a Change, whatever its state."""
    names = ", ".join(f"{name} = ?" for name in columns)
    conn.execute(f"UPDATE change SET {names} WHERE uuid = ?", [*columns.values(), uuid])


def touched(conn: sqlite3.Connection, ticket_ids: Collection[int], *, at: int) -> None:
    """Bring the tickets' effective values up to date and tell the console."""
    recompute(conn, ticket_ids, at=at)
    feed.mark(conn, ticket_ids, kinds=("outbox",))


def take_out(conn: sqlite3.Connection, change: Change) -> None:
    """Base later Changes of the ticket on what this one was based on: it will not reach the helpdesk."""
    was = {edit.field: (edit.value, edit.base) for edit in change.edits if edit.field not in SET_FIELDS}
    for later in _later(conn, change):
        edits = _rebased(later.edits, was)
        if edits != later.edits:
            set_columns(conn, later.uuid, edits=codec.dump_edits(edits))


def put_in(
    conn: sqlite3.Connection,
    change: Change,
    server: dict[str, FieldValue],
    version: str,
    *,
    made_of: Mapping[str, FieldValue] | None = None,
) -> None:
    """Base later Changes of the ticket on the server's values after this one has arrived.

    A later Change that somebody else's write contradicts keeps its old version, so that the helpdesk refuses
    it and the agent is asked.

    Args:
        conn: Inside a transaction.
        change: The Change that has arrived.
        server: The server's values now.
        version: The server's version now.
        made_of: Where it made the ticket: the values that the ticket was shown with until then.
    """
    was = {
        edit.field: (edit.value, server.get(edit.field))
        for edit in change.edits
        if edit.field not in SET_FIELDS
    }
    was |= {
        name: (value, server.get(name)) for name, value in (made_of or {}).items() if name not in SET_FIELDS
    }
    for later in _later(conn, change):
        edits = _rebased(later.edits, was)
        if not merge_edits(edits, server).conflicts:
            set_columns(conn, later.uuid, edits=codec.dump_edits(edits), base_version=version)


def _later(conn: sqlite3.Connection, change: Change) -> list[Change]:
    rows = conn.execute(
        f"{CHANGE} WHERE c.ticket_id = ? AND c.state IN {OPEN_SQL}"
        " AND c.sequence > (SELECT sequence FROM change WHERE uuid = ?) ORDER BY c.sequence",
        (change.ticket_id, change.uuid),
    ).fetchall()
    return [change_of(row, ()) for row in rows]


def _rebased(
    edits: Sequence[FieldEdit], was: dict[str, tuple[FieldValue, FieldValue]]
) -> tuple[FieldEdit, ...]:
    """Give edits a new base where theirs is the value that another Change had set."""
    fresh: list[FieldEdit] = []
    for edit in edits:
        if edit.field in was and was[edit.field][0] == edit.base:
            edit = replace(edit, base=was[edit.field][1])
        fresh.append(edit)
    return tuple(fresh)


def text_again(conn: sqlite3.Connection, change: Change, *, reason: str, at: int) -> int | None:
    """Make a Change's text the live draft of its ticket again, unless it has arrived.

    Returns:
        The draft's id; None for no text.
    """
    if change.message is None or change.message_sent:
        return None
    draft_id = drafts.reopen(conn, change, reason=reason, at=at)
    # It may be another than the one it was sent from, and the copies of its files are found by it.
    set_columns(conn, change.uuid, draft_id=draft_id)
    return draft_id


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)
