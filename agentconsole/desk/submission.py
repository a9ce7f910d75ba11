"""Builds a Change: what an agent did to one ticket, with all that the sender needs to bring it home."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from agentconsole.desk.context import Desk
from agentconsole.desk.edits import edits_that_solve, missing_fields, solves
from agentconsole.desk.naming import resolve_changes
from agentconsole.domain.account_states import AccountState
from agentconsole.domain.accounts import read_only_sentence
from agentconsole.domain.changes import (
    HELD_BACK,
    Change,
    FieldChange,
    FieldEdit,
    MergeInto,
    OutgoingMessage,
    Removal,
    Step,
)
from agentconsole.domain.errors import ConsoleError, UsageError
from agentconsole.domain.fields import TicketField
from agentconsole.domain.times import SECOND
from agentconsole.domain.views import TicketDetail
from agentconsole.helpdesks.registry import steps_for


class FieldsMissing(ConsoleError):
    """Solving, or the ticket's form, needs fields that are empty."""

    def __init__(self, ticket: str, fields: tuple[TicketField, ...], *, solves: bool) -> None:
        names = ", ".join(f"“{field.label}”" for field in fields)
        unsolved = f"{ticket} cannot be solved before {names} is filled in."
        super().__init__(
            unsolved if solves else f"{ticket} needs {names} filled in first: its form asks for it."
        )
        self.fields = fields
        self.lacks = f"cannot be solved without {names}." if solves else f"needs {names} filled in first."
        """The same shorter, to stand behind the names of several tickets."""


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
    at: int | None = None,
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
        at: When it is made: the same instant for all that is done in one go; None: now.

    Raises:
        UsageError: A value is no choice of its field, or the ticket is about to be merged or removed.
        FieldsMissing: Fields are empty that solving it, or its form, needs.
    """
    account = desk.account(detail.row.account)
    edits = edits_that_solve(account.kind, resolve_changes(desk, detail, changes), detail, account.me)
    return plan_edits(
        desk,
        detail,
        edits,
        message=message,
        last_seen_message=last_seen_message,
        macro=macro,
        draft_id=draft_id,
        undo_seconds=undo_seconds,
        at=at,
    )


def plan_edits(
    desk: Desk,
    detail: TicketDetail,
    edits: tuple[FieldEdit, ...],
    *,
    message: OutgoingMessage | None = None,
    last_seen_message: str | None = None,
    macro: str | None = None,
    draft_id: int | None = None,
    undo_seconds: int | None = None,
    at: int | None = None,
) -> Change | None:
    """Build the Change for edits that name the helpdesk's own keys; all else as `plan` does.

    Raises:
        UsageError: The ticket is about to be merged or removed.
        FieldsMissing: Fields are empty that solving it, or its form, needs.
    """
    refuse_leaving(detail)
    if not edits and message is None:
        return None
    account = desk.account(detail.row.account)
    _check_due(detail, edits)
    missing = missing_fields(account.kind, detail, edits, writing=message is not None)
    if missing:
        raise FieldsMissing(detail.row.name, missing, solves=solves(edits, detail.field_defs))
    change = replace(_blank(account, detail, message), edits=edits, macro=macro, draft_id=draft_id)
    if last_seen_message is not None:
        change = replace(change, last_seen_message=last_seen_message)
    return made(desk, account, change, undo_seconds=undo_seconds, at=at)


def act(
    desk: Desk,
    detail: TicketDetail,
    action: MergeInto | Removal,
    *,
    message: OutgoingMessage | None = None,
    undo_seconds: int | None = None,
    at: int | None = None,
) -> Change:
    """Build the Change that merges or removes a ticket. Nothing is written.

    Args:
        desk: The profile.
        detail: The ticket as shown.
        action: What becomes of it.
        message: What is written on it before.
        undo_seconds: How long it can be taken back; None: as the config says.
        at: When it is made; None: now.

    Raises:
        UsageError: The ticket is not on the helpdesk yet, or is about to be merged or removed already.
    """
    refuse_leaving(detail)
    if detail.row.remote_id is None:
        raise UsageError(f"{detail.row.name} is not on the helpdesk yet: take it back instead.")
    account = desk.account(detail.row.account)
    change = replace(_blank(account, detail, message), action=action)
    return made(desk, account, change, undo_seconds=undo_seconds, at=at)


def _blank(account: AccountState, detail: TicketDetail, message: OutgoingMessage | None) -> Change:
    """Begin a Change of a ticket as it is shown, without times and steps."""
    return Change(
        uuid=str(uuid.uuid4()),
        account_id=account.id,
        ticket_id=detail.row.ticket_id,
        remote_ticket=detail.row.remote_id,
        state="held",
        created_at=0,
        held_until=0,
        base_version=detail.version,
        last_seen_message=detail.last_message,
        edits=(),
        message=message,
        steps=(),
    )


def made(
    desk: Desk, account: AccountState, change: Change, *, undo_seconds: int | None, at: int | None = None
) -> Change:
    """Give a Change its times and its steps; one for a read-only account is held back for good."""
    now = desk.clock.now()
    held = desk.config.sync.undo_seconds if undo_seconds is None else undo_seconds
    # What is done to thousands takes a while; each has its whole undo window.
    change = replace(change, created_at=now if at is None else at, held_until=now + held * SECOND)
    settings = desk.config.account_by_uuid(account.uuid)
    if settings is not None and settings.read_only:
        change = replace(change, held_until=HELD_BACK, error=read_only_sentence(account.name))
    return replace(change, steps=_steps(account.kind, change))


def refuse_leaving(detail: TicketDetail) -> None:
    """Refuse to do anything more to a ticket that is about to be merged or removed.

    Raises:
        UsageError: Says what is under way.
    """
    for change in detail.pending:
        if isinstance(change.action, MergeInto):
            what = f"merged into #{change.action.target}"
        elif isinstance(change.action, Removal):
            what = "marked as spam" if change.action.spam else "deleted"
        else:
            continue
        raise UsageError(f"{detail.row.name} is about to be {what}: take that back first.")


def require(account: AccountState, ability: str, what: str) -> None:
    """Refuse what an account cannot do.

    Args:
        account: The account.
        ability: A name of `helpdesks.base.Capabilities`.
        what: For the sentence: `merge tickets`.

    Raises:
        UsageError: It cannot, or what it can do is not known before the first sync.
    """
    if not account.capabilities:
        raise UsageError(
            f"What {account.name} can do is not known before the first sync: run `agentconsole sync`."
        )
    if not account.capabilities.get(ability):
        raise UsageError(f"{account.name} cannot {what} from here.")


def _check_due(detail: TicketDetail, edits: Sequence[FieldEdit]) -> None:
    values = {**detail.fields, **{edit.field: edit.value for edit in edits}}
    due = next((edit.value for edit in edits if edit.field == "due"), None)
    if due is not None and "type" in values and values["type"] != "task":
        raise UsageError(f"{detail.row.name} is no task, and only tasks have a due date: set type=task too.")


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
