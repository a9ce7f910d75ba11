"""Writes what an agent does to tickets: Changes put into the outbox, taken back, decided, given up."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from agentconsole.domain.changes import Change, FieldEdit, MergeInto, NewTicket, Removal
from agentconsole.domain.errors import ChangeTooLate, UsageError
from agentconsole.domain.views import Draft
from agentconsole.store import codec, drafts, outgoing, unsent
from agentconsole.store.effective import OPEN_SQL, UNSETTLED
from agentconsole.store.writes import Writes

Decision = Literal["mine", "theirs"]


class ChangeWrites(Writes):
    """The agent's side of the outbox."""

    def queue_change(self, change: Change) -> None:
        """Put a Change in the outbox: it is held until its undo window ends, then goes out by itself.

        In one transaction the ticket shows its values and the draft it came from ends, its versions kept.
        Putting the same Change in twice does nothing.

        Raises:
            ValueError: The Change has no step.
        """
        change = _storable(change)
        with self._writing() as conn:
            if outgoing.read_change(conn, change.uuid) is None:
                self._put_change(conn, change)

    def queue_changes(self, changes: Sequence[Change]) -> None:
        """Put several Changes in the outbox, all or none.

        Raises:
            ValueError: One of them has no step.
        """
        ready = [_storable(change) for change in changes]
        with self._writing() as conn:
            for change in ready:
                if outgoing.read_change(conn, change.uuid) is None:
                    self._put_change(conn, change)

    def queue_new(self, change: Change, ticket: unsent.Unsent, ticket_id: int | None) -> int:
        """Store a ticket that is not on the helpdesk yet, with the Change that makes it there.

        Args:
            change: Its `ticket_id` is not looked at.
            ticket: The values.
            ticket_id: Local id of the unsent ticket that held the draft; None to make one.

        Returns:
            The ticket's local id, which it keeps.

        Raises:
            ChangeTooLate: The unsent ticket is on the helpdesk, or on its way there.
        """
        change = _storable(change)
        with self._writing() as conn:
            known = outgoing.read_change(conn, change.uuid)
            if known is not None:
                return known.ticket_id
            if ticket_id is not None and unsent.is_being_made(conn, ticket_id):
                raise ChangeTooLate("This ticket is being made already; it is not made a second time.")
            key = unsent.put(conn, ticket, ticket_id, at=change.created_at)
            self._put_change(conn, replace(change, ticket_id=key))
        return key

    def _put_change(self, conn: sqlite3.Connection, change: Change) -> None:
        state = "held" if change.held_until > change.created_at else "queued"
        at = change.created_at
        self._supersede(conn, change, at)
        draft_id = drafts.ended_with(conn, change, at=at)
        conn.execute(
            "INSERT INTO change (uuid, account_id, ticket_id, state, created_at, held_until,"
            " base_version, last_seen_message, edits, message, macro, draft_id, error, action)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                change.uuid,
                change.account_id,
                change.ticket_id,
                state,
                at,
                change.held_until,
                change.base_version,
                change.last_seen_message,
                codec.dump_edits(change.edits),
                codec.dump_outgoing(change.message),
                change.macro,
                draft_id,
                change.error,
                codec.dump_action(change.action),
            ),
        )
        conn.executemany(
            "INSERT INTO change_step (change, position, kind, payload, state) VALUES (?, ?, ?, ?, ?)",
            [
                (change.uuid, position, step.kind, codec.dump(step.payload), state)
                for position, step in enumerate(change.steps)
            ],
        )
        outgoing.touched(conn, (change.ticket_id,), at=at)

    def _supersede(self, conn: sqlite3.Connection, change: Change, at: int) -> None:
        """Drop a rejected Change whose text, a draft again, goes out with this one."""
        if change.draft_id is None:
            return
        rows = conn.execute(
            f"SELECT uuid FROM change WHERE draft_id = ? AND state = 'rejected' AND {UNSETTLED}",  # noqa: S608
            (change.draft_id,),
        ).fetchall()
        for (uuid,) in rows:
            self._end(conn, uuid, ("rejected",), "dropped", at)

    def undo_change(self, uuid: str, at: int) -> Draft | None:
        """Take back a Change that has not begun to go out.

        Returns:
            The draft that has its text again; None when it had none.

        Raises:
            ChangeTooLate: The sender was first.
        """
        with self._writing() as conn:
            change = self._undo(conn, uuid, at)
            draft = (
                None if change.message is None else drafts.live(conn, change.ticket_id, change.message.public)
            )
            if change.state != "undone":
                outgoing.touched(conn, (change.ticket_id,), at=at)
        return draft

    def undo_changes(self, uuids: Sequence[str], at: int) -> tuple[str, ...]:
        """Take back, in one transaction, those of some Changes that have not begun to go out.

        Returns:
            UUIDs of those that were taken back; of the others the sender was first.
        """
        taken: list[str] = []
        tickets: set[int] = set()
        with self._writing() as conn:
            for uuid in uuids:
                try:
                    change = self._undo(conn, uuid, at)
                except ChangeTooLate:
                    continue
                taken.append(uuid)
                tickets.add(change.ticket_id)
            outgoing.touched(conn, tickets, at=at)
        return tuple(taken)

    def _undo(self, conn: sqlite3.Connection, uuid: str, at: int) -> Change:
        """Take a Change back; return it as it was before."""
        change = self._known(conn, uuid)
        if change.state == "undone":
            return change
        begun = any(step.state not in outgoing.NOT_BEGUN for step in change.steps)
        if begun or not self._end(conn, uuid, outgoing.NOT_BEGUN, "undone", at):
            raise ChangeTooLate(_too_late(change))
        outgoing.text_again(conn, change, reason="undone", at=at)
        return change

    def send_now(self, uuid: str, at: int) -> bool:
        """End a Change's undo window; False when it had ended already."""
        with self._writing() as conn:
            if not outgoing.move_change(conn, uuid, ("held",), "queued", held_until=at, error=None):
                return False
            conn.execute(
                "UPDATE change_step SET state = 'queued' WHERE change = ? AND state = 'held'", (uuid,)
            )
            self._touch(conn, uuid, at)
        return True

    def retry_change(self, uuid: str, at: int) -> None:
        """Send a Change again that was rejected, or whose fate the agent was asked about.

        A conflict is sent with `resolve_conflict` or `send_anyway` instead. A queued Change that waits for a
        later attempt is tried at once.

        Raises:
            ChangeTooLate: It is going out, or settled.
        """
        with self._writing() as conn:
            change = self._known(conn, uuid)
            if change.state == "queued":
                conn.execute(
                    "UPDATE change_step SET next_attempt_at = NULL WHERE change = ? AND state = 'queued'",
                    (uuid,),
                )
                self._touch(conn, uuid, at)
                return
            asked = change.state == "unknown" and change.ask
            if change.state != "rejected" and not asked:
                raise ChangeTooLate(_too_late(change))
            if change.state == "rejected":
                self._close_copy(conn, change, at)
            self._queue_again(conn, change)
            outgoing.touched(conn, (change.ticket_id,), at=at)

    def drop_change(self, uuid: str, at: int) -> None:
        """Give a Change up; its text stays as a version of its draft.

        Raises:
            ChangeTooLate: It is going out, or settled.
        """
        with self._writing() as conn:
            change = self._known(conn, uuid)
            open_states = ("held", "queued", "unknown", "conflict", "rejected")
            if not self._end(conn, uuid, open_states, "dropped", at):
                raise ChangeTooLate(_too_late(change))
            if change.message is not None and change.draft_id is not None:
                text, public = change.message.text, change.message.public
                drafts.keep_version(conn, change.draft_id, text, public, at=at, reason="dropped")
            outgoing.touched(conn, (change.ticket_id,), at=at)

    def edit_change(self, uuid: str, at: int) -> Draft | None:
        """Take a Change out of the outbox to write it anew: conflicted, rejected, or not begun.

        Returns:
            The draft that has its text again; None when it had none.

        Raises:
            ChangeTooLate: It is going out, or settled.
        """
        with self._writing() as conn:
            change = self._known(conn, uuid)
            was_rejected = change.state == "rejected"
            if not self._end(conn, uuid, ("held", "queued", "conflict", "rejected"), "dropped", at):
                raise ChangeTooLate(_too_late(change))
            if not was_rejected:
                outgoing.text_again(conn, change, reason="edited", at=at)
            draft = (
                None if change.message is None else drafts.live(conn, change.ticket_id, change.message.public)
            )
            outgoing.touched(conn, (change.ticket_id,), at=at)
        return draft

    def resolve_conflict(self, uuid: str, decisions: Mapping[str, Decision], at: int) -> tuple[str, ...]:
        """Decide a Change's conflicts, a field each; it goes out once nothing is in doubt.

        Args:
            uuid: The Change.
            decisions: Field to whose value shall hold. Fields left out stay in doubt.
            at: The present instant.

        Returns:
            The fields that are still in doubt.

        Raises:
            ChangeTooLate: It is not in conflict any more.
            UsageError: A field named is not in doubt.
        """
        with self._writing() as conn:
            change = self._known(conn, uuid)
            if change.state != "conflict":
                raise ChangeTooLate(_too_late(change))
            certain = sorted(set(decisions) - {one.field for one in change.conflicts})
            if certain:
                raise UsageError(f"There is nothing to decide about {', '.join(certain)} here.")
            edits: list[FieldEdit] = []
            left = []
            doubtful = {one.field: one for one in change.conflicts}
            for edit in change.edits:
                one = doubtful.get(edit.field)
                decision = decisions.get(edit.field)
                if one is None or decision is None:
                    edits.append(edit)
                    left.extend([one] if one is not None else [])
                elif decision == "mine":
                    edits.append(replace(edit, base=one.theirs))
            version = conn.execute(
                "SELECT version FROM ticket_server WHERE ticket_id = ?", (change.ticket_id,)
            ).fetchone()
            outgoing.set_columns(
                conn,
                uuid,
                edits=codec.dump_edits(edits),
                conflicts=codec.dump_conflicts(left),
                base_version=version[0] if version else change.base_version,
            )
            self._go_on(conn, uuid, at)
        return tuple(one.field for one in left)

    def send_anyway(self, uuid: str, at: int) -> None:
        """Send a reply though the thread has moved on; the agent has seen what is new.

        Raises:
            ChangeTooLate: It is not in conflict any more.
        """
        with self._writing() as conn:
            change = self._known(conn, uuid)
            if change.state != "conflict":
                raise ChangeTooLate(_too_late(change))
            seen = change.moved[-1] if change.moved else change.last_seen_message
            outgoing.set_columns(conn, uuid, send_anyway=1, moved="[]", last_seen_message=seen)
            self._go_on(conn, uuid, at)

    def _go_on(self, conn: sqlite3.Connection, uuid: str, at: int) -> None:
        """Queue a Change whose doubts are all settled; end one of which nothing is left."""
        change = self._known(conn, uuid)
        if not change.edits and change.message is None and change.action is None:
            self._end(conn, uuid, ("conflict",), "dropped", at)
        elif not change.conflicts and not change.moved:
            self._queue_again(conn, change)
        outgoing.touched(conn, (change.ticket_id,), at=at)

    def _queue_again(self, conn: sqlite3.Connection, change: Change) -> None:
        outgoing.move_change(conn, change.uuid, (change.state,), "queued", ask=0, candidates="[]", error=None)
        for step in change.steps:
            if step.state in ("conflict", "rejected", "unknown"):
                outgoing.move_step(conn, step.id, (step.state,), "queued", next_attempt_at=None, error=None)

    def _close_copy(self, conn: sqlite3.Connection, change: Change, at: int) -> None:
        """End the draft a rejected Change had become, unless it was written on."""
        if change.message is None or change.draft_id is None:
            return
        found = drafts.by_id(conn, change.draft_id)
        if found is not None and found[1] is None and found[0].text == change.message.text:
            drafts.end(conn, change.draft_id, reason="sent", at=at)

    def _end(self, conn: sqlite3.Connection, uuid: str, came_from: Sequence[str], to: str, at: int) -> bool:
        """End a Change that will not reach the helpdesk, and its unsent steps."""
        if not outgoing.move_change(conn, uuid, came_from, to, settled_at=at, ask=0):
            return False
        conn.execute("UPDATE change_step SET state = ? WHERE change = ? AND state <> 'sent'", (to, uuid))
        change = outgoing.read_change(conn, uuid)
        if change is not None:
            outgoing.take_out(conn, change)
            if isinstance(change.action, NewTicket):
                self._end_later(conn, change, at)
        return True

    def _end_later(self, conn: sqlite3.Connection, change: Change, at: int) -> None:
        """End what was done to a ticket that will not be made; texts stay among the versions."""
        rows = conn.execute(
            f"SELECT uuid FROM change WHERE ticket_id = ? AND uuid <> ? AND state IN {OPEN_SQL}",  # noqa: S608
            (change.ticket_id, change.uuid),
        ).fetchall()
        for (uuid,) in rows:
            later = self._known(conn, uuid)
            self._end(conn, uuid, (later.state,), "dropped", at)
            if later.message is not None and later.draft_id is not None:
                text, public = later.message.text, later.message.public
                drafts.keep_version(conn, later.draft_id, text, public, at=at, reason="dropped")

    def _known(self, conn: sqlite3.Connection, uuid: str) -> Change:
        change = outgoing.read_change(conn, uuid)
        if change is None:
            raise UsageError(f"There is no Change {uuid}.")
        return change

    def _touch(self, conn: sqlite3.Connection, uuid: str, at: int) -> None:
        outgoing.touched(conn, (self._known(conn, uuid).ticket_id,), at=at)


def _storable(change: Change) -> Change:
    if not change.steps:
        raise ValueError(f"Change {change.uuid} has no step, so nothing would ever send it.")
    if change.message is None:
        return change
    return replace(change, message=replace(change.message, text=codec.storable(change.message.text)))


def _too_late(change: Change) -> str:
    what = "change"
    if isinstance(change.action, MergeInto):
        what = "merge"
    elif isinstance(change.action, Removal):
        what = "mark as spam" if change.action.spam else "deletion"
    elif isinstance(change.action, NewTicket):
        what = "ticket"
    elif change.message is not None:
        what = "reply" if change.message.public else "note"
    if change.state == "sent":
        return f"The {what} has been sent; it cannot be taken back."
    if change.state in ("undone", "dropped"):
        return f"The {what} was taken back before."
    return f"The {what} is already going out."
