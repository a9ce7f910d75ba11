"""The outbox: what waits to go out, and what the agent decides about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from agentconsole.desk.context import Desk
from agentconsole.domain import pacing
from agentconsole.domain.account_states import AccountState
from agentconsole.domain.accounts import read_only_sentence
from agentconsole.domain.changes import OPEN_STATES, Change
from agentconsole.domain.errors import ConsoleError, UsageError
from agentconsole.domain.views import Draft

Decision = Literal["mine", "theirs"]
"""Whose value a field in conflict shall have."""


def listing(desk: Desk, states: Collection[str] | None = None) -> tuple[Change, ...]:
    """List Changes, oldest first; without states those that are not settled."""
    return desk.reader.changes(OPEN_STATES if states is None else states, None)


def counts(desk: Desk) -> dict[str, int]:
    """Count open Changes by state."""
    return desk.reader.outbox_counts()


def find(desk: Desk, name: str) -> Change:
    """Find a Change by its UUID or the beginning of it.

    Raises:
        UsageError: The beginning fits several.
        ConsoleError: It fits none.
    """
    exact = desk.reader.change(name)
    if exact is not None:
        return exact
    found = [change for change in desk.reader.changes(None, None) if change.uuid.startswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"“{name}” fits {len(found)} entries of the outbox: give more of it.")
    raise ConsoleError(
        f"There is nothing in the outbox named “{name}”; `agentconsole outbox list` shows all."
    )


def send_now(desk: Desk, uuid: str) -> None:
    """End the undo window of a held Change.

    Raises:
        ChangeTooLate: It is no longer held.
        ConsoleError: Its account is set up read-only.
    """
    _may_be_sent(desk, uuid)
    desk.writer.send_now(uuid, desk.clock.now())
    desk.wake()


def retry(desk: Desk, uuid: str) -> None:
    """Send a Change once more that was rejected or held back, or whose waiting time the agent cuts short.

    Raises:
        ChangeTooLate: It is going out, or settled.
        ConsoleError: Its account is set up read-only.
    """
    change = _may_be_sent(desk, uuid)
    if change is not None and change.held_back:
        desk.writer.send_now(uuid, desk.clock.now())
    else:
        desk.writer.retry_change(uuid, desk.clock.now())
    desk.wake()


def _may_be_sent(desk: Desk, uuid: str) -> Change | None:
    change = desk.reader.change(uuid)
    if change is None:
        return None
    for state in desk.reader.account_states():
        settings = desk.config.account_by_uuid(state.uuid)
        if state.id == change.account_id and settings is not None and settings.read_only:
            raise ConsoleError(read_only_sentence(state.name))
    return change


def drop(desk: Desk, uuid: str) -> None:
    """Give a Change up; its text is kept among the draft's versions.

    Raises:
        ChangeTooLate: It is going out, or has gone.
    """
    desk.writer.drop_change(uuid, desk.clock.now())


def edit(desk: Desk, uuid: str) -> Draft | None:
    """Take a Change out of the outbox to write it anew.

    Returns:
        The draft that has its text again; None when it had none.

    Raises:
        ChangeTooLate: It is going out, or has gone.
    """
    return desk.writer.edit_change(uuid, desk.clock.now())


def send_anyway(desk: Desk, uuid: str) -> None:
    """Send a reply although its thread has moved: the agent has seen what is new."""
    desk.writer.send_anyway(uuid, desk.clock.now())
    desk.wake()


def decide(desk: Desk, uuid: str, decisions: Mapping[str, Decision]) -> tuple[str, ...]:
    """Decide fields in conflict one by one; the Change goes out once nothing is in doubt.

    Args:
        desk: The profile.
        uuid: The Change.
        decisions: Field name to whose value it shall have; fields left out stay in doubt.

    Returns:
        The fields that are still in doubt.

    Raises:
        ChangeTooLate: It is not in conflict any more.
        UsageError: A field named is not in doubt.
    """
    left = desk.writer.resolve_conflict(uuid, dict(decisions), desk.clock.now())
    desk.wake()
    return left


def no_line(desk: Desk) -> bool:
    """Whether no account's helpdesk can be reached, so that nothing goes out now."""
    states = desk.reader.account_states()
    return bool(states) and all(state.state == "offline" for state in states)


@dataclass(frozen=True, slots=True)
class BulkProgress:
    """How far the work of one account that many Changes make is."""

    account: str
    done: int
    """Changes that have arrived."""
    total: int
    failed: int
    """Changes of it that ask the agent: rejected, in conflict, or of unknown fate."""
    goes_on_at: int | None
    """When the next one may go out: the helpdesk's limit is reached. None: it goes on now."""


def progress(desk: Desk) -> tuple[BulkProgress, ...]:
    """Tell how far bulk work is, an account each; empty when none is under way.

    Bulk work is what was done to a selection in one go, as long as any of it waits to go out.
    """
    now = desk.clock.now()
    found: list[BulkProgress] = []
    for state in desk.reader.account_states():
        counts = desk.reader.bulk_counts(state.id)
        if counts is None:
            continue
        until = max(state.retry_at or 0, _free_at(desk, state, now))
        found.append(BulkProgress(state.name, *counts, goes_on_at=until if until > now else None))
    return tuple(found)


def _free_at(desk: Desk, state: AccountState, now: int) -> int:
    limit = state.capabilities.get("updates_a_minute")
    if not isinstance(limit, int):
        return now
    started = [at for _, at in desk.reader.started_since(state.id, now - pacing.SPAN)]
    return pacing.free_at(started, pacing.most_of(limit, urgent=False), pacing.SPAN, now)
