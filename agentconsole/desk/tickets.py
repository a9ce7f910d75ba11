"""Tickets: finding one by its name, opening it, changing its fields."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from agentconsole.desk import submission
from agentconsole.desk.context import Desk
from agentconsole.desk.edits import edits_that_solve, missing_fields
from agentconsole.desk.naming import refuse_keys_of_one, resolve_changes
from agentconsole.domain.changes import FieldChange
from agentconsole.domain.errors import ConsoleError, UsageError
from agentconsole.domain.fields import TicketField
from agentconsole.domain.views import Contact, TicketDetail
from agentconsole.helpdesks.registry import ticket_url

_NAME = re.compile(r"(?:(?P<account>[a-z0-9][a-z0-9_-]*)?#)?(?P<remote>[A-Za-z0-9_-]{1,64})")

_LOCAL = re.compile(r"~(\d{1,18})")


def resolve(desk: Desk, name: str) -> int:
    """Find the local id of a ticket by what it is called: `demo#41`, `#41`, `41` or, unsent, `~7`.

    Raises:
        UsageError: This cannot be a ticket's name, or more than one account has it.
        ConsoleError: There is no such ticket here.
    """
    text = name.strip()
    if local := _LOCAL.fullmatch(text):
        ticket_id = int(local.group(1))
        if desk.reader.queue_rows([ticket_id]):
            return ticket_id
        raise ConsoleError(f"There is no ticket {text} here.")
    match = _NAME.fullmatch(text)
    if match is None:
        raise UsageError(f"“{name}” is no ticket: it is called #41, 41, account#41 or, unsent, ~7.")
    account, remote = match.group("account"), match.group("remote")
    states = desk.reader.account_states()
    if account is not None and all(state.name != account for state in states):
        known = ", ".join(state.name for state in states) or "none yet"
        raise UsageError(f"There is no account “{account}”; there is: {known}.")
    found = desk.reader.find_ticket(account, remote)
    if len(found) == 1:
        return found[0]
    if not found:
        raise ConsoleError(
            f"There is no ticket {_shown(account, remote)} here; `agentconsole sync` reads what is new."
        )
    having = {row.account for row in desk.reader.queue_rows(found).values()}
    choices = " or ".join(f"{one.name}#{remote}" for one in states if one.name in having)
    raise UsageError(f"More than one account has a ticket #{remote}: say {choices}.")


def _shown(account: str | None, remote: str) -> str:
    return f"{account or ''}#{remote}"


def open_ticket(desk: Desk, ticket_id: int) -> TicketDetail:
    """Read a ticket with its whole thread, as it is known here; writes nothing.

    Raises:
        ConsoleError: The ticket is gone.
    """
    detail = desk.reader.ticket_detail(ticket_id, desk.clock.now())
    if detail is None:
        raise _gone()
    if detail.row.remote_id is None:
        return detail
    account = desk.account(detail.row.account)
    return replace(detail, url=ticket_url(account.kind, account.url, detail.row.remote_id))


def ticket_without_thread(desk: Desk, ticket_id: int) -> TicketDetail:
    """Read what changing a ticket needs, without its messages.

    Raises:
        ConsoleError: The ticket is gone.
    """
    detail = desk.reader.ticket_detail(ticket_id, desk.clock.now(), thread=False)
    if detail is None:
        raise _gone()
    return detail


def _gone() -> ConsoleError:
    return ConsoleError("This ticket is gone: it was deleted, or merged into another.")


def mark_opened(desk: Desk, detail: TicketDetail) -> None:
    """Note that the agent has a ticket before them: it is read, and its thread is fetched if it may be stale.

    Writes to the database, so the console calls it off its event loop.
    """
    now = desk.clock.now()
    ticket_id = detail.row.ticket_id
    if detail.row.unread or detail.woke_up:
        desk.writer.mark_read(ticket_id, now)
    if not detail.thread_fresh and detail.row.remote_id is not None:
        desk.writer.request_thread(ticket_id, now)
        desk.wake()


def set_fields(
    desk: Desk,
    ticket_ids: Sequence[int],
    changes: Sequence[FieldChange],
    *,
    undo_seconds: int | None = None,
) -> list[str]:
    """Change fields of tickets: one Change a ticket, held for the undo window.

    Args:
        desk: The profile.
        ticket_ids: Local ids.
        changes: Fields, and what they shall become; groups, agents and custom fields by key or by name.
        undo_seconds: How long they can be taken back; None: as the config says.

    Returns:
        The UUIDs of the Changes; a ticket where all is already so gets none.

    Raises:
        UsageError: A value is no choice of its field.
        ConsoleError: A ticket is gone, or solving needs a field that is empty; then nothing at all changes.
    """
    planned = []
    now = desk.clock.now()
    details = [ticket_without_thread(desk, ticket_id) for ticket_id in ticket_ids]
    named = {detail.row.account for detail in details}
    accounts = [state.name for state in desk.queue.account_states() if state.name in named]
    if len(accounts) > 1:
        refuse_keys_of_one(accounts, changes)
    for detail in details:
        change = submission.plan(desk, detail, changes=changes, undo_seconds=undo_seconds, at=now)
        if change is not None:
            planned.append(change)
    desk.writer.queue_changes(planned)
    if planned:
        desk.wake()
    return [change.uuid for change in planned]


def missing_before(
    desk: Desk, detail: TicketDetail, changes: Sequence[FieldChange], *, writing: bool = False
) -> tuple[TicketField, ...]:
    """List the fields that must be filled before changes of this ticket can go out; works offline.

    The assignee is not among them: who solves a ticket that nobody has takes it.

    Args:
        desk: The profile.
        detail: The ticket as shown.
        changes: What would go out.
        writing: A reply or note goes out too.

    Raises:
        UsageError: A value is no choice of its field.
    """
    account = desk.account(detail.row.account)
    wanted = resolve_changes(desk, detail, changes)
    edits = edits_that_solve(account.kind, wanted, detail, account.me or "me")
    return missing_fields(account.kind, detail, edits, writing=writing)


def find_people(desk: Desk, account: str, text: str) -> tuple[Contact, ...]:
    """Find people of an account by the beginning of a name or address."""
    return desk.reader.people_named(desk.account(account).id, text)
