"""New tickets: made from their form, and sent exactly once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace

from agentconsole.desk import attachments as files
from agentconsole.desk import submission, ticket_forms
from agentconsole.desk.context import Desk
from agentconsole.desk.edits import choice_key, missing_as
from agentconsole.desk.naming import resolve_for
from agentconsole.desk.new_ticket_form import NewTicketForm
from agentconsole.desk.replies import address_of
from agentconsole.domain.account_states import AccountState
from agentconsole.domain.changes import Change, FieldChange, NewTicket, OutgoingMessage, TagsEdit
from agentconsole.domain.errors import UsageError
from agentconsole.domain.fields import TicketField, is_solved, status_key
from agentconsole.domain.tickets import FieldValue
from agentconsole.helpdesks.registry import first_statuses
from agentconsole.store.unsent import Unsent


def create(
    desk: Desk,
    form: NewTicketForm,
    *,
    draft_ticket: int | None = None,
    undo_seconds: int | None = None,
) -> int:
    """Make a ticket: stored at once as `~7`, held for the undo window, then made there exactly once.

    It keeps its local id when the helpdesk has given it a number. While it is held, `replies.undo` takes it
    back: the text and the form are a draft again (`form_of`), and the ticket leaves the queue. Refused by the
    helpdesk, the text is a draft too and the ticket stays, with the reason. What its ticket form lacks is not
    sent (`ticket_forms.not_sent`). One that is made solved and that nobody has becomes the agent's own, where
    the helpdesk demands an assignee for that.

    Args:
        desk: The profile.
        form: What has been filled in; files are copied here, so that they may go away afterwards.
        draft_ticket: Local id of the unsent ticket that `save_draft` gave; it becomes this ticket.
        undo_seconds: How long it can be taken back; None: as the config says.

    Returns:
        The ticket's local id.

    Raises:
        UsageError: Something is missing, is no choice of its field, is a form that is not in use any more,
            or the account cannot make tickets.
        FieldsMissing: Fields are empty that its status or its form needs.
        ConsoleError: A file cannot be attached.
    """
    form = replace(form, subject=" ".join(form.subject.split()), requester=form.requester.strip())
    state = desk.account(form.account)
    submission.require(state, "create", "make tickets")
    if not form.subject:
        raise UsageError("A new ticket needs a subject.")
    if not form.text.strip():
        raise UsageError("A new ticket needs a text.")
    draft = None if draft_ticket is None else desk.reader.draft(draft_ticket, None)
    person = _requester(desk, state, form.requester)
    fields = desk.reader.fields(state.id)
    values = _values(desk, state, fields, form)
    if needs_group(desk, form) and not values.get("group"):
        raise UsageError(f"A new ticket on {form.account} needs a group.")
    missing = _missing(state, fields, form, values)
    if missing:
        raise submission.FieldsMissing("The new ticket", missing, solves=solves(desk, form))
    ccs_read = tuple(dict.fromkeys(_copied(each) for each in form.ccs if each.strip()))
    if ccs_read:
        submission.require(state, "cc", "put people in copy")
    copies = files.copies_of(desk, draft_ticket) if form.attachments else {}
    message = OutgoingMessage(
        text=form.text,
        public=form.public,
        attachments=tuple(files.keep(desk, path, copies) for path in form.attachments),
        to=(person.requester_email or person.requester_name,) if form.public else (),
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
        macro=form.macro,
        draft_id=None if draft is None else draft.id,
        action=replace(person, fields=tuple(values.items()), refers_to=form.refers_to),
    )
    change = submission.made(desk, state, change, undo_seconds=undo_seconds)
    shown = {"status": status_key("new", fields) or "new", **values}
    unsent = Unsent(state.id, person.requester or person.requester_email, shown, ccs_read)
    ticket_id = desk.writer.queue_new(change, unsent, draft_ticket)
    desk.wake()
    return ticket_id


def needs_group(desk: Desk, form: NewTicketForm) -> bool:
    """Whether the account makes no ticket without a group, and none is chosen."""
    return bool(desk.account(form.account).capabilities.get("create_needs_group")) and not form.group


def missing_fields(desk: Desk, form: NewTicketForm) -> tuple[TicketField, ...]:
    """List the fields that must be filled before the ticket can be made as it is; works offline.

    The assignee is not among them: who makes a solved ticket that nobody has takes it.

    Raises:
        UsageError: A value is no choice of its field, or the form is not in use any more.
    """
    state = desk.account(form.account)
    fields = desk.reader.fields(state.id)
    return _missing(state, fields, form, _values(desk, state, fields, form))


def solves(desk: Desk, form: NewTicketForm) -> bool:
    """Whether the ticket would be made solved."""
    fields = desk.reader.fields(desk.account(form.account).id)
    status = None if form.status is None else choice_key("status", form.status, fields)
    return is_solved(status, fields)


def statuses(desk: Desk, account: str) -> tuple[str, ...]:
    """List the normalised statuses, beside `new`, that a ticket of an account can be made with."""
    state = desk.account(account)
    fields = desk.reader.fields(state.id)
    known = {
        option.normalised or option.key for item in fields if item.name == "status" for option in item.options
    }
    return tuple(one for one in first_statuses(state.kind) if not known or one in known)


def _missing(
    account: AccountState,
    fields: Sequence[TicketField],
    form: NewTicketForm,
    values: Mapping[str, FieldValue],
) -> tuple[TicketField, ...]:
    ticket_form = ticket_forms.required(fields, form)
    values = {"status": status_key("new", fields) or "new", **values}
    return missing_as(account.kind, fields, values, None if ticket_form is None else ticket_form.key)


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
    ticket_form = ticket_forms.required(fields, form)
    if ticket_form is not None and ticket_forms.to_choose_from(fields):
        values[ticket_forms.FORM] = ticket_form.key
    lacking = {field.name for field in fields} - {field.name for field in ticket_forms.of_form(fields, form)}
    for change in resolve_for(desk, account, fields, wanted):
        value = change.value
        if change.field in lacking:
            continue
        if change.field == "assignee" and value == "me":
            value = account.me
        if value is not None and not isinstance(value, TagsEdit):
            values[change.field] = value
    for name, word in (("priority", form.priority), ("status", form.status)):
        if word:
            values[name] = choice_key(name, word, fields)
    if form.tags:
        values["tags"] = tuple(sorted(set(form.tags)))
    if "assignee" not in values and account.me is not None:
        if any(field.name == "assignee" for field in _missing(account, fields, form, values)):
            values["assignee"] = account.me
    if values.get("due") is not None and account.capabilities.get("due_of_tasks"):
        if values.get("type") != "task":
            raise UsageError("Only tasks have a due date: set type=task too.")
    return values


def _copied(told: str) -> str:
    address = address_of(told)
    if address is None:
        raise UsageError(f"“{told}” is no mail address, so it cannot be put in copy.")
    return address
