"""Merging tickets: what it would join, and doing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agentconsole.desk import submission
from agentconsole.desk.context import Desk
from agentconsole.desk.tickets import open_ticket
from agentconsole.domain.changes import Change, MergeInto, OutgoingMessage
from agentconsole.domain.errors import UsageError
from agentconsole.domain.views import TicketDetail


@dataclass(frozen=True, slots=True)
class MergeSide:
    """One ticket of a merge; all texts are foreign."""

    ticket_id: int
    """Local id."""
    name: str
    account: str
    subject: str
    requester: str
    status_label: str
    messages: int
    """How many are known here."""
    waiting: int
    """Changes of it that are not settled yet; they go out first."""


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What a merge would join."""

    sources: tuple[MergeSide, ...]
    """Tickets that are closed and become part of the target."""
    target: MergeSide
    impossible: str | None
    """Why it cannot be done, in a sentence; None where it can."""
    warnings: tuple[str, ...]
    """What speaks against it, each in a sentence."""
    comments: bool
    """Whether each side gets a comment of its own; else one text goes before the merge."""


def merge_preview(desk: Desk, sources: Sequence[int], target: int) -> MergePreview:
    """Show both sides of a merge, and say what speaks against it; writes nothing.

    Args:
        desk: The profile.
        sources: Local ids of the tickets that would be closed.
        target: Local id of the ticket that would stay.

    Raises:
        ConsoleError: One of them is gone.
    """
    stays = open_ticket(desk, target)
    goes = [open_ticket(desk, source) for source in dict.fromkeys(sources)]
    able = desk.account(stays.row.account).capabilities
    return MergePreview(
        sources=tuple(_side(detail) for detail in goes),
        target=_side(stays),
        impossible=_impossible(desk, goes, stays),
        warnings=_warnings(goes, stays),
        comments=bool(able.get("merge_comments")),
    )


def merge(
    desk: Desk,
    sources: Sequence[int],
    target: int,
    *,
    target_comment: str = "",
    source_comment: str = "",
    target_public: bool = False,
    source_public: bool = False,
    undo_seconds: int | None = None,
) -> list[str]:
    """Merge tickets into another: one Change for each that is closed, held for the undo window.

    What waits to go out on a source goes first. Once the helpdesk has merged it, a source's number means the
    target, and both threads are read anew. It cannot be taken back then.

    Args:
        desk: The profile.
        sources: Local ids of the tickets that are closed.
        target: Local id of the ticket that stays.
        target_comment: What is written on the target; empty: which ticket was merged into it. Where the
            helpdesk has no such comments, a text is written on the source before, and nothing when empty.
        source_comment: What is written on each source; empty: what it was merged into.
        target_public: Whether the customer reads the comment on the target.
        source_public: The same for the comment on each source.
        undo_seconds: How long it can be taken back; None: as the config says.

    Returns:
        The UUIDs of the Changes, one a source.

    Raises:
        UsageError: It cannot be done; nothing has changed.
        ConsoleError: One of the tickets is gone; nothing has changed.
    """
    stays = open_ticket(desk, target)
    goes = [open_ticket(desk, source) for source in dict.fromkeys(sources)]
    why = _impossible(desk, goes, stays)
    if why is not None:
        raise UsageError(why)
    able = desk.account(stays.row.account).capabilities
    now = desk.clock.now()
    planned: list[Change] = []
    for detail in goes:
        message: OutgoingMessage | None = None
        action = MergeInto(
            target=str(stays.row.remote_id),
            target_comment=target_comment.strip() or _told_target(detail),
            source_comment=source_comment.strip() or _told_source(stays),
            target_public=target_public,
            source_public=source_public,
        )
        if not able.get("merge_comments"):
            text, public = source_comment.strip(), source_public
            if not text:
                text, public = target_comment.strip(), target_public
            message = OutgoingMessage(text, public) if text else None
            action = MergeInto(target=str(stays.row.remote_id))
        planned.append(
            submission.act(desk, detail, action, message=message, undo_seconds=undo_seconds, at=now)
        )
    desk.writer.queue_changes(planned)
    desk.wake()
    return [change.uuid for change in planned]


def _told_target(source: TicketDetail) -> str:
    return f"{source.row.name} “{source.row.subject}” was closed and merged into this request."


def _told_source(target: TicketDetail) -> str:
    return f"This request was closed and merged into {target.row.name} “{target.row.subject}”."


def _side(detail: TicketDetail) -> MergeSide:
    row = detail.row
    return MergeSide(
        ticket_id=row.ticket_id,
        name=row.name,
        account=row.account,
        subject=row.subject,
        requester=row.requester,
        status_label=row.status_label,
        messages=sum(message.kind != "event" for message in detail.messages),
        waiting=len(detail.pending),
    )


def _impossible(desk: Desk, sources: Sequence[TicketDetail], target: TicketDetail) -> str | None:
    if not sources:
        return "There is no ticket to merge."
    stays = target.row
    try:
        submission.require(desk.account(stays.account), "merge", "merge tickets")
        submission.refuse_leaving(target)
        for detail in sources:
            submission.refuse_leaving(detail)
    except UsageError as error:
        return error.sentence
    for row in (stays, *(detail.row for detail in sources)):
        if row.remote_id is None:
            return f"{row.name} is not on the helpdesk yet, so it cannot be merged."
        if row.account != stays.account:
            return (
                f"{row.name} is on {row.account}, {stays.name} on {stays.account}: "
                "tickets of two helpdesks cannot be merged."
            )
        if row.status == "closed":
            return f"{row.name} is closed, and a closed ticket cannot be merged."
    if any(detail.row.ticket_id == stays.ticket_id for detail in sources):
        return f"{stays.name} cannot be merged into itself."
    for detail in sources:
        if desk.reader.merged_into(detail.row.ticket_id) is not None:
            return f"{detail.row.name} has been merged already."
    return None


def _warnings(sources: Sequence[TicketDetail], target: TicketDetail) -> tuple[str, ...]:
    told: list[str] = []
    for detail in sources:
        if _who(detail) != _who(target):
            told.append(
                f"{detail.row.name} is {detail.row.requester or 'nobody'}’s, {target.row.name} is "
                f"{target.row.requester or 'nobody'}’s: each may then read what the other wrote."
            )
        if detail.pending:
            count = len(detail.pending)
            what = "1 change" if count == 1 else f"{count} changes"
            told.append(f"{what} of {detail.row.name} must go out first.")
    if target.row.status == "solved":
        told.append(f"{target.row.name} is solved.")
    return tuple(told)


def _who(detail: TicketDetail) -> str:
    person = detail.requester
    return (person.email or person.remote_id).casefold() if person is not None else ""
