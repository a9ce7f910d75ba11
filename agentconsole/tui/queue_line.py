"""One ticket as one line of the queue: which columns fit, and what stands in them; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from agentconsole.domain.queue_rows import QueueRow
from agentconsole.domain.times import HOUR
from agentconsole.tui import foreign, when

ColumnName = Literal[
    "mark", "status", "priority", "channel", "name", "requester", "subject", "tags", "assignee", "due", "age"
]

Run = tuple[str, str]
"""A piece of text and the role that colours it."""

_TITLES: Final[dict[ColumnName, str]] = {
    "mark": "",
    "status": "status",
    "priority": "prio",
    "channel": "via",
    "name": "ticket",
    "requester": "requester",
    "subject": "subject",
    "tags": "tags",
    "assignee": "assignee",
    "due": "due",
    "age": "age",
}

_RIGHT: Final = frozenset({"due", "age"})

_WAITING_MARKS: Final = {
    "rejected": "!",
    "conflict": "!",
    "unknown": "?",
    "sending": "↑",
    "queued": "↑",
    "held": "↑",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column and its width in cells, the gap behind it not counted."""

    name: ColumnName
    width: int


@lru_cache(maxsize=64)
def columns(width: int, several_accounts: bool = False) -> tuple[Column, ...]:
    """Choose the columns that a width has room for; what matters least goes first.

    Args:
        width: Of the whole line, in cells.
        several_accounts: Tickets' names say which account they are of, and so need more room.
    """
    roomy = width >= 96
    widths: dict[ColumnName, int] = {"mark": 2, "status": 7 if roomy else 1, "priority": 6 if roomy else 2}
    if width >= 120:
        widths["channel"] = 5
    if several_accounts and width >= 36:
        widths["name"] = 14 if width >= 110 else 11
    elif width >= 56:
        widths["name"] = 7
    if width >= 36:
        little = 8 if several_accounts else 11
        widths["requester"] = 18 if width >= 130 else 14 if width >= 64 else little
    widths["subject"] = 0
    if width >= 120:
        widths["tags"] = 18 if width >= 140 else 14
    if width >= 100:
        widths["assignee"] = 14 if width >= 130 else 10
    widths["due"] = 4
    if width >= 50:
        widths["age"] = 4
    used = sum(widths.values()) + len(widths)
    widths["subject"] = max(4, width - used)
    return tuple(Column(name, size) for name, size in widths.items())


def header(width: int, several_accounts: bool = False) -> str:
    """The line of column titles."""
    parts = []
    for column in columns(width, several_accounts):
        title = _TITLES[column.name] if column.width >= 4 else ""
        title = title[: column.width]
        parts.append(title.rjust(column.width) if column.name in _RIGHT else title.ljust(column.width))
    return (" ".join(parts) + " ").ljust(width)[:width]


def runs(row: QueueRow, width: int, now: int, *, selected: bool) -> list[Run]:
    """Write a ticket as pieces that together are exactly `width` cells.

    Neighbours of one role are one piece: each change of colour costs forty bytes on the wire.

    Args:
        row: The ticket.
        width: Of the line, in cells.
        now: The present instant.
        selected: Whether the agent has selected it.
    """
    pieces: list[Run] = []
    shape = columns(width, row.several_accounts)
    for column in shape:
        text, role = _cell(column, row, now, selected)
        text += " "
        if pieces and (pieces[-1][1] == role or text.isspace()):
            pieces[-1] = (pieces[-1][0] + text, pieces[-1][1])
        else:
            pieces.append((text, role))
    return pieces


def _cell(column: Column, row: QueueRow, now: int, selected: bool) -> Run:
    name, width = column.name, column.width
    if name == "mark":
        return _mark(row, selected)
    if name == "status":
        word = row.status if width > 1 else row.status[0].upper()
        return word.ljust(width), f"status-{row.status}"
    if name == "priority":
        return _priority(row, width)
    if name in ("due", "age"):
        text, role = _due(row, now) if name == "due" else (when.age(row.updated_at, now), "dim")
        return text[:width].rjust(width), role
    if name == "requester":
        return foreign.fit(row.requester or "unknown", width), _text_role(row)
    if name == "subject":
        return foreign.fit(_subject(row, now), width), _text_role(row)
    if name == "name":
        return foreign.fit(_called(row, width), width), "dim"
    return foreign.fit(_dim_text(name, row), width), "dim"


def _subject(row: QueueRow, now: int) -> str:
    said = ""
    if row.snoozed_until is not None:
        left = row.snoozed_until - now
        said = f"wakes in {when.span(left)} · " if left > 0 else "woke up · "
    return said + (row.subject or "(no subject)")


def _called(row: QueueRow, width: int) -> str:
    """The ticket's name; where it has no room, the account is cut, not the number."""
    name = row.name
    left = width - len(row.number)
    return name if len(name) <= width or left < 2 else f"{row.account[: left - 1]}…{row.number}"


def _dim_text(name: ColumnName, row: QueueRow) -> str:
    if name == "channel":
        return row.channel
    if name == "tags":
        return " ".join(row.tags)
    return "me" if row.assigned_to_me else row.assignee or "nobody"


def _mark(row: QueueRow, selected: bool) -> Run:
    first = "+" if selected else " "
    if row.waiting is not None:
        role = "alarm" if row.waiting in ("rejected", "conflict", "unknown") else "waiting"
        return first + _WAITING_MARKS.get(row.waiting, "↑"), role
    if row.has_draft:
        return first + "✎", "waiting"
    return first + ("•" if row.unread else " "), "unread"


def _text_role(row: QueueRow) -> str:
    if row.status in ("solved", "closed"):
        return "done"
    return "fresh" if row.unread else "text"


def _priority(row: QueueRow, width: int) -> Run:
    priority = row.priority
    if width >= 6:
        text = (priority or "").ljust(width)
    else:
        text = {"urgent": "!!", "high": "! "}.get(priority or "", "  ")
    return text, f"priority-{priority}" if priority in ("urgent", "high") else "dim"


def _due(row: QueueRow, now: int) -> Run:
    if row.sla_paused:
        return "held", "dim"
    if row.due_at is None:
        return "", "dim"
    left = row.due_at - now
    role = "due-over" if left < 0 else "due-soon" if left < HOUR else "dim"
    return when.due(row.due_at, now), role


def place_of(ids: Sequence[int], ticket_id: int) -> int | None:
    """Find where a ticket stands in a list of ids; None if it is not there."""
    try:
        return ids.index(ticket_id)
    except ValueError:
        return None
