"""What an agent did, as undo counts it: one deed, to one ticket or to thousands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class LocalAct:
    """Something done to a ticket on this machine alone."""

    kind: Literal["snooze", "unread"]
    ticket_id: int
    before: int | None
    """The instant until which it was snoozed, or 1 for unread."""
    after: int | None


@dataclass(eq=False, slots=True)
class Deed:
    """One thing that an agent did, to one ticket or to thousands: one step of undo."""

    what: str
    """In words, as in “priority high”; may hold foreign text."""
    made_at: int
    order: int = 0
    """Number of the last Change that was made before it."""
    changes: list[str] = field(default_factory=list)
    """UUIDs of its Changes."""
    acts: list[LocalAct] = field(default_factory=list)
    running: bool = False
    """It is still being done."""
    over: bool = False
    """It is being taken back: what is left of it is not to be done."""
