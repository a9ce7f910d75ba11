"""Reads drafts and Changes."""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from agentconsole.domain.changes import HELD_BACK, OPEN_STATES, Change, Step
from agentconsole.domain.times import DAY
from agentconsole.domain.views import Draft, DraftVersion
from agentconsole.store import codec
from agentconsole.store.effective import UNSETTLED
from agentconsole.store.reads import Reads, Row, marks

_LATEST = 5_000
"""Among so many of the latest Changes bulk work is looked for."""

CHANGE = (
    "SELECT c.uuid, c.account_id, c.ticket_id, t.remote_id, c.state, c.created_at, c.held_until,"
    " c.base_version, c.last_seen_message, c.edits, c.message, c.macro, c.ask, c.moved, c.send_anyway,"
    " c.error, c.draft_id, c.conflicts, c.candidates, c.action"
    " FROM change c JOIN ticket t ON t.id = c.ticket_id"
)
STEP = (
    "SELECT change, id, position, kind, payload, state, attempts, started_at, next_attempt_at, result,"
    " expires_at, error FROM change_step"
)
DRAFT = (
    "SELECT id, ticket_id, public, body, last_seen_message, updated_at, macro, changes, attachments"
    " FROM draft"
)


_OFFLINE_AT_MOST = 3 * DAY
"""What was made longer ago and goes out today is not counted among what is done today."""


class ChangeReads(Reads):
    """Drafts and the outbox."""

    def draft(self, ticket_id: int, public: bool | None) -> Draft | None:
        """Return the live draft of a ticket.

        Args:
            ticket_id: Local id.
            public: The mode; None for whichever was written last.
        """
        row = self._row(
            f"{DRAFT} WHERE ticket_id = ? AND ended_at IS NULL AND (? IS NULL OR public = ?)"
            " AND (body <> '' OR changes <> '[]' OR attachments <> '[]')"
            " ORDER BY updated_at DESC, id DESC LIMIT 1",
            (ticket_id, public, public),
        )
        return None if row is None else draft_of(row)

    def drafts(self) -> tuple[Draft, ...]:
        """Return all live drafts with a text or files, the last written first."""
        rows = self._rows(
            f"{DRAFT} WHERE ended_at IS NULL AND (body <> '' OR attachments <> '[]')"
            " ORDER BY updated_at DESC, id DESC"
        )
        return tuple(draft_of(row) for row in rows)

    def unsent_drafts(self) -> tuple[int, ...]:
        """Return the local ids of the tickets that are being written, the last written first."""
        rows = self._rows(
            "SELECT d.ticket_id FROM draft d JOIN ticket t ON t.id = d.ticket_id"
            " WHERE d.ended_at IS NULL AND t.remote_id IS NULL"
            " AND (d.body <> '' OR d.changes <> '[]' OR d.attachments <> '[]')"
            " ORDER BY d.updated_at DESC, d.id DESC"
        )
        return tuple(dict.fromkeys(ticket_id for (ticket_id,) in rows))

    def ticket_versions(self, ticket_id: int, limit: int = 400) -> tuple[DraftVersion, ...]:
        """Return the kept states of all drafts of a ticket, ended ones too, the latest first."""
        return tuple(
            DraftVersion(key, draft, text, bool(public), saved_at, reason)
            for key, draft, text, public, saved_at, reason in self._rows(
                "SELECT v.id, v.draft_id, v.body, v.public, v.saved_at, v.reason FROM draft_version v"
                " JOIN draft d ON d.id = v.draft_id WHERE d.ticket_id = ? ORDER BY v.id DESC LIMIT ?",
                (ticket_id, limit),
            )
        )

    def changes(
        self, states: Collection[str] | None = None, ticket_id: int | None = None
    ) -> tuple[Change, ...]:
        """Return Changes, oldest first.

        Args:
            states: Only those in these states; None for all.
            ticket_id: Only those of this ticket; None for all.
        """
        conditions: list[str] = []
        params: list[Any] = []
        if states is not None:
            if ticket_id is None and OPEN_STATES.issuperset(states):
                conditions.append(f"c.{UNSETTLED}")
            conditions.append(f"c.state IN ({marks(states)})")
            params.extend(sorted(states))
        if ticket_id is not None:
            conditions.append("c.ticket_id = ?")
            params.append(ticket_id)
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        with self._snapshot():
            rows = self._rows(f"{CHANGE}{where} ORDER BY c.sequence", params)
            return self._with_steps(rows)

    def latest_held(self, now: int) -> tuple[Change, int] | None:
        """Return the newest Change whose undo window is open, and how many were made with it in one go."""
        row = self._row(
            "SELECT uuid, created_at FROM change WHERE state = 'held' AND held_until > ?"
            f" AND {UNSETTLED} ORDER BY created_at DESC, sequence DESC LIMIT 1",
            (now,),
        )
        change = None if row is None else self.change(row[0])
        if row is None or change is None:
            return None
        count = self._row(
            "SELECT count(*) FROM change WHERE state = 'held' AND created_at = ? AND held_until > ?"
            f" AND {UNSETTLED}",
            (row[1], now),
        )
        return change, int(count[0]) if count else 1

    def sent_since(self, instant: int) -> tuple[tuple[int, bool, bool], ...]:
        """Return what has gone out since an instant and was made within three days before it.

        Returns:
            Of each Change that is a public reply or solves its ticket: the ticket's local id, whether it is a
            reply, whether it solves.
        """
        oldest = self._row(
            "SELECT sequence FROM change WHERE created_at < ? ORDER BY sequence DESC LIMIT 1",
            (instant - _OFFLINE_AT_MOST,),
        )
        rows = self._rows(
            "SELECT c.ticket_id, coalesce(json_extract(c.message, '$.public'), 0) AS answers,"
            " EXISTS (SELECT 1 FROM json_each(c.edits) e WHERE json_extract(e.value, '$[0]') = 'status'"
            " AND (json_extract(e.value, '$[2]') = 'solved' OR json_extract(e.value, '$[2]') IN"
            " (SELECT json_extract(o.value, '$[0]') FROM field f, json_each(f.options) o"
            " WHERE f.account_id = c.account_id AND f.name = 'status'"
            " AND json_extract(o.value, '$[2]') = 'solved'))) AS solves"
            " FROM change c WHERE c.sequence > ? AND c.state = 'sent' AND c.settled_at >= ?"
            " AND (answers OR solves)",
            (oldest[0] if oldest else 0, instant),
        )
        return tuple((ticket_id, bool(answers), bool(solves)) for ticket_id, answers, solves in rows)

    def last_change(self) -> int:
        """Return the number of the Change made last; 0 when there was none."""
        row = self._row("SELECT max(sequence) FROM change")
        return int(row[0] or 0) if row else 0

    def changes_made(self, after: int) -> tuple[tuple[int, str], ...]:
        """Return number and UUID of the Changes made after one of a number, without those given up since."""
        rows = self._rows(
            "SELECT sequence, uuid FROM change WHERE sequence > ? AND state NOT IN ('undone', 'dropped')"
            " ORDER BY sequence",
            (after,),
        )
        return tuple((sequence, uuid) for sequence, uuid in rows)

    def tickets_changed(self, after: int, made_at: int) -> frozenset[int]:
        """Return the tickets of the Changes made at one instant after one of a number, taken back or not.

        What was done to a selection in one go has one time of making.
        """
        rows = self._rows(
            "SELECT ticket_id FROM change WHERE sequence > ? AND created_at = ?", (after, made_at)
        )
        return frozenset(ticket for (ticket,) in rows)

    def change(self, uuid: str) -> Change | None:
        """Return a Change by its UUID."""
        with self._snapshot():
            found = self._with_steps(self._rows(f"{CHANGE} WHERE c.uuid = ?", (uuid,)))
        return found[0] if found else None

    def outbox_counts(self) -> dict[str, int]:
        """Count the open Changes by state; those that are held for good count as `held back`."""
        return {
            state: count
            for state, count in self._rows(
                "SELECT CASE WHEN state = 'held' AND held_until >= ? THEN 'held back' ELSE state END AS way,"
                f" count(*) FROM change WHERE {UNSETTLED} GROUP BY way",
                (HELD_BACK,),
            )
        }

    def bulk_counts(self, account_id: int) -> tuple[int, int, int] | None:
        """Count the Changes of bulk work that is under way: arrived, in all, and those that ask.

        What was done to a selection in one go has one time of making.

        Args:
            account_id: Local id.

        Returns:
            None where nothing of more than one Change waits to go out by itself.
        """
        row = self._row(
            "SELECT sum(c.state = 'sent'), count(*), sum(c.state IN ('conflict', 'rejected') OR c.ask)"
            " FROM change c WHERE c.account_id = ? AND c.state NOT IN ('undone', 'dropped')"
            f" AND c.sequence > (SELECT max(sequence) FROM change) - {_LATEST} AND c.created_at IN"
            " (SELECT b.created_at FROM change b WHERE b.account_id = ? AND b.ask = 0"
            f" AND b.sequence > (SELECT max(sequence) FROM change) - {_LATEST}"
            " AND (b.state IN ('queued', 'sending', 'unknown') OR (b.state = 'held' AND b.held_until < ?)))",
            (account_id, account_id, HELD_BACK),
        )
        if row is None or not row[1] or row[1] < 2:
            return None
        return int(row[0]), int(row[1]), int(row[2])

    def started_since(self, account_id: int, since: int) -> tuple[tuple[int, int], ...]:
        """Return the ticket and the instant of each write of an account that began after `since`."""
        return tuple(
            (ticket, at)
            for ticket, at in self._rows(
                "SELECT c.ticket_id, s.started_at FROM change c JOIN change_step s ON s.change = c.uuid"
                f" WHERE c.sequence > (SELECT max(sequence) FROM change) - {_LATEST}"
                " AND c.account_id = ? AND s.started_at > ?",
                (account_id, since),
            )
        )

    def _with_steps(self, rows: Sequence[Row]) -> tuple[Change, ...]:
        steps: dict[str, list[Step]] = {}
        for start in range(0, len(rows), 500):
            uuids = [row[0] for row in rows[start : start + 500]]
            for row in self._rows(f"{STEP} WHERE change IN ({marks(uuids)}) ORDER BY position", uuids):
                steps.setdefault(row[0], []).append(step_of(row))
        return tuple(change_of(row, steps.get(row[0], ())) for row in rows)


def draft_of(row: Row) -> Draft:
    """Make a Draft of a row of `DRAFT`."""
    key, ticket_id, public, text, seen, updated_at, macro, changes, attachments = row
    return Draft(
        key,
        ticket_id,
        bool(public),
        text,
        seen,
        updated_at,
        macro,
        codec.load_pairs(changes),
        codec.load_names(attachments),
    )


def step_of(row: Row) -> Step:
    """Make a Step of a row of `STEP`."""
    change, key, position, kind, payload, state, attempts, started, following, result, expires, error = row
    return Step(
        id=key,
        change=change,
        position=position,
        kind=kind,
        payload=codec.load(payload),
        state=state,
        attempts=attempts,
        started_at=started,
        next_attempt_at=following,
        result=None if result is None else codec.load(result),
        expires_at=expires,
        error=error,
    )


def change_of(row: Row, steps: Sequence[Step]) -> Change:
    """Make a Change of a row of `CHANGE` and its steps."""
    return Change(
        uuid=row[0],
        account_id=row[1],
        ticket_id=row[2],
        remote_ticket=row[3],
        state=row[4],
        created_at=row[5],
        held_until=row[6],
        base_version=row[7],
        last_seen_message=row[8],
        edits=codec.load_edits(row[9]),
        message=codec.load_outgoing(row[10]),
        steps=tuple(steps),
        macro=row[11],
        ask=bool(row[12]),
        moved=codec.load_names(row[13]),
        send_anyway=bool(row[14]),
        error=row[15],
        draft_id=row[16],
        conflicts=codec.load_conflicts(row[17]),
        candidates=codec.load_names(row[18]),
        action=codec.load_action(row[19]),
    )
