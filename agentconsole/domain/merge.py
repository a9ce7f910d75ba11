"""Merging: an agent's edits over the server's values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from agentconsole.domain.changes import FieldConflict as FieldConflict
from agentconsole.domain.changes import FieldEdit
from agentconsole.domain.tickets import FieldValue, FieldValues

SET_FIELDS: Final = frozenset({"tags", "links"})
"""Fields that hold a set: two people's edits of one are joined and never contradict each other."""


@dataclass(frozen=True, slots=True)
class Merge:
    """What of the agent's edits goes through, based anew on the server's values."""

    edits: tuple[FieldEdit, ...]
    """Based on the server's present values; those already so on the server are left out."""
    conflicts: tuple[FieldConflict, ...]


def merge_edits(edits: Iterable[FieldEdit], theirs: FieldValues) -> Merge:
    """Merge an agent's edits with the server's present values, three ways, field by field.

    A field that only the agent changed goes through; one that both set to the same value needs nothing;
    one that both changed differently is a conflict. Tags and links merge as sets: what the agent added is
    added, what the agent removed is removed, and what somebody else did stays.

    Args:
        edits: The agent's edits with the values they were based on.
        theirs: The server's present values.
    """
    passing: list[FieldEdit] = []
    conflicts: list[FieldConflict] = []
    for edit in edits:
        now = theirs.get(edit.field)
        if edit.field in SET_FIELDS:
            merged = replay_set(edit, now)
            if merged != _members(now):
                passing.append(FieldEdit(edit.field, _members(now), merged))
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
        if edit.field in SET_FIELDS:
            effective[edit.field] = replay_set(edit, effective.get(edit.field))
        else:
            effective[edit.field] = edit.value
    return effective


def replay_set(edit: FieldEdit, now: FieldValue) -> tuple[str, ...]:
    """Apply an edit of a set to the set as it is now; the result is sorted."""
    base, value = set(_members(edit.base)), set(_members(edit.value))
    return tuple(sorted((set(_members(now)) | (value - base)) - (base - value)))


def _members(value: FieldValue) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
