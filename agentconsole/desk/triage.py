"""Taking tickets out of the queue for good: marking them as spam, and deleting them."""

from __future__ import annotations

from collections.abc import Sequence

from agentconsole.desk import submission
from agentconsole.desk.context import Desk
from agentconsole.desk.tickets import open_ticket
from agentconsole.domain.changes import Change, Removal


def mark_spam(desk: Desk, ticket_ids: Sequence[int], *, undo_seconds: int | None = None) -> list[str]:
    """Mark tickets as spam: one Change a ticket, held for the undo window.

    They stay in the queue until the helpdesk has done it. Zendesk deletes the ticket and suspends its
    requester; Request Tracker gives it the status that the account's options name, `rejected` by itself.
    It cannot be taken back from here once it is out.

    Args:
        desk: The profile.
        ticket_ids: Local ids.
        undo_seconds: How long it can be taken back; None: as the config says.

    Returns:
        The UUIDs of the Changes.

    Raises:
        UsageError: An account cannot do it, or a ticket is not on the helpdesk; then nothing changes.
        ConsoleError: A ticket is gone; then nothing changes.
    """
    return _remove(desk, ticket_ids, Removal(spam=True), "spam", "mark spam", undo_seconds)


def delete(desk: Desk, ticket_ids: Sequence[int], *, undo_seconds: int | None = None) -> list[str]:
    """Delete tickets: one Change a ticket, held for the undo window.

    The login may lack the right to it, which the helpdesk says only when asked to: the Change is then
    rejected with its sentence, and the ticket stays.

    Args:
        desk: The profile.
        ticket_ids: Local ids.
        undo_seconds: How long it can be taken back; None: as the config says.

    Returns:
        The UUIDs of the Changes.

    Raises:
        UsageError: An account cannot do it, or a ticket is not on the helpdesk; then nothing changes.
        ConsoleError: A ticket is gone; then nothing changes.
    """
    return _remove(desk, ticket_ids, Removal(spam=False), "delete", "delete tickets", undo_seconds)


def _remove(
    desk: Desk,
    ticket_ids: Sequence[int],
    action: Removal,
    ability: str,
    what: str,
    undo_seconds: int | None,
) -> list[str]:
    planned: list[Change] = []
    now = desk.clock.now()
    for ticket_id in ticket_ids:
        detail = open_ticket(desk, ticket_id)
        submission.require(desk.account(detail.row.account), ability, what)
        planned.append(submission.act(desk, detail, action, undo_seconds=undo_seconds, at=now))
    desk.writer.queue_changes(planned)
    if planned:
        desk.wake()
    return [change.uuid for change in planned]
