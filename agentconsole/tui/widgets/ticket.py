"""The thread of the open ticket."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import ClassVar

from textual import events
from textual.geometry import Size
from textual.strip import Strip

from agentconsole.domain.views import TicketDetail
from agentconsole.tui.keymap import Keymap
from agentconsole.tui.line_blocks import Run
from agentconsole.tui.pending_lines import countdown_runs
from agentconsole.tui.styled_lines import StyledLines
from agentconsole.tui.thread_lines import (
    Look,
    Mark,
    ThreadShape,
    hidden_hits,
    search_pattern,
    thread_shape,
)

_RAILS = {"none": " ", "customer": "▏", "reply": "▎", "note": "┃", "pending": "┊"}


class ThreadView(StyledLines, can_focus=True):
    """The thread, oldest message first, drawn line by line."""

    PREFIX = "thread"

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "thread--ground",
        "thread--note",
        "thread--pending",
        "thread--text",
        "thread--dim",
        "thread--author",
        "thread--quoted",
        "thread--fold",
        "thread--file",
        "thread--event",
        "thread--alarm",
        "thread--ask",
        "thread--fresh",
        "thread--customer-kind",
        "thread--reply-kind",
        "thread--note-kind",
        "thread--pending-kind",
        "thread--pending-state",
        "thread--rail-none",
        "thread--rail-customer",
        "thread--rail-reply",
        "thread--rail-note",
        "thread--rail-pending",
        "thread--hit",
        "thread--hit-now",
    }

    def __init__(self, now: Callable[[], int], zone: tzinfo, keymap: Keymap) -> None:
        super().__init__(id="thread")
        self._now = now
        self._zone = zone
        self._keymap_used = keymap
        self._detail: TicketDetail | None = None
        self._shape = ThreadShape()
        self._shaped_for = 0
        self._at_last = True
        self._look = Look()
        self._hit = 0

    @property
    def shape(self) -> ThreadShape:
        """The lines as they are laid out now."""
        return self._shape

    @property
    def unfolded(self) -> bool:
        """Whether quoted text, signatures, changes and fields are shown too."""
        return self._look.unfolded

    def begin(self, detail: TicketDetail) -> None:
        """Look at a ticket afresh: what came since the last look is new, all is folded."""
        self._look = Look(since=detail.read_at if detail.row.unread else None)
        self._detail = None

    def show(self, detail: TicketDetail, width: int) -> None:
        """Show a thread; another ticket begins at its last message, the same one keeps its place.

        Args:
            detail: The ticket.
            width: What the pane will have, as it may not be laid out yet.
        """
        another = self._detail is None or self._detail.row.ticket_id != detail.row.ticket_id
        self._detail = detail
        settled = not another and self._shaped_for == self.size.width
        # As it is read anew it must not wrap otherwise than it does.
        self._lay_out(self.size.width if settled else width - 1)
        # Someone who reads at the end wants to see what comes.
        if another or self._at_last:
            self._to_last_message()
        self.refresh()

    def toggle_folds(self) -> None:
        """Show quoted text, signatures, changes and fields, or fold them away again."""
        unfolded = not (self._look.unfolded or self._look.opened)
        self._look_anew(replace(self._look, unfolded=unfolded, opened=frozenset()))

    def _look_anew(self, look: Look) -> None:
        """Lay out in another way; what is at the top stays there."""
        message, share = self._place()
        self._look = look
        self._lay_out(self.size.width)
        if self._at_last and look.pattern is None:
            self._to_last_message()
        else:
            self._to_place(message, share)
        self.refresh()

    @property
    def hit(self) -> tuple[int, int]:
        """Which hit of the search is shown, from 1 on, and how many there are; both 0 without any."""
        count = len(self._shape.hits)
        return (min(self._hit, count - 1) + 1, count) if count else (0, 0)

    @property
    def searching(self) -> bool:
        """Whether hits of a search are marked."""
        return self._look.pattern is not None

    def search(self, text: str) -> None:
        """Mark a text wherever it is in the thread and show its last place; an empty one ends the search.

        What is folded away and holds it is unfolded.
        """
        pattern = search_pattern(text)
        if self._detail is None:
            return
        if pattern is None:
            self._look_anew(replace(self._look, pattern=None))
            return
        opened = self._look.opened | hidden_hits(self._detail, pattern)
        self._look_anew(replace(self._look, pattern=pattern, opened=opened))
        self._hit = max(0, len(self._shape.hits) - 1)
        self._show_hit()

    def next_hit(self, by: int) -> None:
        """Show another hit; after the last comes the first."""
        if count := len(self._shape.hits):
            self._hit = (min(self._hit, count - 1) + by) % count
            self._show_hit()

    def _show_hit(self) -> None:
        if self._shape.hits:
            self._hit = min(self._hit, len(self._shape.hits) - 1)
            line, height = self._shape.hits[self._hit], self.size.height
            if not self.scroll_offset.y <= line < self.scroll_offset.y + height:
                self.scroll_to(y=max(0, line - height // 3), animate=False)
            self._at_last = False
        self.refresh()

    def to_new(self) -> bool:
        """Scroll to what is new since the last look, or to the last message; False: nothing is new."""
        place = self._shape.new
        self.scroll_to(y=self._shape.last if place is None else place, animate=False)
        self._at_last = self.scroll_offset.y >= self.max_scroll_y
        return place is not None

    def repaint_times(self) -> None:
        """Write ages anew, as time has passed."""
        self._shape.lines.forget()
        self.refresh()

    def tick(self) -> None:
        """Repaint the countdowns."""
        if self._detail is None:
            return
        for change in self._detail.pending:
            place = self._shape.countdowns.get(change.uuid)
            if change.state == "held" and place is not None:
                line = self._shape.lines[place]
                runs = countdown_runs(change, self._now(), self._shaped_for - 4, self._keymap_used)
                if runs != line.runs:
                    line.runs = runs
                    self.refresh_line(place)

    def move(self, by: int) -> None:
        """Scroll by some lines."""
        self.scroll_to(y=self.scroll_offset.y + by, animate=False)
        self._at_last = self.scroll_offset.y >= self.max_scroll_y

    def to_start(self) -> None:
        """Scroll to the first message."""
        self.scroll_to(y=0, animate=False)
        self._at_last = False

    def to_end(self) -> None:
        """Scroll to the end."""
        self._at_last = True
        self.scroll_to(y=self.max_scroll_y, animate=False)

    def render_line(self, y: int) -> Strip:
        """Draw one line of what is in sight."""
        width = self.size.width
        place = self.scroll_offset.y + y
        if place >= len(self._shape.lines):
            return self.strip_of((), width, "ground")
        line = self._shape.lines[place]
        rail = [(f" {_RAILS[line.rail]} ", f"rail-{line.rail}")]
        runs = line.runs
        if marks := self._shape.marks.get(place):
            runs = _marked(runs, marks, self._hit)
        return self.strip_of([*rail, *runs], width, line.ground)

    def on_resize(self, event: events.Resize) -> None:
        """Wrap anew when the pane changes its width; the last message stays in sight if it was."""
        if self._detail is None:
            return
        if self.size.width != self._shaped_for:
            message, share = self._place()
            self._lay_out(self.size.width)
            if not self._at_last:
                self._to_place(message, share)
        if self._at_last:
            self._to_last_message()

    def _place(self) -> tuple[int, float]:
        """Tell which message stands at the top, and which share of it is above the top.

        Above the first one: -1, and the line.
        """
        top, starts = self.scroll_offset.y, self._shape.starts
        message = bisect_right(starts, top) - 1
        if message < 0:
            # In what stands above the first message.
            return -1, float(top)
        end = starts[message + 1] if message + 1 < len(starts) else len(self._shape.lines)
        return message, (top - starts[message]) / max(1, end - starts[message])

    def _to_place(self, message: int, share: float) -> None:
        starts = self._shape.starts
        if message < 0:
            self.scroll_to(y=min(round(share), starts[0] if starts else 0), animate=False)
        elif message < len(starts):
            end = starts[message + 1] if message + 1 < len(starts) else len(self._shape.lines)
            self.scroll_to(y=starts[message] + round(share * (end - starts[message])), animate=False)

    def _lay_out(self, width: int) -> None:
        if self._detail is None:
            return
        width = max(20, width)
        self._shaped_for = width
        self._shape = thread_shape(self._detail, width, self._now, self._zone, self._keymap_used, self._look)
        self.virtual_size = Size(width, len(self._shape.lines))

    def _to_last_message(self) -> None:
        self._at_last = True
        if self._shape.starts:
            last = self._shape.last
            height = self.size.height
            # The end if the last message fits; else its beginning.
            end = max(0, len(self._shape.lines) - height)
            self.scroll_to(y=min(last, end), animate=False)


def _marked(runs: Sequence[Run], marks: Sequence[Mark], current: int) -> list[Run]:
    """Colour the parts of a line that were searched for."""
    found: list[Run] = []
    position = 0
    for text, role in runs:
        done = 0
        for start, end, number in marks:
            low, high = max(start - position, done), min(end - position, len(text))
            if low < high:
                found += [(text[done:low], role), (text[low:high], "hit-now" if number == current else "hit")]
                done = high
        found.append((text[done:], role))
        position += len(text)
    return [run for run in found if run[0]]
