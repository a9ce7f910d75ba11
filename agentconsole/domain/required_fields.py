"""Which fields a ticket's form asks for: those always there, and those shown while another has a value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agentconsole.domain.fields import FieldCondition, TicketField, is_solved
from agentconsole.domain.tickets import FieldValue, FieldValues

_FORM = "form"


def missing_fields(
    fields: Sequence[TicketField], values: FieldValues, form: str | None, status: FieldValue
) -> tuple[TicketField, ...]:
    """List the fields that must be filled before a ticket can be submitted with a status.

    What a form shows under a condition is asked for by that condition alone, whatever the field itself says;
    while the condition does not hold it is not asked for.

    Args:
        fields: The account's fields.
        values: The ticket's values as they would be.
        form: Remote id of the ticket's form; None: not known, so that it has no conditions.
        status: Key of the status.
    """
    solves = is_solved(status, fields)
    conditions = conditions_of(fields, form)
    conditional = {one.field for one in conditions}
    wanted = {
        one.field
        for one in holding(conditions, fields, values)
        if one.required_on is None or status in one.required_on
    }
    return tuple(
        each
        for each in fields
        if each.on_form(form)
        and (each.name in wanted if each.name in conditional else solves and each.required_to_solve)
        and _is_empty(values.get(each.name))
    )


def conditions_of(fields: Sequence[TicketField], form: str | None) -> tuple[FieldCondition, ...]:
    """List the conditions of a form."""
    return tuple(
        condition
        for each in fields
        if each.name == _FORM
        for option in each.options
        if option.key == form
        for condition in option.conditions
    )


def has_conditions(fields: Iterable[TicketField]) -> bool:
    """Whether any form of an account has conditions, so that a value can bring further fields."""
    return any(option.conditions for each in fields if each.name == _FORM for option in each.options)


def holding(
    conditions: Iterable[FieldCondition], fields: Sequence[TicketField], values: FieldValues
) -> tuple[FieldCondition, ...]:
    """List the conditions that hold: the parent has the value, and is shown itself."""
    ticked = {each.name for each in fields if each.kind == "checkbox"}
    conditions = tuple(conditions)
    conditional = {one.field for one in conditions}
    fitting = [one for one in conditions if one.value in _words(values.get(one.parent), one.parent in ticked)]
    found: list[FieldCondition] = []
    shown: set[str] = set()
    # A chain is followed from its first parent on, so that a ring of parents shows nothing.
    while True:
        more = [one for one in fitting if one.parent not in conditional or one.parent in shown]
        if len(more) == len(found):
            return tuple(more)
        found, shown = more, {one.field for one in more}


def _words(value: FieldValue, is_checkbox: bool) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return tuple(str(each) for each in value)
    if isinstance(value, bool) or is_checkbox:
        return ("true",) if value is True or value == "true" else ("false",)
    return () if value is None else (str(value),)


def _is_empty(value: FieldValue) -> bool:
    """Whether nothing is filled in; a box must be ticked, and nought is a number."""
    return value is None or value is False or value in ("", ())
