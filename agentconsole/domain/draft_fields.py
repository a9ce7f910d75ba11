"""What a draft keeps beside its text: the fields that go out with it, or the form of a new ticket.

Of a set (tags, links) it keeps what is to be added and what is to be taken away, and the whole set only where
a macro names that: a tag that a colleague adds while the text is being written must stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from agentconsole.domain.changes import Change, FieldChange, FieldEdit, NewTicket, TagsEdit
from agentconsole.domain.merge import SET_FIELDS
from agentconsole.domain.tickets import FieldValue

COPIES: Final = "cc"
"""The name under which a draft keeps whom the agent has put in copy."""

_ADDED, _REMOVED = "+", "-"
"""What the name of a set ends with."""

Kept = tuple[tuple[str, FieldValue], ...]


def kept_changes(changes: Iterable[FieldChange]) -> Kept:
    """Write field changes as a draft keeps them; a later one of a field counts, sets are joined."""
    kept: dict[str, FieldValue] = {}
    for change in changes:
        value, name = change.value, change.field
        if not isinstance(value, TagsEdit):
            kept[name] = value
            if name in SET_FIELDS:
                # A whole set leaves nothing of what was added to it or taken from it before.
                kept.pop(name + _ADDED, None)
                kept.pop(name + _REMOVED, None)
            continue
        for sign, these, others in ((_ADDED, value.add, value.remove), (_REMOVED, value.remove, value.add)):
            had = _members(kept.pop(name + sign, ()))
            now = tuple(dict.fromkeys((*(one for one in had if one not in others), *these)))
            if now:
                kept[name + sign] = now
    return tuple(kept.items())


def changes_kept(kept: Sequence[tuple[str, FieldValue]]) -> tuple[FieldChange, ...]:
    """Read the field changes that a draft keeps; whom it has in copy is none."""
    changes: list[FieldChange] = []
    sets: dict[str, TagsEdit] = {}
    for name, value in kept:
        field, sign = name[:-1], name[-1:]
        if field in SET_FIELDS and sign in (_ADDED, _REMOVED):
            had = sets.get(field, TagsEdit())
            if sign == _ADDED:
                sets[field] = TagsEdit(_members(value), had.remove)
            else:
                sets[field] = TagsEdit(had.add, _members(value))
        elif name != COPIES:
            changes.append(FieldChange(name, value))
    return (*changes, *(FieldChange(field, edit) for field, edit in sets.items()))


def kept_of(change: Change) -> Kept:
    """Tell what a draft keeps of a Change that is to be gone on with: of a new ticket the form."""
    made, message = change.action, change.message
    if not isinstance(made, NewTicket):
        kept = kept_changes(_change_of(edit) for edit in change.edits)
        if message is not None and (message.cc_added or message.cc_removed):
            return (*kept, (COPIES, message.cc))
        return kept
    form: dict[str, FieldValue] = {
        "requester": made.requester or made.requester_email,
        "requester_name": made.requester_name,
        "refers_to": made.refers_to,
        COPIES: message.cc if message is not None else (),
        **dict(made.fields),
    }
    return tuple((name, value) for name, value in form.items() if value not in (None, "", ()))


def _change_of(edit: FieldEdit) -> FieldChange:
    if edit.field not in SET_FIELDS:
        return FieldChange(edit.field, edit.value)
    before, after = _members(edit.base), _members(edit.value)
    return FieldChange(
        edit.field,
        TagsEdit(
            tuple(one for one in after if one not in before),
            tuple(one for one in before if one not in after),
        ),
    )


def _members(value: FieldValue) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
