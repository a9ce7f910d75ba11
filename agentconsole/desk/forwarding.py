"""Passing a ticket on to somebody outside: a new ticket to them, with the thread quoted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agentconsole.desk.context import Desk
from agentconsole.desk.new_ticket_form import NewTicketForm
from agentconsole.desk.new_tickets import create
from agentconsole.desk.replies import address_of
from agentconsole.desk.tickets import open_ticket
from agentconsole.domain.errors import UsageError
from agentconsole.domain.times import moment_of
from agentconsole.domain.views import TicketDetail


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
        UsageError: The ticket is not on the helpdesk yet, its thread has not been read, the address is none,
            or the account cannot.
        ConsoleError: The ticket is gone.
    """
    detail = open_ticket(desk, ticket_id)
    if (missing := why_not_yet(detail)) is not None:
        raise UsageError(missing)
    if address_of(to) is None:
        raise UsageError(f"“{to}” is no mail address to forward to.")
    known = detail.fields.get("group")
    quoted = quote(desk, detail, notes=notes)
    form = NewTicketForm(
        detail.row.account,
        subject=subject or f"Fwd: {detail.row.subject}",
        text=f"{text.strip()}\n\n{quoted}" if text.strip() else quoted,
        requester=to,
        group=group or (str(known) if known else None),
        assignee="me",
        ccs=tuple(ccs),
        attachments=tuple(attachments),
        refers_to=detail.row.remote_id,
    )
    return create(desk, form, undo_seconds=undo_seconds)


def why_not_yet(detail: TicketDetail) -> str | None:
    """Tell why a ticket cannot be passed on yet; None where it can."""
    name = detail.row.name
    if detail.row.remote_id is None:
        return f"{name} is not on the helpdesk yet, so it cannot be passed on."
    if detail.thread_read_at is None:
        # Only its head would go out, and look like all that there is.
        return f"The messages of {name} are not here yet: it can be passed on once they have been read."
    return None


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
