"""Merging: an agent's edits over the server's values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agentconsole.domain.changes import FieldConflict as FieldConflict
from agentconsole.domain.changes import FieldEdit
from agentconsole.domain.tickets import FieldValue, FieldValues


@dataclass(frozen=True, slots=True)
class Merge:
    """What of the agent's edits goes through, based anew on the server's values."""

    edits: tuple[FieldEdit, ...]
    """Based on the server's present values; those already so on the server are left out."""
    conflicts: tuple[FieldConflict, ...]


def merge_edits(edits: Iterable[FieldEdit], theirs: FieldValues) -> Merge:
    """Merge an agent's edits with the server's present values, three ways, field by field.

    A field that only the agent changed goes through; one that both set to the same value needs nothing;
    one that both changed differently is a conflict. Tags merge as sets: what the agent added is added,
    what the agent removed is removed, and what somebody else did stays.

    Args:
        edits: The agent's edits with the values they were based on.
        theirs: The server's present values.
    """
    passing: list[FieldEdit] = []
    conflicts: list[FieldConflict] = []
    for edit in edits:
        now = theirs.get(edit.field)
        if edit.field == "tags":
            merged = replay_tags(edit, now)
            if merged != _tags(now):
                passing.append(FieldEdit("tags", _tags(now), merged))
        elif now == edit.value:
            continue
        elif now == edit.base:
            passing.append(FieldEdit(edit.field, now, edit.value))
        else:
            conflicts.append(FieldConflict(edit.field, edit.base, edit.value, now))
    return Merge(tuple(passing), tuple(conflicts))


def replay_edits(server: FieldValues, edits: Iterable[FieldEdit]) -> dict[str, FieldValue]:
    """Compute effective values: the server's with pending edits laid over them, in order."""
    effective = dict(server)
    for edit in edits:
        if edit.field == "tags":
            effective["tags"] = replay_tags(edit, effective.get("tags"))
        else:
            effective[edit.field] = edit.value
    return effective


def replay_tags(edit: FieldEdit, now: FieldValue) -> tuple[str, ...]:
    """Apply a tag edit to the tags as they are now; the result is sorted."""
    base, value = set(_tags(edit.base)), set(_tags(edit.value))
    return tuple(sorted((set(_tags(now)) | (value - base)) - (base - value)))


def _tags(value: FieldValue) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
