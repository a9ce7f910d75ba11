"""`list` and `show`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Final

from agentconsole.bootstrap import desk_for_command
from agentconsole.cli_commands import documents
from agentconsole.cli_commands.output import (
    Column,
    about,
    local_time,
    plain,
    say,
    span,
    table,
    tell,
    until,
    write_json,
)
from agentconsole.desk import queue, ticket_forms, tickets
from agentconsole.desk.context import Desk
from agentconsole.desk.views import all_views, view_named
from agentconsole.desk.wording import edit_words
from agentconsole.domain.changes import Change
from agentconsole.domain.errors import ConsoleError, UsageError
from agentconsole.domain.queries import Sort
from agentconsole.domain.queue_rows import QueueRow
from agentconsole.domain.views import Contact, MessageItem, TicketDetail

DEFAULT_QUERY: Final = "status<solved"

_WINDOW: Final = 64

_COLUMNS: Final = (
    Column("TICKET", 24),
    Column("STATUS", 12),
    Column("PRIO", 6),
    Column("REQUESTER", 22),
    Column("SUBJECT", 70, grows=True),
    Column("ASSIGNEE", 18),
    Column("DUE", 8, right=True),
    Column("AGE", 7, right=True),
)


def run_list(args: argparse.Namespace) -> int:
    """List tickets."""
    with desk_for_command(args.home) as desk:
        need_account(desk)
        text, sort = _asked(desk, args)
        ids = queue.ticket_ids(desk, text, sort)
        wanted = ids[: args.limit] if args.limit else ids
        if args.json:
            write_json(
                {
                    "query": text,
                    "sort": sort,
                    "count": len(ids),
                    "tickets": [documents.queue_row(row) for row in _rows(desk, wanted)],
                }
            )
            return 0
        now = desk.clock.now()
        for line in table(_COLUMNS, (_cells(row, now) for row in _rows(desk, wanted))):
            say(line)
        if not ids:
            say(f"No ticket fits {text}." if text else "There is no ticket here.")
        elif len(wanted) < len(ids):
            tell(f"{len(wanted)} of {len(ids)} tickets.")
        warn_if_old(desk)
    return 0


def _asked(desk: Desk, args: argparse.Namespace) -> tuple[str, Sort]:
    """Tell query and order: those of a view, or what was written out."""
    if args.view is None:
        return " ".join(args.query) or DEFAULT_QUERY, args.sort or "due"
    if args.query:
        raise UsageError("Give a view or a query, not both: `agentconsole views` shows each view’s query.")
    view = view_named(all_views(desk, desk.config.views).views, args.view)
    return view.query, args.sort or view.sort


def need_account(desk: Desk) -> None:
    """Refuse where no account is set up, or config.toml is what keeps it away.

    Raises:
        ConsoleError: Says what to do.
    """
    if desk.reader.account_states():
        return
    if desk.config.problems:
        raise desk.config.problems[0]
    raise ConsoleError("No account is set up here: `agentconsole account add`, or try `agentconsole demo`.")


def warn_if_old(desk: Desk) -> None:
    """Say on standard error what config.toml gets wrong and which account's picture is old, if any."""
    for problem in desk.config.problems:
        tell(problem.sentence)
    for state in desk.reader.account_states():
        if state.sentence:
            tell(about(state.name, state.sentence))
        elif state.last_sync_at is None:
            tell(f"{state.name} was never synced: run `agentconsole sync`.")
        elif desk.clock.now() - state.last_sync_at > 15 * 60 * 1_000_000:
            tell(f"{state.name} was last synced {span(desk.clock.now() - state.last_sync_at)} ago.")


def _rows(desk: Desk, ids: Sequence[int]) -> Iterator[QueueRow]:
    for start in range(0, len(ids), _WINDOW):
        window = ids[start : start + _WINDOW]
        found = queue.rows(desk, window)
        yield from (found[one] for one in window if one in found)


def ticket_name(row: QueueRow) -> str:
    """Call a ticket so that any command understands it."""
    return f"{row.account}{row.number}" if row.remote_id is not None else row.number


def _cells(row: QueueRow, now: int) -> list[str]:
    marks = (
        ("*" if row.unread else "")
        + ("✎" if row.has_draft else "")
        + (f" {row.waiting}" if row.waiting else "")
    )
    return [
        ticket_name(row) + marks,
        row.status_label or row.status,
        row.priority or "",
        row.requester,
        row.subject,
        "me" if row.assigned_to_me else row.assignee,
        "paused" if row.sla_paused else until(row.due_at, now),
        span(now - row.created_at),
    ]


def run_show(args: argparse.Namespace) -> int:
    """Show a ticket with its thread."""
    with desk_for_command(args.home) as desk:
        need_account(desk)
        detail = tickets.open_ticket(desk, tickets.resolve(desk, args.ticket))
        if args.json:
            write_json(documents.ticket(detail))
        else:
            _show(desk, detail, args.quotes)
        if not detail.thread_fresh and detail.row.remote_id is not None:
            desk.writer.request_thread(detail.row.ticket_id, desk.clock.now())
            tell("Its thread is not here, or not the newest: `agentconsole sync` fetches it.")
    return 0


def _show(desk: Desk, detail: TicketDetail, quotes: bool) -> None:
    row, zone, now = detail.row, desk.config.zone, desk.clock.now()
    say(f"{plain(ticket_name(row))}  {plain(row.subject)}")
    facts = {
        "status": row.status_label or row.status,
        "priority": row.priority or "",
        "requester": _person(detail.requester) or row.requester,
        "cc": ", ".join(_person(person) for person in detail.ccs),
        "assignee": f"{row.assignee} (me)" if row.assigned_to_me else row.assignee,
        "group": row.group,
        "form": detail.labels.get("form", "") if ticket_forms.to_choose_from(detail.field_defs) else "",
        "tags": " ".join(row.tags),
        "channel": row.channel,
        "due": "paused"
        if row.sla_paused
        else (f"{local_time(row.due_at, zone)} ({until(row.due_at, now)})" if row.due_at else ""),
        "created": local_time(row.created_at, zone),
        "updated": local_time(row.updated_at, zone),
        "address": detail.url or "",
    }
    for name, fact in facts.items():
        if fact:
            say(f"  {name:<10} {plain(fact)}")
    for field in detail.field_defs:
        value = detail.labels.get(field.name) or detail.fields.get(field.name)
        if field.name.startswith("custom:") and value not in (None, "", ()):
            shown = ", ".join(str(part) for part in value) if isinstance(value, tuple) else str(value)
            say(f"  {plain(field.label)}: {plain(shown)}")
    for message in detail.messages:
        _show_message(message, zone, quotes)
    for change in detail.pending:
        say()
        say(f"--- {describe_change(desk, change)}")
        if change.message is not None and not change.message_sent:
            _indented(change.message.text)


def _person(person: Contact | None) -> str:
    if person is None:
        return ""
    return f"{person.name} <{person.email}>" if person.email else person.name


def _show_message(message: MessageItem, zone: tzinfo, quotes: bool) -> None:
    say()
    kind = {"reply": "", "note": "  INTERNAL NOTE", "event": "  event"}[message.kind]
    role = f" ({message.author_role})" if message.author_role else ""
    when = local_time(message.created_at, zone)
    author = plain(message.author) or ("the system" if message.kind == "event" else "")
    say(f"--- {author}{role}  {when}  {plain(message.channel)}{kind}")
    for part in message.parts:
        if part.kind == "body" or quotes:
            _indented(part.text)
        elif part.text.strip():
            lines = len(part.text.strip().splitlines())
            say(f"    [{part.kind}: {lines} line{'s' if lines > 1 else ''}]")
    for file in message.attachments:
        warning = "  MALWARE, say the helpdesk's scanners" if file.malware else ""
        say(f"    [file: {plain(file.file_name)}, {plain(file.content_type)}, {file.size} bytes{warning}]")


def _indented(text: str) -> None:
    for line in text.strip("\n").splitlines():
        say(f"    {line}".rstrip())


def describe_change(desk: Desk, change: Change) -> str:
    """Say in a line what a Change is and how it stands."""
    what = []
    if change.message is not None:
        what.append("public reply" if change.message.public else "internal note")
    words = edit_words(desk, change.account_id, change.edits)
    what.extend(f"{name} → {value}" for name, value in words)
    asks = ", and you are asked" if change.ask or change.conflicts or change.moved else ""
    because = f" - {plain(change.error)}" if change.error else ""
    return f"{change.state}{asks}: {', '.join(plain(part) for part in what)}{because}"
