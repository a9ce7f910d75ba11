"""From what an agent wants to field edits with their base values; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agentconsole.domain import required_fields
from agentconsole.domain.changes import FieldChange, FieldEdit, TagsEdit
from agentconsole.domain.errors import UsageError
from agentconsole.domain.fields import TicketField, is_solved, normalised_status, status_key
from agentconsole.domain.merge import SET_FIELDS
from agentconsole.domain.tickets import FieldValue, FieldValues
from agentconsole.domain.views import TicketDetail
from agentconsole.helpdesks.registry import missing_to_solve


def edits_of(changes: Iterable[FieldChange], detail: TicketDetail, me: str | None) -> tuple[FieldEdit, ...]:
    """Turn wanted changes into edits based on the values that the agent saw.

    Several changes of one field become one edit; what is already so is left out.

    Args:
        changes: In the order in which they were wished; later ones win.
        detail: The ticket as shown.
        me: Remote id of the agent, for `assignee` = `me`.

    Raises:
        UsageError: A value is no choice of its field, or `me` is not known yet.
    """
    values: dict[str, FieldValue] = {}
    for change in changes:
        before = values.get(change.field, detail.fields.get(change.field))
        values[change.field] = _wanted(change, before, detail.field_defs, me)
    return tuple(
        FieldEdit(field, detail.fields.get(field), value)
        for field, value in values.items()
        if value != _settled(field, detail.fields.get(field))
    )


def edits_that_solve(
    kind: str, changes: Sequence[FieldChange], detail: TicketDetail, me: str | None
) -> tuple[FieldEdit, ...]:
    """The same, where a ticket that must have an assignee to be solved goes to whoever solves it.

    Zendesk: a ticket without an assignee cannot be solved. A wish about the assignee itself is left as it is.

    Args:
        kind: Which helpdesk system.
        changes: As for `edits_of`.
        detail: The ticket as shown.
        me: Remote id of the agent.

    Raises:
        UsageError: As `edits_of` does.
    """
    edits = edits_of(changes, detail, me)
    if not solves(edits, detail.field_defs) or any(change.field == "assignee" for change in changes):
        return edits
    if me is None or all(field.name != "assignee" for field in missing_fields(kind, detail, edits)):
        return edits
    return (*edits, FieldEdit("assignee", detail.fields.get("assignee"), me))


def solves(edits: Iterable[FieldEdit], fields: Sequence[TicketField]) -> bool:
    """Whether the edits solve a ticket, or close it, which asks for the same."""
    return any(edit.field == "status" and is_solved(edit.value, fields) for edit in edits)


def would_solve(detail: TicketDetail, changes: Sequence[FieldChange]) -> bool:
    """Whether changes would solve or close a ticket that is not so yet.

    Raises:
        UsageError: The status is none of its helpdesk.
    """
    status = [change for change in changes if change.field == "status"]
    return bool(status) and solves(edits_of(status, detail, None), detail.field_defs)


def _settled(field: str, value: FieldValue) -> FieldValue:
    return () if field in SET_FIELDS and value is None else value


def _wanted(
    change: FieldChange, before: FieldValue, fields: Sequence[TicketField], me: str | None
) -> FieldValue:
    value = change.value
    if isinstance(value, TagsEdit):
        had = set(before) if isinstance(before, tuple) else set()
        return tuple(sorted((had | set(value.add)) - set(value.remove)))
    if change.field in SET_FIELDS:
        return tuple(sorted(set(value))) if isinstance(value, tuple) else ()
    if change.field == "assignee" and value == "me":
        if me is None:
            raise UsageError(
                "Who you are on this helpdesk is not known before the first sync: run `agentconsole sync`."
            )
        return me
    if change.field in ("status", "priority") and isinstance(value, str):
        return choice_key(change.field, value, fields)
    return value


def choice_key(name: str, value: str, fields: Sequence[TicketField]) -> str:
    """Find the helpdesk's own key for a choice given by key, normalised word or label.

    Where the field is not known (no sync yet), the word is taken as it stands.

    Raises:
        UsageError: The field has other choices.
    """
    known = next((field for field in fields if field.name == name and field.options), None)
    if known is None:
        return value
    wanted = value.casefold()
    for option in known.options:
        if option.key == value:
            return option.key
    for option in known.options:
        if option.normalised == wanted:
            return option.key
    for option in known.options:
        if wanted in (option.key.casefold(), option.label.casefold()):
            return option.key
    words: list[str] = []
    for option in known.options:
        word = option.normalised or option.key
        words.append(option.label if word in words else word)
    raise UsageError(f"“{value}” is no {name} of this helpdesk; it has {', '.join(words)}.")


def missing_fields(
    kind: str, detail: TicketDetail, edits: Sequence[FieldEdit], *, writing: bool = False
) -> tuple[TicketField, ...]:
    """List the fields that must be filled before edits can be made.

    They are looked at where a status is set, and where a text goes out on a ticket that is not solved; other
    edits leave a ticket as it was submitted last.

    Args:
        kind: Which helpdesk system.
        detail: The ticket as shown.
        edits: What would go out with it.
        writing: A reply or note goes out too.
    """
    status = next((edit.value for edit in edits if edit.field == "status"), None)
    if status is None:
        status = detail.fields.get("status")
        if not writing or is_solved(status, detail.field_defs):
            return ()
    values = {**detail.fields, **{edit.field: edit.value for edit in edits}, "status": status}
    form = values.get("form")
    return missing_as(kind, detail.field_defs, values, form if isinstance(form, str) else None)


def missing_as(
    kind: str, fields: Sequence[TicketField], values: FieldValues, form: str | None
) -> tuple[TicketField, ...]:
    """List the fields that must be filled before a ticket can be submitted with its values.

    Args:
        kind: Which helpdesk system.
        fields: The account's fields.
        values: The ticket's values as they would be, its status among them.
        form: Remote id of its form, where that is known.
    """
    status = values.get("status")
    if is_solved(status, fields):
        missing = missing_to_solve(kind, fields, values, form)
    else:
        if normalised_status(status, fields) == "new" and values.get("assignee"):
            # A helpdesk whose forms have conditions opens a new ticket that somebody has.
            status = status_key("open", fields) or status
        missing = required_fields.missing_fields(fields, values, form, status)
    return tuple(sorted(missing, key=lambda field: field.position))
