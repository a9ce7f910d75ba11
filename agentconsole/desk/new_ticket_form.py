"""The form of a new ticket: what an agent fills in, and the draft that keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from agentconsole.desk.context import Desk
from agentconsole.desk.edits import choice_key
from agentconsole.desk.replies import address_of
from agentconsole.domain.changes import FieldChange, TagsEdit
from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.fields import normalised_status, status_key
from agentconsole.domain.tickets import FieldValue
from agentconsole.domain.views import Contact
from agentconsole.helpdesks.registry import first_statuses
from agentconsole.store.unsent import Unsent

_FORM = (
    "requester", "requester_name", "refers_to", "cc", "subject", "group", "assignee", "priority", "status",
    "tags", "form",
)  # fmt: skip
"""What the form has a place of its own for; all else of a draft is its custom fields."""


@dataclass(frozen=True, slots=True)
class NewTicketForm:
    """What an agent fills in."""

    account: str
    """The account's short name."""
    ticket_form: str | None = None
    """The helpdesk's form that the ticket gets, by key or name; None: its default one."""
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
    status: str | None = None
    """The helpdesk's own key, or a normalised word; None: as the helpdesk begins tickets."""
    tags: tuple[str, ...] = ()
    custom: Mapping[str, FieldValue] = field(default_factory=dict)
    """Custom fields, and `type` and `due` where the helpdesk has them, by name or title; those that the
    ticket's form lacks are kept here and not sent."""
    ccs: tuple[str, ...] = ()
    """Mail addresses."""
    attachments: tuple[Path, ...] = ()
    refers_to: str | None = None
    """Remote id of the ticket that it tells of (forwarding)."""
    macro: str | None = None
    """Remote id of the helpdesk macro that was used last."""


def requester_of(desk: Desk, form: NewTicketForm) -> Contact | None:
    """Tell whom a form is for, as far as that is clear; None where nobody is named yet."""
    from email.utils import parseaddr

    account = desk.account(form.account)
    told, address = form.requester.strip(), address_of(form.requester)
    if not told:
        return None
    known = desk.reader.person(account.id, told)
    if known is not None:
        return known
    wanted = (address or told).casefold()
    found = [
        person
        for person in desk.reader.people_named(account.id, address or told)
        if wanted in ((person.email or "").casefold(), person.name.casefold())
    ]
    if len(found) == 1:
        return found[0]
    return Contact("", parseaddr(told)[0] if address else told, address, "customer")


def with_changes(
    desk: Desk, form: NewTicketForm, changes: Iterable[FieldChange]
) -> tuple[NewTicketForm, tuple[str, ...]]:
    """Set in a form what a macro sets in a ticket.

    Args:
        desk: The profile.
        form: As it is filled in.
        changes: In the helpdesk's own keys.

    Returns:
        The form, and why a change cannot be part of a new ticket, a sentence each.
    """
    account = desk.account(form.account)
    fields = desk.reader.fields(account.id)
    tags, custom = set(form.tags), dict(form.custom)
    left_out: list[str] = []
    for change in changes:
        name, value = change.field, change.value
        if isinstance(value, TagsEdit):
            tags = (tags | set(value.add)) - set(value.remove)
        elif name == "tags":
            tags = set(_texts(value))
        elif name == "status":
            word = normalised_status(choice_key("status", str(value), fields), fields)
            if word == "new" or word in first_statuses(account.kind):
                form = replace(form, status=str(value))
            else:
                left_out.append(f"A new ticket on {form.account} cannot begin as {value}.")
        elif name in ("group", "assignee", "priority"):
            form = replace(form, **{name: _text(value) or None})  # type: ignore[arg-type]
        elif name == "form":
            form = replace(form, ticket_form=_text(value) or None)
        elif name == "subject":
            form = replace(form, subject=str(value or ""))
        elif value in (None, "", ()):
            custom.pop(name, None)
        else:
            custom[name] = value
    return replace(form, tags=tuple(sorted(tags)), custom=custom), tuple(left_out)


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
        "status": form.status,
        "tags": form.tags,
        "form": form.ticket_form,
        **form.custom,
    }
    values: dict[str, FieldValue] = {
        "subject": form.subject,
        "status": status_key("new", fields) or "new",
        "tags": (),
    }
    return desk.writer.save_unsent(
        Unsent(state.id, address_of(form.requester) or form.requester, values),
        ticket_id,
        text=form.text,
        public=form.public,
        macro=form.macro,
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
    return NewTicketForm(
        account=row.account,
        ticket_form=_text(told.get("form")),
        subject=str(told.get("subject") or ""),
        text=draft.text,
        public=draft.public,
        requester=f"{name} <{requester}>" if name and "@" in requester else requester,
        group=_text(told.get("group")),
        assignee=_text(told.get("assignee")),
        priority=_text(told.get("priority")),
        status=_text(told.get("status")),
        tags=_texts(told.get("tags")),
        custom={key: value for key, value in told.items() if key not in _FORM},
        ccs=_texts(told.get("cc")),
        attachments=tuple(Path(path) for path in draft.attachments),
        refers_to=_text(told.get("refers_to")),
        macro=draft.macro,
    )


def drafts(desk: Desk) -> tuple[int, ...]:
    """List the unsent tickets that are being written, the last written first; `form_of` reads each."""
    return desk.reader.unsent_drafts()


def discard(desk: Desk, ticket_id: int) -> None:
    """Put the draft of a new ticket away; its text stays among the draft's versions."""
    draft = desk.reader.draft(ticket_id, None)
    if draft is not None:
        desk.writer.discard_draft(draft.id, desk.clock.now())


def _text(value: FieldValue) -> str | None:
    return None if value is None else str(value)


def _texts(value: FieldValue) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
