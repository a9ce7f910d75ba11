"""New tickets: written, sent exactly once, and forwarding a ticket to somebody else by a new one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from agentconsole.desk import attachments as files
from agentconsole.desk import submission
from agentconsole.desk.context import Desk
from agentconsole.desk.edits import choice_key
from agentconsole.desk.naming import resolve_for
from agentconsole.desk.replies import address_of
from agentconsole.desk.tickets import open_ticket
from agentconsole.domain.account_states import AccountState
from agentconsole.domain.changes import (
    Change,
    FieldChange,
    NewTicket,
    OutgoingAttachment,
    OutgoingMessage,
    TagsEdit,
)
from agentconsole.domain.errors import ConsoleError, UsageError
from agentconsole.domain.fields import TicketField
from agentconsole.domain.tickets import FieldValue
from agentconsole.domain.times import moment_of
from agentconsole.domain.views import TicketDetail
from agentconsole.store.unsent import Unsent

_FORM = ("requester", "requester_name", "refers_to", "cc", "subject", "group", "assignee", "priority", "tags")


@dataclass(frozen=True, slots=True)
class NewTicketForm:
    """What an agent fills in."""

    account: str
    """The account's short name."""
    subject: str = ""
    text: str = ""
    public: bool = True
    """Whether the requester reads the text; else it begins with an internal note."""
    requester: str = ""
    """`Name <address>`, an address, or a person whom the helpdesk knows: remote id or name."""
    group: str | None = None
    """By name or key, as the other fields."""
    assignee: str | None = None
    priority: str | None = None
    tags: tuple[str, ...] = ()
    custom: Mapping[str, FieldValue] = field(default_factory=dict)
    """Custom fields, and `type` and `due` where the helpdesk has them, by name or title."""
    ccs: tuple[str, ...] = ()
    """Mail addresses."""
    attachments: tuple[Path, ...] = ()
    kept: tuple[OutgoingAttachment, ...] = ()
    """Files of a ticket that was taken back: they are kept already."""
    refers_to: str | None = None
    """Remote id of the ticket that it tells of (forwarding)."""


def create(
    desk: Desk,
    account: str,
    *,
    subject: str,
    text: str,
    requester: str,
    public: bool = True,
    group: str | None = None,
    assignee: str | None = None,
    priority: str | None = None,
    tags: Sequence[str] = (),
    custom: Mapping[str, FieldValue] | None = None,
    ccs: Sequence[str] = (),
    attachments: Sequence[Path] = (),
    kept: Sequence[OutgoingAttachment] = (),
    refers_to: str | None = None,
    draft_ticket: int | None = None,
    undo_seconds: int | None = None,
) -> int:
    """Make a ticket: stored at once as `~7`, held for the undo window, then made there exactly once.

    It keeps its local id when the helpdesk has given it a number. While it is held, `replies.undo` takes it
    back: the text and the form are a draft again (`form_of`), and the ticket leaves the queue. Refused by the
    helpdesk, the text is a draft too and the ticket stays, with the reason.

    Args:
        desk: The profile.
        account: The account's short name.
        subject: One line.
        text: The first message.
        requester: `Name <address>`, an address, or a person whom the helpdesk knows: remote id or name.
        public: Whether the requester reads the text; else it begins with an internal note.
        group: Name or key; Request Tracker needs its queue.
        assignee: Name, address or key of an agent, or `me`.
        priority: Key, normalised word or label.
        tags: Tags.
        custom: Custom fields, and `type` and `due` where the helpdesk has them, by name or title.
        ccs: Mail addresses.
        attachments: Files; copied here, so that they may go away afterwards.
        kept: Files of a ticket that was taken back.
        refers_to: Remote id of the ticket that it tells of.
        draft_ticket: Local id of the unsent ticket that `save_draft` gave; it becomes this ticket.
        undo_seconds: How long it can be taken back; None: as the config says.

    Returns:
        The ticket's local id.

    Raises:
        UsageError: Something is missing, is no choice of its field, or the account cannot make tickets.
        ConsoleError: A file cannot be attached.
    """
    form = NewTicketForm(
        account=account,
        subject=" ".join(subject.split()),
        text=text,
        public=public,
        requester=requester.strip(),
        group=group,
        assignee=assignee,
        priority=priority,
        tags=tuple(tags),
        custom=dict(custom or {}),
        ccs=tuple(ccs),
        attachments=tuple(attachments),
        kept=tuple(kept),
        refers_to=refers_to,
    )
    state = desk.account(account)
    submission.require(state, "create", "make tickets")
    if not form.subject:
        raise UsageError("A new ticket needs a subject.")
    if not form.text.strip():
        raise UsageError("A new ticket needs a text.")
    draft = None if draft_ticket is None else desk.reader.draft(draft_ticket, None)
    person = _requester(desk, state, form.requester)
    fields = desk.reader.fields(state.id)
    values = _values(desk, state, fields, form)
    if state.capabilities.get("create_needs_group") and not values.get("group"):
        raise UsageError(f"A new ticket on {account} needs a group.")
    ccs_read = tuple(dict.fromkeys(_copied(each) for each in form.ccs if each.strip()))
    if ccs_read:
        submission.require(state, "cc", "put people in copy")
    message = OutgoingMessage(
        text=text,
        public=public,
        attachments=(*form.kept, *(files.keep(desk, path) for path in form.attachments)),
        to=(person.requester_email or person.requester_name,) if public else (),
        cc=ccs_read,
        cc_added=ccs_read,
    )
    change = Change(
        uuid=str(uuid.uuid4()),
        account_id=state.id,
        ticket_id=draft_ticket or 0,
        remote_ticket=None,
        state="held",
        created_at=0,
        held_until=0,
        base_version="",
        last_seen_message=None,
        edits=(),
        message=message,
        steps=(),
        draft_id=None if draft is None else draft.id,
        action=replace(person, fields=tuple(values.items()), refers_to=refers_to),
    )
    change = submission.made(desk, state, change, undo_seconds=undo_seconds)
    shown = {"status": choice_key("status", "new", fields), **values}
    unsent = Unsent(state.id, person.requester or person.requester_email, shown, ccs_read)
    ticket_id = desk.writer.queue_new(change, unsent, draft_ticket)
    desk.wake()
    return ticket_id


def forward(
    desk: Desk,
    ticket_id: int,
    *,
    to: str,
    text: str,
    subject: str | None = None,
    ccs: Sequence[str] = (),
    attachments: Sequence[Path] = (),
    group: str | None = None,
    notes: bool = False,
    undo_seconds: int | None = None,
) -> int:
    """Pass a ticket on to somebody outside, as a new ticket to their address with the thread quoted below.

    Neither Zendesk nor Request Tracker can forward by its API, so this is no forwarded mail: the addressee is
    the requester of a ticket of its own, and their answers come there, not to the original. The original is
    named in the text, and linked where the helpdesk has links; nothing is written on it. Its files are not
    passed on: attach them again. The helpdesk's own rules decide whether a mail leaves for a ticket that an
    agent has made for somebody (Zendesk: the trigger that tells a requester of a ticket, on by default).

    Args:
        desk: The profile.
        ticket_id: Local id of the ticket that is passed on.
        to: Whose it becomes: `Name <address>` or an address.
        text: What the agent writes above it.
        subject: None: that of the original with `Fwd:`.
        ccs: Mail addresses.
        attachments: Files.
        group: Name or key; None: the original's.
        notes: Whether internal notes are quoted too; what colleagues wrote among themselves then leaves.
        undo_seconds: How long it can be taken back; None: as the config says.

    Returns:
        The new ticket's local id.

    Raises:
        UsageError: The ticket is not on the helpdesk yet, the address is none, or the account cannot.
        ConsoleError: The ticket is gone.
    """
    detail = open_ticket(desk, ticket_id)
    if detail.row.remote_id is None:
        raise UsageError(f"{detail.row.name} is not on the helpdesk yet, so it cannot be forwarded.")
    if address_of(to) is None:
        raise UsageError(f"“{to}” is no mail address to forward to.")
    known = detail.fields.get("group")
    quoted = quote(desk, detail, notes=notes)
    return create(
        desk,
        detail.row.account,
        subject=subject or f"Fwd: {detail.row.subject}",
        text=f"{text.strip()}\n\n{quoted}" if text.strip() else quoted,
        requester=to,
        group=group or (str(known) if known else None),
        assignee="me",
        ccs=ccs,
        attachments=attachments,
        refers_to=detail.row.remote_id,
        undo_seconds=undo_seconds,
    )


def quote(desk: Desk, detail: TicketDetail, *, notes: bool = False) -> str:
    """Quote a ticket's thread, oldest first, headed by what it is; times are in the agent's zone.

    Args:
        desk: The profile.
        detail: The ticket.
        notes: Whether internal notes are quoted too.
    """
    lines = [f"---------- {detail.row.name}: {detail.row.subject} ----------"]
    for message in detail.messages:
        if message.kind == "event" or (message.kind == "note" and not notes):
            continue
        when = moment_of(message.created_at, desk.reader.zone).strftime("%Y-%m-%d %H:%M %Z")
        lines += ["", f"{message.author or 'Somebody'}, {when}:"]
        text = "\n".join(part.text for part in message.parts if part.kind == "body").strip("\n")
        lines += [f"> {line}".rstrip() for line in text.split("\n")]
        lines += [f"> [{file.file_name}]" for file in message.attachments]
    return "\n".join(lines)


def save_draft(desk: Desk, form: NewTicketForm, ticket_id: int | None = None) -> int:
    """Keep a new ticket that is being written, at once and safe against a crash; it is not in the queue.

    Args:
        desk: The profile.
        form: What has been filled in so far; nothing of it is checked.
        ticket_id: What the first call gave; None to begin one.

    Returns:
        Local id of the unsent ticket that holds the draft, for the next call and for `create`.
    """
    state = desk.account(form.account)
    fields = desk.reader.fields(state.id)
    told: dict[str, FieldValue] = {
        "requester": form.requester,
        "refers_to": form.refers_to,
        "cc": form.ccs,
        "subject": form.subject,
        "group": form.group,
        "assignee": form.assignee,
        "priority": form.priority,
        "tags": form.tags,
        **form.custom,
    }
    values: dict[str, FieldValue] = {
        "subject": form.subject,
        "status": choice_key("status", "new", fields),
        "tags": (),
    }
    return desk.writer.save_unsent(
        Unsent(state.id, address_of(form.requester) or form.requester, values),
        ticket_id,
        text=form.text,
        public=form.public,
        changes=tuple((name, value) for name, value in told.items() if value not in (None, "", ())),
        attachments=tuple(str(path) for path in form.attachments),
        at=desk.clock.now(),
    )


def form_of(desk: Desk, ticket_id: int) -> NewTicketForm:
    """Read the draft of a new ticket: one being written, taken back, or refused by the helpdesk.

    Raises:
        ConsoleError: There is no such draft.
    """
    row = desk.reader.queue_rows([ticket_id]).get(ticket_id)
    draft = desk.reader.draft(ticket_id, None)
    if row is None or row.remote_id is not None or draft is None:
        raise ConsoleError("There is no draft of a new ticket here.")
    told = dict(draft.changes)
    name, requester = str(told.get("requester_name") or ""), str(told.get("requester") or "")
    changes = desk.reader.changes(None, ticket_id)
    sent = next((change.message for change in reversed(changes) if change.message is not None), None)
    return NewTicketForm(
        account=row.account,
        subject=str(told.get("subject") or ""),
        text=draft.text,
        public=draft.public,
        requester=f"{name} <{requester}>" if name and "@" in requester else requester,
        group=_text(told.get("group")),
        assignee=_text(told.get("assignee")),
        priority=_text(told.get("priority")),
        tags=_texts(told.get("tags")),
        custom={key: value for key, value in told.items() if key not in _FORM},
        ccs=_texts(told.get("cc")),
        attachments=tuple(Path(path) for path in draft.attachments),
        kept=sent.attachments if sent is not None and not draft.attachments else (),
        refers_to=_text(told.get("refers_to")),
    )


def drafts(desk: Desk) -> tuple[int, ...]:
    """List the unsent tickets that are being written, the last written first; `form_of` reads each."""
    return desk.reader.unsent_drafts()


def discard(desk: Desk, ticket_id: int) -> None:
    """Put the draft of a new ticket away; its text stays among the draft's versions."""
    draft = desk.reader.draft(ticket_id, None)
    if draft is not None:
        desk.writer.discard_draft(draft.id, desk.clock.now())


def _requester(desk: Desk, account: AccountState, told: str) -> NewTicket:
    from email.utils import parseaddr

    name, address = parseaddr(told)[0].strip(), address_of(told)
    if address is not None:
        known = [
            person
            for person in desk.reader.people_named(account.id, address)
            if (person.email or "").casefold() == address.casefold()
        ]
        if known:
            return NewTicket(known[0].remote_id, known[0].email or address, known[0].name)
        return NewTicket(None, address, name)
    if not told:
        raise UsageError("A new ticket needs a requester: a mail address, or somebody known.")
    person = desk.reader.person(account.id, told)
    if person is None:
        found = desk.reader.people_named(account.id, told)
        exact = [each for each in found if each.name.casefold() == told.casefold()]
        choices = exact or found
        if len(choices) > 1:
            names = " or ".join(f"{each.name} <{each.email}>" for each in choices[:5])
            raise UsageError(f"“{told}” could be {names}.")
        if not choices:
            raise UsageError(f"“{account.name}” knows nobody named “{told}”: give a mail address.")
        person = choices[0]
    return NewTicket(person.remote_id, person.email or "", person.name)


def _values(
    desk: Desk, account: AccountState, fields: Sequence[TicketField], form: NewTicketForm
) -> dict[str, FieldValue]:
    wanted = [
        FieldChange(name, value)
        for name, value in (("group", form.group), ("assignee", form.assignee))
        if value
    ]
    wanted += [FieldChange(name, value) for name, value in form.custom.items() if value not in (None, "")]
    values: dict[str, FieldValue] = {"subject": form.subject}
    for change in resolve_for(desk, account, fields, wanted):
        value = change.value
        if change.field == "assignee" and value == "me":
            value = account.me
        if value is not None and not isinstance(value, TagsEdit):
            values[change.field] = value
    if form.priority:
        values["priority"] = choice_key("priority", form.priority, fields)
    if form.tags:
        values["tags"] = tuple(sorted(set(form.tags)))
    if values.get("due") is not None and account.capabilities.get("due_of_tasks"):
        if values.get("type") != "task":
            raise UsageError("Only tasks have a due date: set type=task too.")
    return values


def _copied(told: str) -> str:
    address = address_of(told)
    if address is None:
        raise UsageError(f"“{told}” is no mail address, so it cannot be put in copy.")
    return address


def _text(value: FieldValue) -> str | None:
    return None if value is None else str(value)


def _texts(value: FieldValue) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
