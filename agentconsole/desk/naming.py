"""From the names that people and macros use to the helpdesk's own keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from agentconsole.desk.context import Desk
from agentconsole.domain.account_states import AccountState
from agentconsole.domain.changes import FieldChange, TagsEdit
from agentconsole.domain.errors import UsageError
from agentconsole.domain.fields import TicketField, read_number
from agentconsole.domain.tickets import FieldValue
from agentconsole.domain.times import format_instant, instant_of
from agentconsole.domain.views import TicketDetail

CUSTOM = "custom:"

NOBODY = frozenset({"none", "nobody", "-", ""})

BUILT_IN = ("subject", "status", "priority", "type", "assignee", "group", "tags", "due", "links")


def resolve_changes(
    desk: Desk, detail: TicketDetail, changes: Iterable[FieldChange]
) -> tuple[FieldChange, ...]:
    """Put the helpdesk's own keys in place of names; what is a key already stays.

    Raises:
        UsageError: There is no such field, group, agent or choice on the ticket's helpdesk.
    """
    return resolve_for(desk, desk.account(detail.row.account), detail.field_defs, changes)


def resolve_for(
    desk: Desk, account: AccountState, fields: Sequence[TicketField], changes: Iterable[FieldChange]
) -> tuple[FieldChange, ...]:
    """Do the same for a ticket that is yet to be.

    Raises:
        UsageError: As `resolve_changes` does.
    """
    return tuple(_resolved(desk, account, fields, change) for change in changes)


def _resolved(
    desk: Desk, account: AccountState, fields: Sequence[TicketField], change: FieldChange
) -> FieldChange:
    value = change.value
    if change.field == "group" and isinstance(value, str):
        return FieldChange("group", _group(desk, account, value))
    if change.field == "assignee" and isinstance(value, str):
        return FieldChange("assignee", _agent(desk, account, value))
    if change.field == "due" and isinstance(value, str) and value:
        return FieldChange("due", _instant(desk, value))
    if change.field in BUILT_IN or isinstance(value, TagsEdit):
        return change
    field = find_field(fields, change.field, account.name)
    return FieldChange(field.name, field_value(field, value)) if field is not None else change


def refuse_keys_of_one(accounts: Sequence[str], changes: Iterable[FieldChange]) -> None:
    """Refuse keys of one helpdesk for tickets of several: on another, the same number is something else.

    Args:
        accounts: Whose tickets are to be changed.
        changes: What is wanted of all of them.

    Raises:
        UsageError: A change names a person, a group or a field by a number.
    """
    for change in changes:
        if change.field in ("assignee", "group"):
            by_number = isinstance(change.value, str) and change.value.isdigit()
            what, instead = f"{change.field} {change.value}", "a name or a mail address"
        else:
            name = change.field.removeprefix(CUSTOM)
            by_number = name.isdigit()
            what, instead = f"the field {name}", "its title"
        if by_number:
            raise UsageError(
                f"{' and '.join(accounts)} each have their own numbers, so {what} cannot be meant for both: "
                f"use {instead}, or change each account's tickets on their own."
            )


def _instant(desk: Desk, value: str) -> str:
    """Read a date, or a time, in the agent's zone unless it names one; a date alone means its noon."""
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        raise UsageError(f"“{value}” is no date, as 2026-12-31 or 2026-12-31T17:00 would be.") from None
    if len(value.strip()) <= len("2026-12-31"):
        moment = moment.replace(hour=12)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=desk.reader.zone)
    return format_instant(instant_of(moment))


def find_field(fields: Sequence[TicketField], name: str, account: str) -> TicketField | None:
    """Find a field by its name (`custom:<remote id>`), its remote id or its title.

    Raises:
        UsageError: The account has no such field, or several with that title.
    """
    wanted = name.removeprefix(CUSTOM)
    for field in fields:
        if field.name in (name, CUSTOM + wanted):
            return field
    titled = [field for field in fields if field.label.casefold() == wanted.casefold()]
    own = [field for field in titled if field.name.startswith(CUSTOM)]
    if len(own or titled) == 1:
        return (own or titled)[0]
    if titled:
        names = " or ".join(field.name for field in titled)
        raise UsageError(f"“{account}” has {len(titled)} fields named “{wanted}”: use {names}.")
    if name.startswith(CUSTOM) and wanted.isdigit():
        return None
    known = ", ".join([*BUILT_IN, *(field.label for field in fields if field.name.startswith(CUSTOM))])
    raise UsageError(f"“{account}” has no field “{wanted}”; it has {known}.")


def field_value(field: TicketField, value: FieldValue) -> FieldValue:
    """Read a value for a field: choices by key or label, numbers, yes and no.

    Raises:
        UsageError: It is no value of this field.
    """
    if value is None or value == "":
        return None
    if field.kind == "multichoice":
        words = value if isinstance(value, tuple) else tuple(str(value).split(","))
        return tuple(sorted(_choice(field, word.strip()) for word in words if word.strip()))
    if field.kind == "choice":
        return _choice(field, str(value))
    if field.kind == "checkbox":
        word = str(value).casefold()
        if word in ("true", "yes", "on", "1", "false", "no", "off", "0"):
            return word in ("true", "yes", "on", "1")
        raise UsageError(f"“{field.label}” is yes or no, not “{value}”.")
    if field.kind in ("integer", "decimal") and isinstance(value, str):
        try:
            return read_number(field.kind, value)
        except ValueError:
            raise UsageError(f"“{field.label}” is a number, not “{value}”.") from None
    return value


def _choice(field: TicketField, value: str) -> str:
    if not field.options:
        return value
    wanted = value.casefold()
    options = [option for option in field.options if option.active]
    for option in options:
        if value == option.key:
            return option.key
    for option in options:
        if wanted in (option.key.casefold(), option.label.casefold()):
            return option.key
    labels = ", ".join(option.label for option in options)
    for option in field.options:
        if wanted in (option.key.casefold(), option.label.casefold()):
            raise UsageError(
                f"“{option.label}” of “{field.label}” is not in use any more; there is {labels or 'none'}."
            )
    raise UsageError(f"“{value}” is no choice of “{field.label}”; it has {labels}.")


def _group(desk: Desk, account: AccountState, value: str) -> str | None:
    if value.casefold() in NOBODY:
        return None
    groups = desk.reader.groups(account.id)
    for group in groups:
        if value == group.remote_id or value.casefold() == group.name.casefold():
            return group.remote_id
    names = ", ".join(group.name for group in groups)
    raise UsageError(f"“{account.name}” has no group “{value}”; it has {names or 'none yet'}.")


def _agent(desk: Desk, account: AccountState, value: str) -> str | None:
    wanted = value.casefold()
    if wanted in NOBODY:
        return None
    if wanted in ("me", "current_user"):
        return "me"
    if value.isdigit():
        return value
    found = [
        person
        for person in desk.reader.agents(account.id)
        if value == person.remote_id
        or wanted in person.name.casefold()
        or wanted in (person.email or "").casefold()
    ]
    exact = [
        person
        for person in found
        if value == person.remote_id or wanted in (person.name.casefold(), (person.email or "").casefold())
    ]
    choices = exact or found
    if len(choices) == 1:
        return choices[0].remote_id
    if choices:
        raise UsageError(f"“{value}” could be {' or '.join(person.name for person in choices[:5])}.")
    raise UsageError(f"“{account.name}” knows no agent “{value}”.")
