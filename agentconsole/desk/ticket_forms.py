"""Ticket forms: which one a new ticket gets, and which fields that one has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from agentconsole.desk.context import Desk
from agentconsole.desk.new_ticket_form import NewTicketForm
from agentconsole.domain.errors import UsageError
from agentconsole.domain.fields import FieldOption, TicketField

FORM: Final = "form"
"""The field whose choices are a helpdesk's forms."""


def offered(fields: Sequence[TicketField]) -> tuple[FieldOption, ...]:
    """List the forms that a ticket can be given, the default one first; empty where there are none."""
    return tuple(
        option for field in fields if field.name == FORM for option in field.options if option.active
    )


def to_choose_from(fields: Sequence[TicketField]) -> tuple[FieldOption, ...]:
    """List the same where there is more than one; else there is nothing to choose."""
    found = offered(fields)
    return found if len(found) > 1 else ()


def chosen(fields: Sequence[TicketField], told: str | None) -> FieldOption | None:
    """Tell which form a new ticket gets.

    Args:
        fields: The account's fields.
        told: What was chosen, by key or name; None: the default one.

    Returns:
        The form; None where the helpdesk has none, or none any more that was chosen.
    """
    forms = offered(fields)
    if told is None:
        return forms[0] if forms else None
    return _named(forms, told)


def required(fields: Sequence[TicketField], form: NewTicketForm) -> FieldOption | None:
    """Do the same, and refuse a choice that holds no more.

    Raises:
        UsageError: The form that was chosen has been deleted or switched off.
    """
    found = chosen(fields, form.ticket_form)
    if found is None and form.ticket_form is not None:
        every = tuple(option for field in fields if field.name == FORM for option in field.options)
        known = _named(every, form.ticket_form)
        name = "The form that was chosen" if known is None else f"The form “{known.label}”"
        others = ", ".join(option.label for option in offered(fields))
        instead = f"choose another one ({others})" if others else "leave it empty (Delete)"
        raise UsageError(
            f"{name} is not in use on {form.account} any more: {instead} in the line Form. "
            "Nothing that was filled in is lost."
        )
    return found


def of_form(fields: Sequence[TicketField], form: NewTicketForm) -> tuple[TicketField, ...]:
    """List the fields that a new ticket has with the form that is chosen for it."""
    key = _key(fields, form)
    return tuple(field for field in fields if field.on_form(key))


def not_sent(desk: Desk, form: NewTicketForm) -> tuple[TicketField, ...]:
    """List the fields that are filled in though the chosen form lacks them: they stay here and go nowhere."""
    fields = desk.reader.fields(desk.account(form.account).id)
    key = _key(fields, form)
    return tuple(field for field in fields if field.name in form.custom and not field.on_form(key))


def _key(fields: Sequence[TicketField], form: NewTicketForm) -> str | None:
    found = chosen(fields, form.ticket_form)
    return None if found is None else found.key


def _named(options: Sequence[FieldOption], told: str) -> FieldOption | None:
    for option in options:
        if option.key == told:
            return option
    return next((option for option in options if option.label.casefold() == told.casefold()), None)
