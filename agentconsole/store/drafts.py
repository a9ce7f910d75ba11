"""Drafts and their versions, within the caller's transaction. No text is overwritten without a version."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from agentconsole.domain.changes import Change, NewTicket, OutgoingMessage
from agentconsole.domain.draft_fields import kept_of
from agentconsole.domain.tickets import FieldValue
from agentconsole.domain.times import SECOND
from agentconsole.domain.views import Draft
from agentconsole.store import codec
from agentconsole.store.read_changes import DRAFT, draft_of

AUTOSAVE_SPAN: Final = 30 * SECOND
"""While typing goes on, a version at most this often."""
AUTOSAVES_KEPT: Final = 100
"""Versions made by typing alone, a draft; versions made for another reason are all kept."""

_INSERT: Final = (
    "INSERT INTO draft (ticket_id, public, body, last_seen_message, macro, changes, attachments, created_at,"
    " updated_at, ended_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def live(conn: sqlite3.Connection, ticket_id: int, public: bool) -> Draft | None:
    """Return the live draft of a ticket and mode, empty or not."""
    row = conn.execute(
        f"{DRAFT} WHERE ticket_id = ? AND public = ? AND ended_at IS NULL", (ticket_id, int(public))
    ).fetchone()
    return None if row is None else draft_of(row)


def by_id(conn: sqlite3.Connection, draft_id: int) -> tuple[Draft, int | None] | None:
    """Return a draft and when it ended."""
    row = conn.execute(f"{DRAFT} WHERE id = ?", (draft_id,)).fetchone()
    if row is None:
        return None
    ended = conn.execute("SELECT ended_at FROM draft WHERE id = ?", (draft_id,)).fetchone()[0]
    return draft_of(row), ended


def save(
    conn: sqlite3.Connection,
    ticket_id: int,
    public: bool,
    text: str,
    last_seen: str | None,
    *,
    macro: str | None,
    changes: Sequence[tuple[str, FieldValue]],
    attachments: Sequence[str],
    at: int,
) -> int:
    """Make `text` the live draft; what it replaces is kept as a version when it would be missed."""
    packed = (text, last_seen, macro, codec.dump(list(changes)), codec.dump(list(attachments)))
    old = live(conn, ticket_id, public)
    if old is None:
        body, seen, name, fields, files = packed
        made = conn.execute(_INSERT, (ticket_id, int(public), body, seen, name, fields, files, at, at, None))
        return int(made.lastrowid or 0)
    if old.text != text:
        if _replaces(old.text, text):
            keep_version(conn, old.id, old.text, old.public, at=at, reason="replaced")
        elif _due(conn, old.id, at):
            keep_version(conn, old.id, old.text, old.public, at=at, reason="autosave")
    conn.execute(
        "UPDATE draft SET body = ?, last_seen_message = ?, macro = ?, changes = ?, attachments = ?,"
        " updated_at = ? WHERE id = ?",
        (*packed, at, old.id),
    )
    return old.id


def end(conn: sqlite3.Connection, draft_id: int, *, reason: str, at: int) -> bool:
    """End a live draft, its text kept as a version; False when it was not live."""
    found = by_id(conn, draft_id)
    if found is None or found[1] is not None:
        return False
    draft = found[0]
    keep_version(conn, draft_id, draft.text, draft.public, at=at, reason=reason)
    conn.execute("UPDATE draft SET ended_at = ? WHERE id = ?", (at, draft_id))
    return True


def ended_with(conn: sqlite3.Connection, change: Change, *, at: int) -> int | None:
    """End the draft a Change was written in, or make an ended one for a text that came from nowhere.

    Returns:
        The id of the draft that keeps the Change's text; None without a text.
    """
    if change.message is None:
        return None
    message = change.message
    found = None if change.draft_id is None else by_id(conn, change.draft_id)
    if found is None:
        draft_id = _insert(conn, change, message, fields="[]", at=at, ended_at=at)
    else:
        draft_id = found[0].id
        if found[0].text != message.text:
            keep_version(conn, draft_id, found[0].text, found[0].public, at=at, reason="autosave")
        conn.execute("UPDATE draft SET ended_at = ? WHERE id = ? AND ended_at IS NULL", (at, draft_id))
    keep_version(conn, draft_id, message.text, message.public, at=at, reason="sent")
    return draft_id


def _insert(
    conn: sqlite3.Connection,
    change: Change,
    message: OutgoingMessage,
    *,
    fields: str,
    at: int,
    ended_at: int | None,
) -> int:
    """Make a draft of a Change's text."""
    named = (change.ticket_id, int(message.public), message.text, change.last_seen_message, change.macro)
    made = conn.execute(_INSERT, (*named, fields, codec.dump(_sources(message)), at, at, ended_at))
    return int(made.lastrowid or 0)


def _sources(message: OutgoingMessage) -> list[str]:
    """List the paths of a message's files, as a draft has them."""
    return [file.source for file in message.attachments if file.source]


def reopen(conn: sqlite3.Connection, change: Change, *, reason: str, at: int) -> int:
    """Make the text of a Change the live draft again.

    Where another draft of that ticket and mode has been begun meanwhile, its text follows after a blank line,
    and is kept as a version of its own.
    """
    message = change.message
    if message is None:
        raise ValueError(f"Change {change.uuid} has no text.")
    other = live(conn, change.ticket_id, message.public)
    found = None if change.draft_id is None else by_id(conn, change.draft_id)
    fields = codec.dump([*kept_of(change), *_kept_back(change, None if found is None else found[0])])
    if other is not None:
        text = message.text
        if other.text.strip() and other.text != message.text:
            keep_version(conn, other.id, other.text, other.public, at=at, reason="joined")
            text = f"{message.text.rstrip()}\n\n{other.text}"
        keep_version(conn, other.id, message.text, message.public, at=at, reason=reason)
        files = codec.dump(list(dict.fromkeys((*_sources(message), *other.attachments))))
        conn.execute(
            "UPDATE draft SET body = ?, updated_at = ?, attachments = ?,"
            " changes = CASE WHEN changes = '[]' THEN ? ELSE changes END WHERE id = ?",
            (text, at, files, fields, other.id),
        )
        return other.id
    if found is None:
        draft_id = _insert(conn, change, message, fields=fields, at=at, ended_at=None)
    else:
        draft_id = found[0].id
        conn.execute(
            "UPDATE draft SET public = ?, body = ?, changes = ?, updated_at = ?, ended_at = NULL"
            " WHERE id = ?",
            (int(message.public), message.text, fields, at, draft_id),
        )
    keep_version(conn, draft_id, message.text, message.public, at=at, reason=reason)
    return draft_id


def _kept_back(change: Change, draft: Draft | None) -> list[tuple[str, FieldValue]]:
    """List what the draft of a new ticket held that was not sent, as the ticket's form has no such field."""
    if draft is None or not isinstance(change.action, NewTicket):
        return []
    sent = {name for name, _ in kept_of(change)}
    return [(name, value) for name, value in draft.changes if name.startswith("custom:") and name not in sent]


def keep_version(
    conn: sqlite3.Connection, draft_id: int, text: str, public: bool, *, at: int, reason: str
) -> None:
    """Keep a state of a draft; an empty text, and one just kept for the same reason, need no version."""
    if not text.strip():
        return
    last = conn.execute(
        "SELECT body, reason FROM draft_version WHERE draft_id = ? ORDER BY id DESC LIMIT 1", (draft_id,)
    ).fetchone()
    if last == (text, reason):
        return
    conn.execute(
        "INSERT INTO draft_version (draft_id, body, public, saved_at, reason) VALUES (?, ?, ?, ?, ?)",
        (draft_id, text, int(public), at, reason),
    )
    if reason == "autosave":
        conn.execute(
            "DELETE FROM draft_version WHERE draft_id = ? AND reason = 'autosave' AND id NOT IN"
            " (SELECT id FROM draft_version WHERE draft_id = ? AND reason = 'autosave'"
            " ORDER BY id DESC LIMIT ?)",
            (draft_id, draft_id, AUTOSAVES_KEPT),
        )


def _replaces(old: str, new: str) -> bool:
    """Tell whether most of a text would be gone, as when another program saves over it."""
    if len(old) < 20:
        return False
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    return head + tail < len(old) // 2


def _common(one: str, other: str) -> int:
    """Count the characters that two texts begin with alike."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one[:middle] == other[:middle]:
            least = middle
        else:
            most = middle - 1
    return least


def _due(conn: sqlite3.Connection, draft_id: int, at: int) -> bool:
    row = conn.execute("SELECT max(saved_at) FROM draft_version WHERE draft_id = ?", (draft_id,)).fetchone()
    last = row[0]
    if last is None:
        last = conn.execute("SELECT created_at FROM draft WHERE id = ?", (draft_id,)).fetchone()[0]
    return bool(at - last >= AUTOSAVE_SPAN)
