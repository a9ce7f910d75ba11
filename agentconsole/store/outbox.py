"""The outbox as the worker drives it: what may go out; how it went is in `outcomes`.

```
held -> queued -> sending -> sent            held, queued -> undone | dropped
                  sending -> unknown -> sent | queued (certainly absent) | asked of the agent
                  sending -> conflict | rejected -> queued again or dropped, by the agent
```

Each call is one transaction, on the disk when it returns. Within a ticket Changes go out strictly in order:
one that is not settled, whatever its state, keeps the later ones of its own ticket waiting, and no others.
"""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
from typing import Final

from agentconsole.domain.changes import HELD_BACK, Change, Step
from agentconsole.domain.tickets import FieldValue
from agentconsole.domain.times import HOUR, MINUTE, SECOND
from agentconsole.store import answers, outgoing
from agentconsole.store.effective import OPEN_SQL, UNSETTLED
from agentconsole.store.failures import translated_errors
from agentconsole.store.outcomes import Outcomes
from agentconsole.store.reader import Reader

_KEPT: Final = f"(b.state = 'held' AND b.held_until >= {HELD_BACK})"
"""Held back for good: it keeps nothing waiting."""

_TURNED_BACK: Final = MINUTE
"""A Change made this much after the present tells that the clock was set back meanwhile: it waits for no
instant of that other time."""
_LONGEST_WAIT: Final = 2 * HOUR
"""No attempt is put off for longer, so one that is was put off by a clock that has been set back."""
_FIRST: Final = (
    "CASE WHEN c.message IS NULL THEN 2 WHEN json_extract(c.message, '$.public') THEN 0 ELSE 1 END"
)
_WINDOW_OVER: Final = f"{UNSETTLED} AND state = 'held' AND (held_until <= ? OR created_at > ?)"
_SETTLE_SECONDS: Final = 5.0
"""Where the account has not told how long its helpdesk may still be at work."""


class Outbox(Outcomes):
    """The outbox of a profile; one worker drives it."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        """Drive the outbox through `conn`, from `open_store` with role `outbox`."""
        self._conn = conn
        self._reader = Reader(conn)
        with translated_errors():
            # A claim that a power cut forgets would let the request leave twice.
            conn.execute("PRAGMA synchronous = FULL")

    def release_held(self, now: int) -> int:
        """Queue the Changes whose undo window has ended; returns how many."""
        with translated_errors():
            due = self._conn.execute(
                f"SELECT 1 FROM change WHERE {_WINDOW_OVER} LIMIT 1", (now, now + _TURNED_BACK)
            ).fetchone()
        if due is None:
            return 0
        with self._writing() as conn:
            rows = conn.execute(
                f"SELECT uuid, ticket_id FROM change WHERE {_WINDOW_OVER}", (now, now + _TURNED_BACK)
            ).fetchall()
            for uuid, _ in rows:
                outgoing.move_change(conn, uuid, ("held",), "queued")
                conn.execute(
                    "UPDATE change_step SET state = 'queued' WHERE change = ? AND state = 'held'", (uuid,)
                )
            outgoing.touched(conn, {ticket for _, ticket in rows}, at=now)
        return len(rows)

    def hold_back(self, account_id: int, sentence: str, at: int) -> int:
        """Keep what is queued for an account that nothing may be sent to; returns how many.

        Args:
            account_id: Local id.
            sentence: Why, for the listing.
            at: The present instant.
        """
        due = f"{UNSETTLED} AND account_id = ? AND state = 'queued'"
        with translated_errors():
            if (
                self._conn.execute(f"SELECT 1 FROM change WHERE {due} LIMIT 1", (account_id,)).fetchone()
                is None
            ):
                return 0
        with self._writing() as conn:
            rows = conn.execute(f"SELECT uuid, ticket_id FROM change WHERE {due}", (account_id,)).fetchall()
            for uuid, _ in rows:
                outgoing.move_change(conn, uuid, ("queued",), "held", held_until=HELD_BACK, error=sentence)
                conn.execute(
                    "UPDATE change_step SET state = 'held' WHERE change = ? AND state = 'queued'", (uuid,)
                )
            outgoing.touched(conn, {ticket for _, ticket in rows}, at=at)
        return len(rows)

    def due(self, now: int, account_id: int, limit: int = -1) -> tuple[Change, ...]:
        """Return the Changes of an account that may go out now, at most one a ticket.

        What somebody waits for, replies and new tickets, comes first, then notes, then the rest; the oldest
        first in each.

        Its next step is the first that is not `sent`. A Change that waits for a later attempt, or behind an
        unsettled one, is left out.
        """
        with translated_errors():
            rows = self._conn.execute(
                "SELECT c.uuid FROM change c WHERE c.account_id = ? AND c.state = 'queued'"
                f" AND c.{UNSETTLED}"
                " AND NOT EXISTS (SELECT 1 FROM change b WHERE b.ticket_id = c.ticket_id"
                f" AND b.state IN {OPEN_SQL} AND NOT {_KEPT} AND b.sequence < c.sequence)"
                " AND NOT EXISTS (SELECT 1 FROM change_step s WHERE s.change = c.uuid AND s.state = 'queued'"
                " AND s.next_attempt_at > ? AND s.next_attempt_at < ?)"
                f" ORDER BY {_FIRST}, c.sequence LIMIT ?",
                (account_id, now, now + _LONGEST_WAIT, limit),
            ).fetchall()
        found = (self._reader.change(row[0]) for row in rows)
        return tuple(change for change in found if change is not None)

    def unknown(self, now: int, account_id: int, limit: int = -1) -> tuple[Change, ...]:
        """Return the Changes whose answer was lost and that are to be looked for now, oldest first."""
        with translated_errors():
            rows = self._conn.execute(
                "SELECT c.uuid FROM change c WHERE c.account_id = ? AND c.state = 'unknown' AND c.ask = 0"
                f" AND c.{UNSETTLED}"
                " AND NOT EXISTS (SELECT 1 FROM change_step s WHERE s.change = c.uuid AND s.state = 'unknown'"
                " AND s.next_attempt_at > ? AND s.next_attempt_at < ?) ORDER BY c.sequence LIMIT ?",
                (account_id, now, now + _LONGEST_WAIT, limit),
            ).fetchall()
        found = (self._reader.change(row[0]) for row in rows)
        return tuple(change for change in found if change is not None)

    def change(self, uuid: str) -> Change | None:
        """Return a Change as it stands."""
        return self._reader.change(uuid)

    def claim(self, step_id: int, at: int) -> bool:
        """Take a queued step to send it: `sending` is on the disk before this returns True.

        False: an undo was first, another worker has it, or it is not its turn. Then nothing may be sent.
        """
        with self._writing() as conn:
            row = conn.execute(
                "SELECT c.uuid, c.ticket_id FROM change_step s JOIN change c ON c.uuid = s.change"
                " WHERE s.id = ? AND s.state = 'queued' AND c.state = 'queued'"
                " AND NOT EXISTS (SELECT 1 FROM change_step e WHERE e.change = c.uuid"
                " AND e.position < s.position AND e.state <> 'sent')"
                " AND NOT EXISTS (SELECT 1 FROM change b WHERE b.ticket_id = c.ticket_id"
                f" AND b.state IN {OPEN_SQL} AND NOT {_KEPT} AND b.sequence < c.sequence)",
                (step_id,),
            ).fetchone()
            if row is None:
                return False
            uuid, ticket_id = row
            won = outgoing.move_step(conn, step_id, ("queued",), "sending", started_at=at, error=None)
            won = won and outgoing.move_change(conn, uuid, ("queued",), "sending", error=None)
            if not won:
                return False
            conn.execute("UPDATE change_step SET attempts = attempts + 1 WHERE id = ?", (step_id,))
            outgoing.touched(conn, (ticket_id,), at=at)
        return True

    def run_again(self, step: Step, at: int) -> None:
        """Queue a done step anew whose result has expired, before the steps that need it."""
        with self._writing() as conn:
            row = conn.execute("SELECT state FROM change WHERE uuid = ?", (step.change,)).fetchone()
            if row is not None and row[0] == "queued":
                outgoing.move_step(conn, step.id, ("sent",), "queued", result=None, expires_at=None)
                self._touch(conn, step.change, at)

    def recover(self, at: int, account_id: int | None = None) -> int:
        """Mark the steps that a dead worker left in `sending` as `unknown`; returns how many.

        They are looked for once the helpdesk's settle time since they left has gone by: until then the
        server may still be at work on them.

        Args:
            at: The present instant.
            account_id: Only those of this account; None for all.
        """
        sentence = "The program ended while this was going out."
        with self._writing() as conn:
            rows = conn.execute(
                "SELECT s.id, s.change, c.ticket_id, s.started_at,"
                " json_extract(a.capabilities, '$.settle_seconds') FROM change_step s"
                " JOIN change c ON c.uuid = s.change LEFT JOIN account a ON a.id = c.account_id"
                " WHERE s.state = 'sending' AND (? IS NULL OR c.account_id = ?)",
                (account_id, account_id),
            ).fetchall()
            tickets: set[int] = set()
            for step_id, uuid, ticket_id, started_at, settle_seconds in rows:
                settle = int((_SETTLE_SECONDS if settle_seconds is None else settle_seconds) * SECOND)
                look_at = min(started_at or at, at) + settle
                outgoing.move_step(
                    conn,
                    step_id,
                    ("sending",),
                    "unknown",
                    next_attempt_at=look_at if look_at > at else None,
                    error=sentence,
                )
                outgoing.move_change(conn, uuid, ("sending",), "unknown", error=sentence)
                tickets.add(ticket_id)
            if tickets:
                outgoing.touched(conn, tickets, at=at)
        return len(rows)

    def server_values(self, ticket_id: int) -> tuple[dict[str, FieldValue], str]:
        """Return the server's values of a ticket as stored, and their version, for a merge."""
        with translated_errors():
            return answers.server_values(self._conn, ticket_id)
