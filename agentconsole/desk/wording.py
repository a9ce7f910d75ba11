"""What a Change does, in the helpdesk's own words for its fields, choices, people and groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agentconsole.desk.context import Desk
from agentconsole.domain.changes import FieldEdit
from agentconsole.domain.fields import TicketField
from agentconsole.domain.tickets import FieldValue


def edit_words(desk: Desk, account_id: int, edits: Iterable[FieldEdit]) -> tuple[tuple[str, str], ...]:
    """Name each edited field and its new value as people know them.

    Args:
        desk: The profile.
        account_id: Whose fields they are.
        edits: What is edited; their keys stay where the helpdesk has no word for them.

    Returns:
        Pairs of name and value; foreign text.
    """
    fields = desk.reader.fields(account_id)
    return tuple(
        (field_word(fields, edit.field), value_word(desk, account_id, fields, edit.field, edit.value))
        for edit in edits
    )


def field_word(fields: Sequence[TicketField], name: str) -> str:
    """Name a field: the built-in ones as commands call them, others by their title."""
    if ":" not in name:
        return name
    return next((field.label for field in fields if field.name == name), name)


def value_word(
    desk: Desk, account_id: int, fields: Sequence[TicketField], name: str, value: FieldValue
) -> str:
    """Say what a field's value means; `nothing` for none."""
    if value is None or value == ():
        return "nothing"
    if name == "assignee":
        person = desk.reader.person(account_id, str(value))
        return person.name if person is not None else str(value)
    if name == "group":
        groups = desk.reader.groups(account_id)
        return next((group.name for group in groups if group.remote_id == str(value)), str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    options = next((field.options for field in fields if field.name == name), ())
    labels = {option.key: option.normalised or option.label for option in options}
    keys = value if isinstance(value, tuple) else (value,)
    return " ".join(labels.get(str(key), str(key)) for key in keys)
