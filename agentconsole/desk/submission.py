"""Builds a Change: what an agent did to one ticket, with all that the sender needs to bring it home."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from agentconsole.desk.context import Desk
from agentconsole.desk.edits import edits_that_solve, missing_fields, solves
from agentconsole.desk.naming import resolve_changes
from agentconsole.domain.accounts import read_only_sentence
from agentconsole.domain.changes import HELD_BACK, Change, FieldChange, OutgoingMessage, Step
from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.fields import TicketField
from agentconsole.domain.times import SECOND
from agentconsole.domain.views import TicketDetail
from agentconsole.helpdesks.registry import steps_for


class FieldsMissing(ConsoleError):
    """Solving needs fields that are empty."""

    def __init__(self, ticket: str, fields: tuple[TicketField, ...]) -> None:
        names = ", ".join(f"“{field.label}”" for field in fields)
        super().__init__(f"{ticket} cannot be solved before {names} is filled in.")
        self.fields = fields


def plan(
    desk: Desk,
    detail: TicketDetail,
    *,
    changes: Sequence[FieldChange] = (),
    message: OutgoingMessage | None = None,
    last_seen_message: str | None = None,
    macro: str | None = None,
    draft_id: int | None = None,
    undo_seconds: int | None = None,
) -> Change | None:
    """Build the Change for one ticket; None where all is already so. Nothing is written.

    Who solves a ticket that nobody has takes it, where the helpdesk demands an assignee.

    Args:
        desk: The profile.
        detail: The ticket as shown.
        changes: Fields and what they shall become.
        message: A reply or note that goes with them.
        last_seen_message: Remote id of the newest message on screen; None: the newest that is known.
        macro: Remote id of the helpdesk macro that it came from.
        draft_id: The draft that the message was.
        undo_seconds: How long it can be taken back; None: as the config says.

    Raises:
        UsageError: A value is no choice of its field.
        FieldsMissing: It would solve the ticket while required fields are empty.
    """
    account = desk.account(detail.row.account)
    edits = edits_that_solve(account.kind, resolve_changes(desk, detail, changes), detail, account.me)
    if not edits and message is None:
        return None
    if solves(edits, detail.field_defs):
        missing = missing_fields(account.kind, detail, edits)
        if missing:
            raise FieldsMissing(detail.row.name, missing)
    now = desk.clock.now()
    held = desk.config.sync.undo_seconds if undo_seconds is None else undo_seconds
    change = Change(
        uuid=str(uuid.uuid4()),
        account_id=account.id,
        ticket_id=detail.row.ticket_id,
        remote_ticket=detail.row.remote_id,
        state="held",
        created_at=now,
        held_until=now + held * SECOND,
        base_version=detail.version,
        last_seen_message=last_seen_message if last_seen_message is not None else detail.last_message,
        edits=edits,
        message=message,
        steps=(),
        macro=macro,
        draft_id=draft_id,
    )
    settings = desk.config.account_by_uuid(account.uuid)
    if settings is not None and settings.read_only:
        change = replace(change, held_until=HELD_BACK, error=read_only_sentence(account.name))
    return replace(change, steps=_steps(account.kind, change))


def took_over(change: Change, changes: Sequence[FieldChange]) -> bool:
    """Whether a Change makes its ticket the agent's own, since it could not be solved without an assignee."""
    return any(edit.field == "assignee" for edit in change.edits) and all(
        wish.field != "assignee" for wish in changes
    )


def _steps(kind: str, change: Change) -> tuple[Step, ...]:
    return tuple(
        Step(id=0, change=change.uuid, position=position, kind=step.kind, payload=step.payload, state="held")
        for position, step in enumerate(steps_for(kind, change))
    )
