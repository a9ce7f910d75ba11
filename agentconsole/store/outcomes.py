"""How it went with what went out: each outcome of a step is noted in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from agentconsole.domain.changes import (
    Applied,
    Change,
    FieldConflict,
    FieldEdit,
    MergeInto,
    NewTicket,
    Removal,
    Step,
)
from agentconsole.domain.merge import replay_edits
from agentconsole.store import answers, codec, feed, message_rows, outgoing, ticket_rows, unsent
from agentconsole.store.failures import transaction
from agentconsole.store.wanted_threads import ask_for_thread

_UNSETTLED: Final = ("sending", "unknown")


class Outcomes:
    """The half of the outbox that notes what came of a step."""

    _conn: sqlite3.Connection

    def settle_sent(self, change: Change, step: Step, applied: Applied, at: int) -> None:
        """Note that a step is done: the server's values, its message, and later Changes based on them.

        The Change is `sent` with its last step, `queued` for the next one otherwise. Twice does nothing.
        """
        row = None if applied.ticket is None else ticket_rows.ready(applied.ticket, change.account_id)
        message = (
            None
            if applied.message is None
            else message_rows.ready(replace(applied.message, marker=applied.message.marker or change.uuid))
        )
        told = [*([] if message is None else [message]), *map(message_rows.ready, applied.events)]
        with self._writing() as conn:
            done = outgoing.move_step(
                conn,
                step.id,
                _UNSETTLED,
                "sent",
                result=None if applied.result is None else codec.dump(applied.result),
                expires_at=applied.expires_at,
                next_attempt_at=None,
                error=None,
            )
            if not done:
                return
            left = conn.execute(
                "SELECT count(*) FROM change_step WHERE change = ? AND state <> 'sent'", (change.uuid,)
            ).fetchone()[0]
            current = outgoing.read_change(conn, change.uuid) or change
            state = "queued" if left else "sent"
            settled = None if left else at
            outgoing.move_change(
                conn, change.uuid, _UNSETTLED, state, settled_at=settled, ask=0, candidates="[]", error=None
            )
            before = None
            if isinstance(current.action, NewTicket) and row is not None:
                before, _ = answers.server_values(conn, change.ticket_id)
                remote = row.ticket.remote_id
                gone = unsent.arrived(conn, change.account_id, change.ticket_id, remote, at=at)
                if gone is not None:
                    feed.mark(conn, (gone,))
            known, _ = answers.server_values(conn, change.ticket_id)
            if row is not None:
                # The server would have refused the write if the thread had moved, so it is still whole.
                conn.execute(
                    "UPDATE ticket SET thread_version = ? WHERE id = ? AND thread_version = ?",
                    (row.ticket.version, change.ticket_id, current.base_version),
                )
                ticket_rows.put_rows(conn, change.account_id, [row], at=at, own=True)
            if told:
                message_rows.put_rows(conn, change.account_id, told)
            if not left:
                server, version = answers.server_values(conn, change.ticket_id)
                if row is None and current.action is None:
                    server = replay_edits(server, current.edits)
                    answers.assume(conn, change.account_id, change.ticket_id, known, server)
                # A reply can change the status by itself.
                changes = bool(current.edits) or server.get("status") != known.get("status")
                if changes and not applied.events and current.action is None:
                    answers.ask_for_events(conn, current, at)
                outgoing.put_in(conn, current, server, version, made_of=before)
                if isinstance(current.action, MergeInto):
                    answers.merged(conn, current, current.action, at)
                elif isinstance(current.action, Removal):
                    answers.removed(conn, current, current.action)
            outgoing.touched(conn, (change.ticket_id,), at=at)

    def settle_unknown(self, step: Step, sentence: str, at: int, look_at: int) -> None:
        """Note that a step's answer was lost: it may have been processed.

        Args:
            step: The step.
            sentence: What happened.
            at: The present instant.
            look_at: When to look for it on the server.
        """
        with self._writing() as conn:
            moved = outgoing.move_step(
                conn, step.id, _UNSETTLED, "unknown", next_attempt_at=look_at, error=sentence
            )
            if moved:
                outgoing.move_change(conn, step.change, _UNSETTLED, "unknown", error=sentence)
                self._touch(conn, step.change, at)

    def settle_conflict(
        self,
        change: Change,
        conflicts: Sequence[FieldConflict],
        moved: Sequence[str],
        at: int,
        *,
        sentence: str | None = None,
    ) -> None:
        """Hold a Change that somebody else's writing contradicts; the agent decides.

        Args:
            change: Not applied, certainly.
            conflicts: Fields that both sides changed.
            moved: Remote ids of messages that the agent has not seen.
            at: The present instant.
            sentence: What happened, for the listing.
        """
        with self._writing() as conn:
            states = ("queued", *_UNSETTLED)
            held = outgoing.move_change(
                conn,
                change.uuid,
                states,
                "conflict",
                conflicts=codec.dump_conflicts(conflicts),
                moved=codec.dump(list(moved)),
                error=sentence,
            )
            if held:
                self._stop_step(conn, change.uuid, "conflict", sentence)
                outgoing.touched(conn, (change.ticket_id,), at=at)

    def settle_rejected(self, change: Change, sentence: str, at: int, *, look: bool = False) -> None:
        """Note that the helpdesk refused a Change: its text is a draft again, its values are shown no more.

        It stays listed, and its ticket's later Changes wait, until it is retried or dropped.

        Args:
            change: The Change.
            sentence: Why.
            at: The present instant.
            look: Have the ticket read again, which may be gone.
        """
        with self._writing() as conn:
            states = ("queued", *_UNSETTLED)
            if not outgoing.move_change(conn, change.uuid, states, "rejected", error=sentence, ask=0):
                return
            self._stop_step(conn, change.uuid, "rejected", sentence)
            current = outgoing.read_change(conn, change.uuid) or change
            outgoing.text_again(conn, current, reason="rejected", at=at)
            outgoing.touched(conn, (change.ticket_id,), at=at)
            if look:
                ask_for_thread(conn, change.ticket_id, at)

    def _stop_step(self, conn: sqlite3.Connection, uuid: str, state: str, sentence: str | None) -> None:
        conn.execute(
            "UPDATE change_step SET state = ?, error = ?, next_attempt_at = NULL"
            " WHERE change = ? AND position ="
            " (SELECT min(position) FROM change_step WHERE change = ? AND state <> 'sent')",
            (state, sentence, uuid, uuid),
        )

    def requeue(
        self, step: Step, at: int, next_attempt_at: int | None, *, sentence: str | None = None
    ) -> None:
        """Queue a step again that was certainly not applied.

        Args:
            step: `sending` or `unknown`.
            at: The present instant.
            next_attempt_at: Not before this instant; None for at once.
            sentence: Why it waits.
        """
        with self._writing() as conn:
            moved = outgoing.move_step(
                conn, step.id, _UNSETTLED, "queued", next_attempt_at=next_attempt_at, error=sentence
            )
            if moved:
                outgoing.move_change(
                    conn, step.change, _UNSETTLED, "queued", ask=0, candidates="[]", error=sentence
                )
                self._touch(conn, step.change, at)

    def ask(
        self, change: Change, at: int, candidates: Sequence[str] = (), *, sentence: str | None = None
    ) -> None:
        """Leave it to the agent whether an `unknown` Change has arrived.

        Args:
            change: The Change.
            at: The present instant.
            candidates: Remote ids of the messages that may be it.
            sentence: What is known.
        """
        with self._writing() as conn:
            asked = outgoing.move_change(
                conn,
                change.uuid,
                ("unknown",),
                "unknown",
                ask=1,
                candidates=codec.dump(list(candidates)),
                error=sentence or change.error,
            )
            if asked:
                outgoing.touched(conn, (change.ticket_id,), at=at)

    def rebase(self, change: Change, edits: Sequence[FieldEdit], version: str, at: int) -> None:
        """Base a Change on the server's present values, after a merge without conflicts."""
        with self._writing() as conn:
            outgoing.set_columns(conn, change.uuid, edits=codec.dump_edits(edits), base_version=version)
            outgoing.touched(conn, (change.ticket_id,), at=at)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with transaction(self._conn):
            yield self._conn

    def _touch(self, conn: sqlite3.Connection, uuid: str, at: int) -> None:
        row = conn.execute("SELECT ticket_id FROM change WHERE uuid = ?", (uuid,)).fetchone()
        if row is not None:
            outgoing.touched(conn, (row[0],), at=at)
        else:
            feed.mark(conn, kinds=("outbox",))
