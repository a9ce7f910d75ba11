"""A ticket's thread as lines: who wrote, when, for whom, and what; pure.

When a ticket opens its texts are wrapped, so that it is known how long it is; the lines of a message are made
when one of them is looked at. Texts were cleaned, turned from HTML and folded at ingest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial
from itertools import groupby

from rich.cells import cell_len

from agentconsole.domain.fields import TicketField
from agentconsole.domain.views import AttachmentItem, MessageItem, TicketDetail
from agentconsole.text.file_names import safe_name
from agentconsole.tui import foreign, when
from agentconsole.tui.keymap import Keymap
from agentconsole.tui.line_blocks import Run, ThreadLine, ThreadLines, between, blank_line, shown_value
from agentconsole.tui.pending_lines import pending_lines
from agentconsole.tui.wrapping import wrap_text

_TOLD = frozenset(
    {"status", "priority", "tags", "subject", "assignee", "group", "links", "due", "description"}
)
"""Fields that the header tells."""

_ANYTHING = "application/octet-stream"
_STAMP_ROOM = 19
_ROOMY = 44
"""Cells of a line from which on the channel is told too."""


_UNREAD = "What was written has not been read yet; it comes once the helpdesk answers. {sync} asks at once."

Mark = tuple[int, int, int]
"""From and to, in characters of a line, and the number of the hit that it is part of."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a thread is looked at."""

    unfolded: bool = False
    """Show quoted text, signatures, changes and fields too."""
    opened: frozenset[int] = frozenset()
    """Local ids of messages that are unfolded by themselves, as something was found in them."""
    since: int | None = None
    """When the agent last looked; what came later from others is marked as new."""
    pattern: re.Pattern[str] | None = None
    """What is searched for."""


@dataclass(slots=True)
class ThreadShape:
    """All lines of a thread with what keys and timers need to find in it."""

    lines: ThreadLines = field(default_factory=ThreadLines)
    starts: list[int] = field(default_factory=list)
    """The line on which each message begins, or each run of changes."""
    last: int = 0
    """The line on which the last message begins."""
    new: int | None = None
    """The line that says that what follows is new."""
    countdowns: dict[str, int] = field(default_factory=dict)
    """UUID of a held Change to the line that tells its state."""
    folded: int = 0
    """How many pieces are folded away."""
    hits: list[int] = field(default_factory=list)
    """The line on which each hit of a search begins, in their order."""
    marks: dict[int, list[Mark]] = field(default_factory=dict)
    """Line to the parts of it that were searched for."""


def thread_shape(
    detail: TicketDetail,
    width: int,
    now: Callable[[], int],
    zone: tzinfo,
    keymap: Keymap,
    look: Look | None = None,
) -> ThreadShape:
    """Lay out a thread.

    Args:
        detail: The ticket.
        width: Of a line, in cells.
        now: Tells the present.
        zone: The agent's time zone.
        keymap: The keys that are named.
        look: What is unfolded, new and searched for.
    """
    layout = _Layout(width, now, zone, look or Look())
    shape = layout.shape
    layout.fields(detail)
    notes = {remote: "came meanwhile" for change in detail.pending for remote in change.moved}
    notes |= {remote: "may be your reply" for change in detail.pending for remote in change.candidates}
    if not detail.messages and detail.thread_read_at is None and detail.row.remote_id is not None:
        said = wrap_text(keymap.told(_UNREAD), width - 4)
        unread = [ThreadLine("ground", "none", [(line, "dim")]) for line in said]
        shape.lines.add(len(unread) + 1, lambda: [*unread, blank_line()])
    before: MessageItem | None = None
    for is_event, run in groupby(detail.messages, key=lambda one: one.kind == "event"):
        if is_event:
            layout.events(list(run), before)
            continue
        for message in run:
            layout.message(message, notes.get(message.remote_id, ""))
            before = message
    for change in detail.pending:
        shape.last = len(shape.lines)
        shape.starts.append(shape.last)
        shape.countdowns[change.uuid] = shape.last
        lines = pending_lines(change, detail, width, now(), keymap)
        shape.lines.add(len(lines), partial(list, lines))
    return shape


def hidden_hits(detail: TicketDetail, pattern: re.Pattern[str]) -> frozenset[int]:
    """Return the local ids of messages that hold what is searched for in a part that is folded away.

    A change among others counts as folded away too.
    """
    return frozenset(
        message.id
        for message in detail.messages
        for part in message.parts
        if (part.kind != "body" or message.kind == "event") and pattern.search(foreign.block(part.text))
    )


def search_pattern(text: str) -> re.Pattern[str] | None:
    """Make what an agent typed into what is searched for: any case, any white space between words."""
    words = foreign.line(text).split()
    return re.compile(r"\s+".join(re.escape(word) for word in words), re.IGNORECASE) if words else None


class _Layout:
    """Adds block after block to a shape."""

    def __init__(self, width: int, now: Callable[[], int], zone: tzinfo, look: Look) -> None:
        self.shape = ThreadShape()
        self._width = width
        self._now = now
        self._zone = zone
        self._look = look

    def fields(self, detail: TicketDetail) -> None:
        """Add the fields that the header has no room for."""
        said = [(label, value) for label, value in field_values(detail)]
        if not said:
            return
        room = self._width - 4
        if not self._look.unfolded:
            self.shape.folded += 1
            count = f"⋯ {len(said)} field{'s' if len(said) > 1 else ''}: "
            text = foreign.cut(count + " · ".join(f"{label} {value}" for label, value in said), room)
            lines = [ThreadLine("ground", "none", [(text, "fold")]), blank_line()]
        else:
            lines = []
            for label, value in said:
                wrapped = wrap_text(f"{label}: {value}", room)
                lines += [ThreadLine("ground", "none", [(line, "dim")]) for line in wrapped]
            lines.append(blank_line())
        self.shape.lines.add(len(lines), lambda: lines)

    def events(self, run: Sequence[MessageItem], before: MessageItem | None) -> None:
        """Add changes that follow one another, folded into one line, which tells of one alone what fits."""
        shape, look = self.shape, self._look
        said = [
            (one, foreign.line(text))
            for one in run
            for part in one.parts
            for text in part.text.split("\n")
            if text.strip()
        ]
        if not said:
            return
        shape.starts.append(len(shape.lines))
        opened = look.unfolded or any(one.id in look.opened for one in run)
        if len(said) > 1 and not opened:
            shape.folded += 1
            names = list(dict.fromkeys(foreign.line(one.author) or "the system" for one in run))
            who = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
            text = f"⋯ {len(said)} changes by {who}"
            self._add_texts([("fold", text, run[-1].created_at)], whole=False)
        else:
            self._add_texts(
                [
                    # What came with a message needs neither name nor time again.
                    ("event", text, None)
                    if before is not None
                    and (one.author, one.created_at) == (before.author, before.created_at)
                    else ("event", f"{foreign.line(one.author) or 'the system'}: {text}", one.created_at)
                    for one, text in said
                ],
                whole=opened,
            )

    def _add_texts(self, said: Sequence[tuple[str, str, int | None]], *, whole: bool) -> None:
        """Add lines that say something and when it was, where that is to be told, and a blank one.

        Not `whole`: each is cut to a line.
        """
        begin, width = len(self.shape.lines), self._width - 4
        rows: list[tuple[str, str, int | None]] = []
        for role, text, at in said:
            room = width if at is None else max(10, width - _STAMP_ROOM)
            wrapped = wrap_text(text, room) if whole else [text]
            self._mark(wrapped, text, begin + len(rows))
            rows += [(role, line, None if place else at) for place, line in enumerate(wrapped)]

        def make() -> list[ThreadLine]:
            lines = []
            for role, text, at in rows:
                right = [] if at is None else [(f"  {when.stamp(at, self._now(), self._zone)}", "dim")]
                lines.append(ThreadLine("ground", "none", between([(text, role)], right, width)))
            return [*lines, blank_line()]

        self.shape.lines.add(len(rows) + 1, make)

    def message(self, message: MessageItem, remark: str) -> None:
        """Add a message with its files."""
        shape, look, width = self.shape, self._look, self._width
        if shape.new is None and look.since is not None and not message.mine:
            if message.created_at > look.since:
                shape.new = len(shape.lines)
                rule = [
                    ThreadLine("ground", "none", [(_rule("new since you last looked", width - 4), "fresh")])
                ]
                shape.lines.add(1, lambda: rule)
        shape.last = len(shape.lines)
        shape.starts.append(shape.last)
        at = shape.last + 1
        texts: list[tuple[str, list[str]]] = []
        for part in message.parts:
            text = foreign.block(part.text).strip("\n")
            if not text.strip():
                continue
            if part.kind == "body" or look.unfolded or message.id in look.opened:
                wrapped = wrap_text(text, width - 4)
                self._mark(wrapped, text, at)
                texts.append(("text" if part.kind == "body" else "quoted", wrapped))
            else:
                shape.folded += 1
                count = text.count("\n") + 1
                what = "signature" if part.kind == "signature" else "quoted text"
                texts.append(("fold", [f"⋯ {what}, {count} line{'s' if count > 1 else ''}"]))
            at += len(texts[-1][1])
        files: list[tuple[str, bool]] = []
        for item in message.attachments:
            said = foreign.cut_clean(file_words(item), width - 15)
            self._mark([said], said, at + len(files))
            files.append((said, item.malware))
        made = partial(
            _message_lines, message, texts, files, width, now=self._now, zone=self._zone, remark=remark
        )
        shape.lines.add(at - shape.last + len(files) + 1, made)

    def _mark(self, lines: Sequence[str], source: str, begin: int) -> None:
        """Note where in some lines, which `source` was broken into, there is what is searched for."""
        pattern = self._look.pattern
        if pattern is None:
            return
        places: list[tuple[int, int]] = []
        position = 0
        for line in lines:
            position = max(position, source.find(line, position))
            places.append((position, position + len(line)))
            position += len(line)
        nearest = 0
        for hit in pattern.finditer(source):
            number, first = len(self.shape.hits), None
            # Both ascend, so what lies before this one is of no use to the next.
            while nearest < len(places) and places[nearest][1] <= hit.start():
                nearest += 1
            for place in range(nearest, len(places)):
                start, end = places[place]
                if start >= hit.end():
                    break
                low, high = max(start, hit.start()), min(end, hit.end())
                if low < high:
                    first = place if first is None else first
                    self.shape.marks.setdefault(begin + place, []).append((low - start, high - start, number))
            if first is not None:
                self.shape.hits.append(begin + first)


def _message_lines(
    message: MessageItem,
    texts: list[tuple[str, list[str]]],
    files: list[tuple[str, bool]],
    width: int,
    *,
    now: Callable[[], int],
    zone: tzinfo,
    remark: str,
) -> list[ThreadLine]:
    ground, rail, word = _kind(message)
    left: list[Run] = [(word, f"{rail}-kind"), (f"  {foreign.line(message.author) or 'unknown'}", "author")]
    if remark:
        left.append((f"  {remark}", "fresh"))
    present = now()
    said = when.stamp(message.created_at, present, zone)
    if not remark:
        said += f" · {when.age(message.created_at, present)}"
    if message.channel and not remark and width >= _ROOMY:
        said = f"{foreign.line(message.channel)} · {said}"
    right: list[Run] = [(f"  {said}", "dim")]
    lines = [ThreadLine(ground, rail, between(left, right, width - 4))]
    lines += [ThreadLine(ground, rail, [(line, role)]) for role, wrapped in texts for line in wrapped]
    for text, malware in files:
        runs: list[Run] = [(text, "file")]
        if malware:
            runs.append(("  malware", "alarm"))
        lines.append(ThreadLine(ground, rail, runs))
    lines.append(blank_line())
    return lines


def field_values(detail: TicketDetail) -> list[tuple[str, str]]:
    """List label and shown value of the fields that are filled and are told nowhere else; foreign text."""
    found = []
    for item in detail.field_defs:
        value = detail.fields.get(item.name)
        if item.name in _TOLD or value is None or value in ("", (), False) or _is_the_only_form(item):
            continue
        found.append(
            (foreign.line(item.label), foreign.line(detail.labels.get(item.name) or shown_value(value)))
        )
    return found


def _is_the_only_form(item: TicketField) -> bool:
    """Whether every ticket has the same form, which tells nothing."""
    return item.name == "form" and len(item.options) == 1


def file_words(item: AttachmentItem) -> str:
    """Say what a file is called, how large it is and what it is said to be; cleaned."""
    name = foreign.line(safe_name(item.file_name))
    kind = foreign.line(item.content_type)
    return f"▤ {name}  {when.size(item.size)}" + (f" · {kind}" if kind and kind != _ANYTHING else "")


def _kind(message: MessageItem) -> tuple[str, str, str]:
    if message.kind == "note":
        return "note", "note", "INTERNAL NOTE"
    if message.author_role in ("agent", "admin"):
        return "ground", "reply", "PUBLIC REPLY"
    return "ground", "customer", "CUSTOMER"


def _rule(text: str, width: int) -> str:
    left = max(0, (width - cell_len(text) - 2) // 2)
    return f"{'─' * left} {text} {'─' * max(0, width - left - cell_len(text) - 2)}"
