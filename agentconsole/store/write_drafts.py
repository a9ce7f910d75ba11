"""Writes what an agent is typing."""

from __future__ import annotations

from collections.abc import Sequence

from agentconsole.domain.errors import UsageError
from agentconsole.domain.tickets import FieldValue
from agentconsole.domain.views import Draft
from agentconsole.store import codec, drafts, feed, unsent
from agentconsole.store.writes import Writes


class DraftWrites(Writes):
    """Drafts, their versions, and tickets that are still being written."""

    def save_draft(
        self,
        ticket_id: int,
        public: bool,
        text: str,
        last_seen_message: str | None,
        *,
        macro: str | None = None,
        changes: Sequence[tuple[str, FieldValue]] = (),
        attachments: Sequence[str] = (),
        at: int,
    ) -> int:
        """Save what is being written; there is one live draft a ticket and mode.

        Args:
            ticket_id: Local id.
            public: A reply, not a note.
            text: All of it.
            last_seen_message: Remote id of the newest message on screen.
            macro: Remote id of the helpdesk macro it came from.
            changes: Field values that go out with it.
            attachments: Paths of files to send.
            at: The present instant.

        Returns:
            The draft's id.
        """
        with self._writing() as conn:
            text = codec.storable(text)
            had = drafts.live(conn, ticket_id, public)
            draft_id = drafts.save(
                conn,
                ticket_id,
                public,
                text,
                last_seen_message,
                macro=macro,
                changes=changes,
                attachments=attachments,
                at=at,
            )
            # Only the draft's coming and going shows in the queue.
            if (had is not None and had.text != "") != (text != ""):
                feed.mark(conn, (ticket_id,))
        return draft_id

    def discard_draft(self, draft_id: int, at: int) -> None:
        """End a draft; its text stays as a version."""
        with self._writing() as conn:
            found = drafts.by_id(conn, draft_id)
            if found is not None and drafts.end(conn, draft_id, reason="discarded", at=at):
                feed.mark(conn, (found[0].ticket_id,))

    def restore_version(self, version_id: int, at: int) -> Draft:
        """Make a kept state of a draft the live draft again; what it replaces is kept.

        Raises:
            UsageError: There is no such version.
        """
        with self._writing() as conn:
            row = conn.execute(
                "SELECT v.body, v.public, d.ticket_id, d.last_seen_message FROM draft_version v"
                " JOIN draft d ON d.id = v.draft_id WHERE v.id = ?",
                (version_id,),
            ).fetchone()
            if row is None:
                raise UsageError(f"There is no draft version {version_id}.")
            text, public, ticket_id, seen = row
            old = drafts.live(conn, ticket_id, bool(public))
            if old is not None:
                drafts.keep_version(conn, old.id, old.text, old.public, at=at, reason="replaced")
            drafts.save(
                conn,
                ticket_id,
                bool(public),
                text,
                seen if old is None else old.last_seen_message,
                macro=None if old is None else old.macro,
                changes=() if old is None else old.changes,
                attachments=() if old is None else old.attachments,
                at=at,
            )
            feed.mark(conn, (ticket_id,))
            draft = drafts.live(conn, ticket_id, bool(public))
        if draft is None:
            raise UsageError(f"Draft version {version_id} could not be restored.")
        return draft

    def save_unsent(
        self,
        ticket: unsent.Unsent,
        ticket_id: int | None,
        *,
        text: str,
        public: bool,
        macro: str | None = None,
        changes: Sequence[tuple[str, FieldValue]],
        attachments: Sequence[str],
        at: int,
    ) -> int:
        """Save a ticket that is being written, as a draft on a hidden unsent ticket.

        Of one that is on the helpdesk by now, or on its way there, only the text is kept, as a draft.

        Returns:
            The ticket's local id.
        """
        with self._writing() as conn:
            if ticket_id is not None and unsent.is_being_made(conn, ticket_id):
                key = ticket_id
            else:
                key = unsent.put(conn, ticket, ticket_id, at=at)
            other = drafts.live(conn, key, not public)
            if other is not None:
                # The first message was a reply and has become a note, or the other way about.
                drafts.end(conn, other.id, reason="replaced", at=at)
            drafts.save(
                conn,
                key,
                public,
                codec.storable(text),
                None,
                macro=macro,
                changes=changes,
                attachments=attachments,
                at=at,
            )
            feed.mark(conn, (key,))
        return key
