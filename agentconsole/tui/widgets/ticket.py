"""The ticket pane: what the ticket is, and its thread."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import tzinfo
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.strip import Strip
from textual.widgets import Static

from agentconsole.domain.views import TicketDetail
from agentconsole.tui import foreign, when
from agentconsole.tui.styled_lines import StyledLines
from agentconsole.tui.thread_lines import ThreadShape, countdown_runs, thread_shape

_RAILS = {"none": " ", "customer": "▏", "reply": "▎", "note": "┃", "pending": "┊"}


class TicketHeader(Static):
    """Subject, state and people of the ticket, above its thread."""

    def __init__(self) -> None:
        super().__init__("", id="ticket-header", markup=False)

    def show(self, detail: TicketDetail, now: int) -> None:
        """Show a ticket's head."""
        row = detail.row
        title = Content.assemble(
            (f"{row.name} ", "$dim"), (foreign.line(row.subject) or "(no subject)", "bold")
        )
        facts: list[tuple[str, str]] = [(f" {row.status} ", f"bold $status-{row.status} on $panel")]
        label = foreign.line(row.status_label)
        if label and label.lower() != row.status:
            facts.append((f" {label}", "$dim"))
        if row.priority is not None:
            strong = row.priority in ("high", "urgent")
            facts.append((f"  {row.priority}", "bold $warning" if strong else "$dim"))
        if row.sla_paused:
            facts.append(("  clock held", "$dim"))
        elif row.due_at is not None:
            over = row.due_at < now
            said = f"overdue {when.span(now - row.due_at)}" if over else f"due in {when.due(row.due_at, now)}"
            facts.append((f"  {said}", "bold $error" if over else "$dim"))
        if detail.woke_up:
            facts.append(("  woke up", "bold $warning"))
        elif row.snoozed_until is not None:
            facts.append((f"  wakes in {when.span(row.snoozed_until - now)}", "$dim"))
        assignee = "you" if row.assigned_to_me else foreign.line(row.assignee) or "nobody"
        where = f" · {foreign.line(row.group)}" if row.group else ""
        facts.append((f"  {assignee}{where}", "$dim"))
        facts.append((f"  {foreign.line(row.account)}", "$faint"))
        tags = [foreign.line(tag) for tag in row.tags]
        last = Content.styled(" ".join(tags) if tags else "no tags", "$faint")
        self.update(Content("\n").join([title, Content.assemble(*facts), last]), layout=False)


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
    }

    def __init__(self, now: Callable[[], int], zone: tzinfo) -> None:
        super().__init__(id="thread")
        self._now = now
        self._zone = zone
        self._detail: TicketDetail | None = None
        self._shape = ThreadShape()
        self._shaped_for = 0
        self._at_last = True
        self.unfolded = False
        """Whether quoted text and signatures are shown too."""

    @property
    def shape(self) -> ThreadShape:
        """The lines as they are laid out now."""
        return self._shape

    def show(self, detail: TicketDetail, width: int) -> None:
        """Show a thread; another ticket begins at its last message, the same one keeps its place.

        Args:
            detail: The ticket.
            width: What the pane will have, as it may not be laid out yet.
        """
        another = self._detail is None or self._detail.row.ticket_id != detail.row.ticket_id
        self._detail = detail
        if another:
            self.unfolded = False
        self._lay_out(width - 1)
        # Someone who reads at the end wants to see what comes.
        if another or self._at_last:
            self._to_last_message()
        self.refresh()

    def toggle_folds(self) -> None:
        """Show quoted text and signatures, or fold them away again."""
        self.unfolded = not self.unfolded
        self._lay_out(self.size.width)
        self.refresh()

    def tick(self) -> None:
        """Repaint the countdowns."""
        if self._detail is None:
            return
        for change in self._detail.pending:
            place = self._shape.countdowns.get(change.uuid)
            if change.state == "held" and place is not None:
                line = self._shape.lines[place]
                runs = countdown_runs(change, self._now(), self._shaped_for - 4)
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
        return self.strip_of([*rail, *line.runs], width, line.ground)

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
        """Tell which message stands at the top, and which share of it is above the top."""
        top, starts = self.scroll_offset.y, self._shape.starts
        message = bisect_right(starts, top) - 1
        if message < 0:
            return 0, 0.0
        end = starts[message + 1] if message + 1 < len(starts) else len(self._shape.lines)
        return message, (top - starts[message]) / max(1, end - starts[message])

    def _to_place(self, message: int, share: float) -> None:
        starts = self._shape.starts
        if message < len(starts):
            end = starts[message + 1] if message + 1 < len(starts) else len(self._shape.lines)
            self.scroll_to(y=starts[message] + round(share * (end - starts[message])), animate=False)

    def _lay_out(self, width: int) -> None:
        if self._detail is None:
            return
        width = max(20, width)
        self._shaped_for = width
        self._shape = thread_shape(self._detail, width, self._now(), self._zone, unfolded=self.unfolded)
        self.virtual_size = Size(width, len(self._shape.lines))

    def _to_last_message(self) -> None:
        self._at_last = True
        if self._shape.starts:
            last = self._shape.starts[-1]
            height = self.size.height
            # The end if the last message fits; else its beginning.
            end = max(0, len(self._shape.lines) - height)
            self.scroll_to(y=min(last, end), animate=False)
