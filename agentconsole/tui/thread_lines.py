"""A ticket's thread as lines: who wrote, when, for whom, and what; pure.

When a ticket opens its texts are wrapped, so that it is known how long it is; the lines of a message are made
when one of them is looked at. Texts were cleaned, turned from HTML and folded at ingest.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial

from rich.cells import cell_len

from agentconsole.domain.changes import Change
from agentconsole.domain.views import MessageItem, TicketDetail
from agentconsole.tui import foreign, when
from agentconsole.tui.wrapping import wrap_text

Run = tuple[str, str]

_STATE_WORDS = {
    "held": "can still be taken back",
    "queued": "waits to go out",
    "sending": "is going out",
    "unknown": "may have arrived: being looked for",
    "conflict": "held: somebody else changed it too",
    "rejected": "was refused",
}


@dataclass(slots=True)
class ThreadLine:
    """One line: the ground it stands on, the rail at its left, and its runs."""

    ground: str
    rail: str
    runs: list[Run]


class ThreadLines:
    """The lines of a thread, block by block; a block is made when one of its lines is looked at."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._blocks: list[list[ThreadLine] | Callable[[], list[ThreadLine]]] = []
        self._length = 0

    def add(self, count: int, make: Callable[[], list[ThreadLine]]) -> None:
        """Add a block of `count` lines at the end."""
        self._starts.append(self._length)
        self._blocks.append(make)
        self._length += count

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, place: int) -> ThreadLine:
        if not 0 <= place < self._length:
            raise IndexError(place)
        number = bisect_right(self._starts, place) - 1
        block = self._blocks[number]
        if not isinstance(block, list):
            block = self._blocks[number] = block()
        return block[place - self._starts[number]]

    def __iter__(self) -> Iterator[ThreadLine]:
        return (self[place] for place in range(self._length))


@dataclass(slots=True)
class ThreadShape:
    """All lines of a thread with what keys and timers need to find in it."""

    lines: ThreadLines = field(default_factory=ThreadLines)
    starts: list[int] = field(default_factory=list)
    """The line on which each message begins."""
    countdowns: dict[str, int] = field(default_factory=dict)
    """UUID of a held Change to the line that tells its state."""
    folded: int = 0
    """How many pieces are folded away."""


def thread_shape(
    detail: TicketDetail,
    width: int,
    now: int,
    zone: tzinfo,
    *,
    unfolded: bool,
) -> ThreadShape:
    """Lay out a thread.

    Args:
        detail: The ticket.
        width: Of a line, in cells.
        now: The present instant.
        zone: The agent's time zone.
        unfolded: Show quoted text and signatures too.
    """
    shape = ThreadShape()
    notes = {remote: "came meanwhile" for change in detail.pending for remote in change.moved}
    notes |= {remote: "may be your reply" for change in detail.pending for remote in change.candidates}
    for message in detail.messages:
        _message(shape, message, width, now, zone, unfolded, notes.get(message.remote_id, ""))
    for change in detail.pending:
        _pending(shape, change, detail, width, now)
    return shape


def countdown_runs(change: Change, now: int, width: int) -> list[Run]:
    """The line that tells a pending Change's state."""
    word = _STATE_WORDS.get(change.state, change.state)
    if change.held_back:
        word = "held back: not sent, this account is read-only · z takes it back"
    elif change.state == "held":
        left = max(0, (change.held_until - now + 999_999) // 1_000_000)
        word = f"goes out in {left} s · z takes it back" if left else "is going out"
    elif change.state == "unknown" and change.ask:
        word = "may have arrived: please look and decide"
    elif change.moved and not change.send_anyway:
        count = len(change.moved)
        word = f"held: {count} newer message{'s' if count > 1 else ''} above"
    kind = _pending_kind(change)
    return _between([(kind, "pending-kind"), (f"  {word}", "pending-state")], [], width)


def _message(
    shape: ThreadShape,
    message: MessageItem,
    width: int,
    now: int,
    zone: tzinfo,
    unfolded: bool,
    remark: str,
) -> None:
    shape.starts.append(len(shape.lines))
    if message.kind == "event":
        shape.lines.add(2, partial(_event_lines, message, width, now, zone))
        return
    texts: list[tuple[str, list[str]]] = []
    for part in message.parts:
        text = foreign.block(part.text).strip("\n")
        if not text.strip():
            continue
        if part.kind == "body" or unfolded:
            texts.append(("text" if part.kind == "body" else "quoted", wrap_text(text, width - 4)))
        else:
            shape.folded += 1
            count = text.count("\n") + 1
            what = "signature" if part.kind == "signature" else "quoted text"
            texts.append(("fold", [f"⋯ {what}, {count} line{'s' if count > 1 else ''}"]))
    height = 1 + sum(len(lines) for _, lines in texts) + len(message.attachments) + 1
    shape.lines.add(height, partial(_message_lines, message, texts, width, now, zone, remark))


def _event_lines(message: MessageItem, width: int, now: int, zone: tzinfo) -> list[ThreadLine]:
    text = " ".join(part.text for part in message.parts)
    said = foreign.cut(f"{when.stamp(message.created_at, now, zone)}  {text}", width - 4)
    return [ThreadLine("ground", "none", [(said, "event")]), _blank()]


def _message_lines(
    message: MessageItem,
    texts: list[tuple[str, list[str]]],
    width: int,
    now: int,
    zone: tzinfo,
    remark: str,
) -> list[ThreadLine]:
    ground, rail, word = _kind(message)
    left: list[Run] = [(word, f"{rail}-kind"), (f"  {foreign.line(message.author) or 'unknown'}", "author")]
    if remark:
        left.append((f"  {remark}", "fresh"))
    channel = f"{foreign.line(message.channel)} · " if message.channel and not remark else ""
    right: list[Run] = [(f"  {channel}{when.stamp(message.created_at, now, zone)}", "dim")]
    lines = [ThreadLine(ground, rail, _between(left, right, width - 4))]
    lines += [ThreadLine(ground, rail, [(line, role)]) for role, wrapped in texts for line in wrapped]
    for item in message.attachments:
        said = f"▤ {foreign.line(item.file_name)}  {when.size(item.size)}"
        runs: list[Run] = [(foreign.cut_clean(said, width - 15), "file")]
        if item.malware:
            runs.append(("  malware", "alarm"))
        lines.append(ThreadLine(ground, rail, runs))
    lines.append(_blank())
    return lines


def _pending(shape: ThreadShape, change: Change, detail: TicketDetail, width: int, now: int) -> None:
    # One that has arrived is in the thread already, though fields may still be on their way.
    message = None if change.message_sent else change.message
    rail = "pending" if message is None or message.public else "note"
    ground = "note" if rail == "note" else "pending"
    shape.starts.append(len(shape.lines))
    shape.countdowns[change.uuid] = len(shape.lines)
    lines = [ThreadLine(ground, rail, countdown_runs(change, now, width - 4))]
    if change.error:
        for line in wrap_text(foreign.block(change.error), width - 4):
            lines.append(ThreadLine(ground, rail, [(line, "alarm")]))
    if message is not None:
        for line in wrap_text(foreign.block(message.text), width - 4):
            lines.append(ThreadLine(ground, rail, [(line, "text")]))
    fields = [edit for edit in change.edits if edit.field != "tags" or edit.value != edit.base]
    for edit in fields:
        said = f"{label_of(detail, edit.field)}: {shown_value(edit.base)} → {shown_value(edit.value)}"
        lines.append(ThreadLine(ground, rail, [(foreign.cut(said, width - 4), "dim")]))
    for conflict in change.conflicts:
        name = label_of(detail, conflict.field)
        sides = f"{name}: yours {shown_value(conflict.mine)} · theirs {shown_value(conflict.theirs)}"
        lines.append(ThreadLine(ground, rail, [(foreign.cut(sides, width - 4), "alarm")]))
    if needs_agent(change):
        first = "A decide and send" if change.conflicts else "A send anyway"
        asked = f"{first} · E edit · D drop (the text is kept)"
        lines.append(ThreadLine(ground, rail, [(foreign.cut_clean(asked, width - 4), "ask")]))
    lines.append(_blank())
    shape.lines.add(len(lines), lambda: lines)


def needs_agent(change: Change) -> bool:
    """Whether a Change waits for a decision of the agent."""
    return change.state in ("conflict", "rejected") or (change.state == "unknown" and change.ask)


def label_of(detail: TicketDetail, field_name: str) -> str:
    """Name a field as the helpdesk does."""
    for item in detail.field_defs:
        if item.name == field_name:
            return item.label
    return field_name.removeprefix("custom:")


def shown_value(value: object) -> str:
    """Write a field's value for a person."""
    if value is None or value == "" or value == ():
        return "–"
    if isinstance(value, tuple):
        return " ".join(str(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _kind(message: MessageItem) -> tuple[str, str, str]:
    if message.kind == "note":
        return "note", "note", "INTERNAL NOTE"
    if message.author_role in ("agent", "admin"):
        return "ground", "reply", "PUBLIC REPLY"
    return "ground", "customer", "CUSTOMER"


def _pending_kind(change: Change) -> str:
    if change.message is None or change.message_sent:
        return "YOUR CHANGE"
    return "YOUR PUBLIC REPLY" if change.message.public else "YOUR INTERNAL NOTE"


def _between(left: list[Run], right: list[Run], width: int) -> list[Run]:
    """Put runs at both ends of a line; the left one is cut where they would meet."""
    room = width - sum(cell_len(text) for text, _ in right) - 1
    runs: list[Run] = []
    for text, role in left:
        shown = foreign.cut_clean(text, room)
        if shown:
            runs.append((shown, role))
        room -= cell_len(shown)
    if right:
        runs.append((" " * max(1, room + 1), "text"))
        runs.extend(run for run in right if run[0])
    return runs


def _blank() -> ThreadLine:
    return ThreadLine("ground", "none", [])
