"""The words of a ticket: normalised statuses and priorities, and what a field may hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Status = Literal["new", "open", "pending", "hold", "solved", "closed"]
Priority = Literal["low", "normal", "high", "urgent"]

STATUSES: Final[tuple[Status, ...]] = ("new", "open", "pending", "hold", "solved", "closed")
"""Normalised statuses in the order of a ticket's life; comparisons (`status<solved`) use it."""

PRIORITIES: Final[tuple[Priority, ...]] = ("low", "normal", "high", "urgent")
"""Normalised priorities, lowest first."""

UNSOLVED: Final[frozenset[str]] = frozenset({"new", "open", "pending", "hold"})

FieldValue = str | int | float | bool | tuple[str, ...] | None
"""A ticket field's value in the server's own keys; people and groups by remote id; `tags` a sorted tuple."""

FieldValues = Mapping[str, FieldValue]
"""Field name to value: `subject status priority type assignee group tags` and `custom:<remote field id>`."""


def status_in_words(status: str) -> str:
    """Say a normalised status as it stands in a sentence: `stays on hold`."""
    return "on hold" if status == "hold" else status
