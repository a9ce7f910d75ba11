"""Reads one ticket with all that its pane shows."""

# Statements are put together from constants of this package; values go in as parameters.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from agentconsole.domain.change_words import PEOPLE, change_words, sides_in_words
from agentconsole.domain.changes import OPEN_STATES, Change, FieldEdit
from agentconsole.domain.fields import TicketField
from agentconsole.domain.merge import SET_FIELDS, replay_edits
from agentconsole.domain.messages import FieldChange, RemoteAttachment
from agentconsole.domain.tickets import FieldValue
from agentconsole.domain.views import (
    AttachmentItem,
    ChangeWords,
    Contact,
    DownloadState,
    MessageItem,
    TextPart,
    TicketDetail,
)
from agentconsole.store import codec
from agentconsole.store.effective import open_edits
from agentconsole.store.read_changes import ChangeReads
from agentconsole.store.read_people import CONTACT, PeopleReads, contact
from agentconsole.store.read_tickets import TicketReads
from agentconsole.store.reads import marks

_KIND_OF: Final[Mapping[str, str]] = {
    **dict.fromkeys(PEOPLE, "person"),
    "group": "group",
    "organisation": "organisation",
}
_NAMED_BY: Final[Mapping[str, tuple[str, str]]] = {
    "person": ("coalesce(nullif(name, ''), email)", "person"),
    "group": ("name", "agent_group"),
    "organisation": ("name", "organisation"),
}
"""How each kind is shown, and the table that has it."""


class ThreadReads(TicketReads, PeopleReads, ChangeReads):
    """A ticket, opened."""

    def ticket_detail(self, ticket_id: int, now: int, *, thread: bool = True) -> TicketDetail | None:
        """Return a ticket with its thread, people, fields and open Changes; None when there is none.

        Args:
            ticket_id: Local id.
            now: The present instant; a ticket snoozed until before it is awake.
            thread: False leaves the messages out, for what is done to many tickets at once.
        """
        with self._snapshot():
            row = self.queue_rows([ticket_id]).get(ticket_id)
            stored = self._row(
                "SELECT t.account_id, t.requester, t.thread_read_at, t.thread_version, t.updated_at,"
                " s.version, s.field_values, s.slas, s.ccs, a.threads_until, a.threads_at,"
                " t.created_at >= coalesce(a.threads_since, 0) OR t.thread_version IS NOT NULL,"
                " t.read_at, a.me, CASE WHEN t.spam THEN 'spam' WHEN t.deleted THEN 'deleted' ELSE '' END"
                " FROM ticket t JOIN ticket_server s ON s.ticket_id = t.id"
                " JOIN account a ON a.id = t.account_id"
                " WHERE t.id = ?",
                (ticket_id,),
            )
            if row is None or stored is None:
                return None
            woke_up = row.snoozed_until is not None and row.snoozed_until <= now
            if woke_up:
                row = replace(row, snoozed_until=None)
            account_id, requester, read_at, read_version, updated_at, version, values, slas, ccs = stored[:9]
            bulk_until, bulk_at, begun_in_bulk, seen_at, me, gone = stored[9:]
            in_bulk = begun_in_bulk and bulk_until is not None and updated_at <= bulk_until
            edits, _ = open_edits(self._connection(), ticket_id)
            fields = replay_edits(codec.load_values(values), edits)
            defs = self.fields(account_id)
            messages = self._messages(account_id, ticket_id, me, defs) if thread else ()
            aliases = self._aliases(account_id, row.remote_id) if thread else ((), None)
            pending = self.changes(OPEN_STATES, ticket_id)
            return TicketDetail(
                row=row,
                fields=fields,
                labels=self._labels_of(account_id, fields, defs),
                field_defs=defs,
                requester=None if requester is None else self.person(account_id, requester),
                ccs=self._people(account_id, codec.load_names(ccs)),
                messages=messages,
                pending=pending,
                pending_words=self._pending_words(account_id, pending, defs) if pending else {},
                slas=codec.load_slas(slas),
                version=version,
                thread_read_at=read_at if read_at is not None or not in_bulk else bulk_at,
                last_message=self._last_message(ticket_id),
                thread_fresh=in_bulk or read_version == version,
                woke_up=woke_up,
                read_at=seen_at,
                drafts=self._drafts(ticket_id) if row.has_draft else (),
                merged=aliases[0],
                merged_into=aliases[1],
                gone=gone,
            )

    def _drafts(self, ticket_id: int) -> tuple[bool, ...]:
        rows = self._rows(
            "SELECT public FROM draft WHERE ticket_id = ? AND ended_at IS NULL"
            " AND (body <> '' OR attachments <> '[]') ORDER BY public DESC",
            (ticket_id,),
        )
        return tuple(bool(row[0]) for row in rows)

    def _aliases(self, account_id: int, remote_id: str | None) -> tuple[tuple[str, ...], str | None]:
        """Return which tickets went into one, and into which it went itself."""
        if remote_id is None:
            return (), None
        into = self._row(
            "SELECT target FROM ticket_alias WHERE account_id = ? AND remote_id = ?", (account_id, remote_id)
        )
        merged = self._rows(
            "SELECT remote_id FROM ticket_alias WHERE account_id = ? AND target = ?", (account_id, remote_id)
        )
        return tuple(row[0] for row in merged), None if into is None else str(into[0])

    def colleague_wrote_since(self, ticket_id: int, instant: int) -> bool:
        """Tell whether another agent has written on a ticket after an instant."""
        row = self._row(
            "SELECT 1 FROM message m JOIN account a ON a.id = m.account_id"
            " JOIN person p ON p.account_id = m.account_id AND p.remote_id = m.author"
            " WHERE m.ticket_id = ? AND m.created_at > ? AND m.kind <> 'event' AND m.author IS NOT a.me"
            " AND p.role IN ('agent', 'admin') LIMIT 1",
            (ticket_id, instant),
        )
        return row is not None

    def is_hidden(self, ticket_id: int) -> bool:
        """Tell whether a ticket is spam or deleted, or not there at all."""
        row = self._row("SELECT hidden FROM ticket WHERE id = ?", (ticket_id,))
        return row is None or bool(row[0])

    def _last_message(self, ticket_id: int) -> str | None:
        row = self._row(
            "SELECT remote_id FROM message WHERE ticket_id = ? AND kind <> 'event'"
            " ORDER BY created_at DESC, id DESC LIMIT 1",
            (ticket_id,),
        )
        return None if row is None else str(row[0])

    def answered_at(self, ticket_ids: Sequence[int]) -> dict[int, int]:
        """Tell when the newest message was written, of those tickets where a customer wrote it."""
        rows = self._rows(
            "SELECT m.ticket_id, m.created_at FROM message m"
            " JOIN person p ON p.account_id = m.account_id AND p.remote_id = m.author"
            f" WHERE m.ticket_id IN ({marks(ticket_ids)}) AND m.kind = 'reply' AND p.role = 'customer'"
            " AND m.id = (SELECT n.id FROM message n WHERE n.ticket_id = m.ticket_id AND n.kind <> 'event'"
            " ORDER BY n.created_at DESC, n.id DESC LIMIT 1)",
            ticket_ids,
        )
        return {int(ticket_id): int(at) for ticket_id, at in rows}

    def attachment(self, attachment_id: int) -> RemoteAttachment | None:
        """Return what is needed to download a file."""
        row = self._row(
            "SELECT remote_id, file_name, content_type, size, url, malware FROM attachment WHERE id = ?",
            (attachment_id,),
        )
        if row is None:
            return None
        remote_id, file_name, content_type, size, url, malware = row
        return RemoteAttachment(remote_id, file_name, content_type, size, url, bool(malware))

    def download(self, attachment_id: int) -> DownloadState | None:
        """Return how far a file has come that was asked for; None for one that was not."""
        row = self._row(
            "SELECT state, got, sha256, error FROM download WHERE attachment_id = ?", (attachment_id,)
        )
        return None if row is None else DownloadState(*row)

    def _messages(
        self, account_id: int, ticket_id: int, me: str | None, defs: Sequence[TicketField]
    ) -> tuple[MessageItem, ...]:
        rows = self._rows(
            "SELECT m.id, m.remote_id, p.name, p.role, p.email, m.kind, m.created_at, m.channel, m.parts,"
            " m.attachments, m.author FROM message m"
            " LEFT JOIN person p ON p.account_id = m.account_id AND p.remote_id = m.author"
            " WHERE m.ticket_id = ? ORDER BY m.created_at, m.id",
            (ticket_id,),
        )
        files = self._files([row[0] for row in rows if row[9]])
        told = self._told_changes(account_id, {row[0]: row[8] for row in rows if row[5] == "event"}, defs)
        return tuple(
            MessageItem(
                id=row[0],
                remote_id=row[1],
                author=row[2] or row[4] or row[10] or "",
                author_role=row[3] or "",
                author_email=row[4],
                kind=row[5],
                created_at=row[6],
                channel=row[7],
                parts=told.get(row[0]) or codec.load_parts(row[8]),
                attachments=tuple(files.get(row[0], ())),
                mine=me is not None and row[10] == me,
            )
            for row in rows
        )

    def _told_changes(
        self, account_id: int, stored: Mapping[int, str], defs: Sequence[TicketField]
    ) -> dict[int, tuple[TextPart, ...]]:
        """Say what events tell that came in keys, with the names that are known now."""
        events = {key: found for key, parts in stored.items() if (found := codec.load_changes(parts))}
        if not events:
            return {}
        fields = {each.name: each for each in defs}
        names = self._change_names(account_id, [change for changes in events.values() for change in changes])

        def name(field: str, key: str) -> str | None:
            return names.get((_KIND_OF[field], key))

        return {
            key: (TextPart("body", change_words(changes, fields, name, self.zone)),)
            for key, changes in events.items()
        }

    def _pending_words(
        self, account_id: int, pending: Sequence[Change], defs: Sequence[TicketField]
    ) -> dict[str, ChangeWords]:
        """Say what open Changes do to fields."""
        edits = {change.uuid: [_told_edit(edit) for edit in change.edits] for change in pending}
        sides = [
            FieldChange(one.field, one.mine, one.theirs) for change in pending for one in change.conflicts
        ]
        names = self._change_names(account_id, [*sides, *(one for found in edits.values() for one in found)])
        fields = {each.name: each for each in defs}

        def name(field: str, key: str) -> str | None:
            return names.get((_KIND_OF[field], key))

        return {
            change.uuid: ChangeWords(
                tuple(
                    change_words([one], fields, name, self.zone)
                    for one in edits[change.uuid]
                    if one.before != one.after
                ),
                tuple(
                    sides_in_words(one.field, one.mine, one.theirs, fields, name, self.zone)
                    for one in change.conflicts
                ),
            )
            for change in pending
        }

    def _change_names(self, account_id: int, changes: Sequence[FieldChange]) -> dict[tuple[str, str], str]:
        """Name the people, groups and organisations of changes: by kind and remote id."""
        wanted: dict[str, set[str]] = {}
        for change in changes:
            kind = _KIND_OF.get(change.field)
            if kind is not None:
                for value in (change.before, change.after):
                    several = value if isinstance(value, tuple) else () if value is None else (str(value),)
                    wanted.setdefault(kind, set()).update(several)
        names: dict[tuple[str, str], str] = {}
        for kind, keys in wanted.items():
            shown, table = _NAMED_BY[kind]
            ordered = sorted(keys)
            for start in range(0, len(ordered), 500):
                window = ordered[start : start + 500]
                rows = self._rows(
                    f"SELECT remote_id, {shown} FROM {table}"
                    f" WHERE account_id = ? AND remote_id IN ({marks(window)})",
                    [account_id, *window],
                )
                names |= {(kind, remote_id): text for remote_id, text in rows if text}
        return names

    def _files(self, message_ids: list[int]) -> dict[int, list[AttachmentItem]]:
        files: dict[int, list[AttachmentItem]] = {}
        for start in range(0, len(message_ids), 500):
            window = message_ids[start : start + 500]
            for message_id, key, file_name, content_type, size, malware in self._rows(
                "SELECT message_id, id, file_name, content_type, size, malware FROM attachment"
                f" WHERE message_id IN ({marks(window)}) ORDER BY id",
                window,
            ):
                item = AttachmentItem(key, file_name, content_type, size, bool(malware))
                files.setdefault(message_id, []).append(item)
        return files

    def _people(self, account_id: int, ids: Iterable[str]) -> tuple[Contact, ...]:
        wanted = list(ids)
        rows = self._rows(
            f"SELECT {CONTACT} FROM person p WHERE p.account_id = ? AND p.remote_id IN ({marks(wanted)})",
            [account_id, *wanted],
        )
        known = {row[0]: contact(row) for row in rows}
        return tuple(known.get(key) or Contact(key, "", None, "") for key in wanted)

    def _labels_of(
        self, account_id: int, fields: dict[str, FieldValue], defs: Iterable[TicketField]
    ) -> dict[str, str]:
        """Say in the helpdesk's words what the keys of choices, people and groups mean."""
        labels: dict[str, str] = {}
        for one in defs:
            value = fields.get(one.name)
            keys = value if isinstance(value, tuple) else () if value is None else (str(value),)
            known = {option.key: option.label for option in one.options}
            if known and keys:
                labels[one.name] = ", ".join(known.get(key, key) for key in keys)
        assignee, group = fields.get("assignee"), fields.get("group")
        if assignee is not None and (person := self.person(account_id, str(assignee))):
            labels["assignee"] = person.name
        if group is not None and (
            named := self._row(
                "SELECT name FROM agent_group WHERE account_id = ? AND remote_id = ?",
                (account_id, str(group)),
            )
        ):
            labels["group"] = named[0]
        return labels


def _told_edit(edit: FieldEdit) -> FieldChange:
    """Tell of an edit as an event would: of a set what goes and what comes."""
    if edit.field not in SET_FIELDS:
        return FieldChange(edit.field, edit.base, edit.value)
    before, after = (value if isinstance(value, tuple) else () for value in (edit.base, edit.value))
    gone = tuple(one for one in before if one not in after)
    return FieldChange(edit.field, gone, tuple(one for one in after if one not in before))
