"""Snoozing tickets and marking them unread: what an agent does to them on this machine alone."""

from __future__ import annotations

from collections.abc import Sequence

from agentconsole.desk.context import Desk
from agentconsole.desk.deeds import Deed, LocalAct


def snooze(desk: Desk, ticket_ids: Sequence[int], until: int | None, deed: Deed) -> int:
    """Leave tickets out of the queue until an instant, or until their customer answers; None wakes them.

    Args:
        desk: The profile.
        ticket_ids: Local ids.
        until: UTC microseconds.
        deed: What the agent does; it can be taken back with it.

    Returns:
        How many tickets there were.
    """
    before = desk.writer.snooze(dict.fromkeys(ticket_ids, until))
    deed.acts.extend(LocalAct("snooze", one, was, until) for one, was in before.items() if was != until)
    return len(before)


def set_unread(desk: Desk, ticket_ids: Sequence[int], unread: bool, deed: Deed) -> int:
    """Mark tickets as unread, or as read.

    Returns:
        How many were not so before.
    """
    changed = desk.writer.set_unread(ticket_ids, unread)
    deed.acts.extend(LocalAct("unread", one, int(not unread), int(unread)) for one in changed)
    return len(changed)


def all_unread(desk: Desk, ticket_ids: Sequence[int]) -> bool:
    """Whether none of some tickets is marked read."""
    return desk.reader.all_unread(ticket_ids)


def asleep(desk: Desk, ticket_ids: Sequence[int]) -> int:
    """Count those of some tickets that are snoozed."""
    return desk.reader.snoozed(ticket_ids, desk.clock.now())
