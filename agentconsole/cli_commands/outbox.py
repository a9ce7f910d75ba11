"""`outbox` and `drafts`."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterable

from agentconsole.bootstrap import desk_for_command
from agentconsole.cli_commands import documents
from agentconsole.cli_commands.output import Column, local_time, plain, say, table, write_json
from agentconsole.cli_commands.tickets import describe_change, ticket_name
from agentconsole.desk import outbox
from agentconsole.desk.context import Desk
from agentconsole.desk.wording import field_word, value_word
from agentconsole.domain.changes import Change
from agentconsole.domain.errors import UsageError
from agentconsole.domain.queue_rows import QueueRow

_COLUMNS = (
    Column("ID", 8),
    Column("STATE", 9),
    Column("TICKET", 24),
    Column("QUEUED", 16),
    Column("WHAT", 90, grows=True),
)

_DRAFTS = (
    Column("TICKET", 24),
    Column("KIND", 6),
    Column("SAVED", 16),
    Column("SUBJECT", 40),
    Column("TEXT", 80, grows=True),
)

_EVERY_STATE = ("held", "queued", "sending", "sent", "unknown", "conflict", "rejected", "undone", "dropped")


def run_list(args: argparse.Namespace) -> int:
    """List what waits to go out."""
    with desk_for_command(args.home) as desk:
        changes = outbox.listing(desk, _EVERY_STATE if args.all else None)
        if args.json:
            write_json({"changes": [documents.change(change) for change in changes]})
            return 0
        names = _rows(desk, {change.ticket_id for change in changes})
        zone = desk.config.zone
        cells = (
            [
                change.uuid[:8],
                change.state,
                _name(names, change),
                local_time(change.created_at, zone),
                describe_change(desk, change).partition(": ")[2],
            ]
            for change in changes
        )
        for line in table(_COLUMNS, cells):
            say(line)
    if not changes:
        say("The outbox is empty.")
    return 0


def _rows(desk: Desk, ids: Collection[int]) -> dict[int, QueueRow]:
    listed = sorted(ids)
    rows: dict[int, QueueRow] = {}
    for start in range(0, len(listed), 64):
        rows.update(desk.reader.queue_rows(listed[start : start + 64]))
    return rows


def _name(rows: dict[int, QueueRow], change: Change) -> str:
    row = rows.get(change.ticket_id)
    return ticket_name(row) if row is not None else f"#{change.remote_ticket}"


def run_show(args: argparse.Namespace) -> int:
    """Show one entry with its text."""
    with desk_for_command(args.home) as desk:
        change = outbox.find(desk, args.id)
        if args.json:
            write_json(documents.change(change))
            return 0
        zone = desk.config.zone
        say(f"{change.uuid}  {_name(_rows(desk, {change.ticket_id}), change)}")
        say(f"  {describe_change(desk, change)}")
        say(f"  queued {local_time(change.created_at, zone)}")
        for step in change.steps:
            again = f", again {local_time(step.next_attempt_at, zone)}" if step.next_attempt_at else ""
            error = f" - {plain(step.error)}" if step.error else ""
            tried = f"{step.state}, {_tries(step.attempts)}"
            say(f"  step {step.position + 1}, {plain(step.kind)}: {tried}{again}{error}")
        for conflict in change.conflicts:
            fields = desk.reader.fields(change.account_id)
            mine, theirs = (
                plain(value_word(desk, change.account_id, fields, conflict.field, value))
                for value in (conflict.mine, conflict.theirs)
            )
            say(f"  {plain(field_word(fields, conflict.field))}: yours {mine}, theirs {theirs}")
        if change.message is not None:
            _addresses("to", change.message.to)
            _addresses("cc", change.message.cc)
            for file in change.message.attachments:
                say(f"  file {plain(file.file_name)}, {file.size} bytes")
            say()
            say(change.message.text)
    return 0


def _tries(attempts: int) -> str:
    return "not tried yet" if attempts == 0 else f"tried {attempts} time{'s' if attempts > 1 else ''}"


def _addresses(name: str, addresses: Iterable[str]) -> None:
    shown = ", ".join(plain(address) for address in addresses)
    if shown:
        say(f"  {name}  {shown}")


def run_retry(args: argparse.Namespace) -> int:
    """Send an entry once more."""
    with desk_for_command(args.home) as desk:
        change = outbox.find(desk, args.id)
        if change.state in ("sent", "undone", "dropped"):
            raise UsageError(f"{change.uuid[:8]} is {change.state}: there is nothing to send again.")
        if change.conflicts:
            if args.decision is None:
                names = ", ".join(conflict.field for conflict in change.conflicts)
                raise UsageError(
                    f"Somebody else changed {names} too: say --mine or --theirs "
                    f"(`agentconsole outbox show {change.uuid[:8]}` shows both)."
                )
            outbox.decide(desk, change.uuid, {conflict.field: args.decision for conflict in change.conflicts})
        if change.moved:
            outbox.send_anyway(desk, change.uuid)
        if change.state != "conflict":
            outbox.retry(desk, change.uuid)
        return _told(desk, args.json, change.uuid, "is sent again with the next sync")


def run_drop(args: argparse.Namespace) -> int:
    """Give an entry up."""
    with desk_for_command(args.home) as desk:
        change = outbox.find(desk, args.id)
        outbox.drop(desk, change.uuid)
        kept = "; its text is kept" if change.message is not None else ""
        return _told(desk, args.json, change.uuid, f"is given up{kept}")


def _told(desk: Desk, as_json: bool, uuid: str, what: str) -> int:
    change = desk.reader.change(uuid)
    if as_json:
        write_json(None if change is None else documents.change(change))
    else:
        say(f"{uuid[:8]} {what}.")
    return 0


def run_drafts(args: argparse.Namespace) -> int:
    """List what is being written."""
    with desk_for_command(args.home) as desk:
        drafts = desk.reader.drafts()
        rows = _rows(desk, {draft.ticket_id for draft in drafts})
        zone = desk.config.zone
    if args.json:
        write_json({"drafts": [documents.draft(draft, rows.get(draft.ticket_id)) for draft in drafts]})
        return 0
    cells = (
        [
            ticket_name(rows[draft.ticket_id]) if draft.ticket_id in rows else f"~{draft.ticket_id}",
            "reply" if draft.public else "note",
            local_time(draft.updated_at, zone),
            rows[draft.ticket_id].subject if draft.ticket_id in rows else "",
            draft.text or ", ".join(draft.attachments),
        ]
        for draft in drafts
    )
    for line in table(_DRAFTS, cells):
        say(line)
    if not drafts:
        say("Nothing is being written.")
    return 0
