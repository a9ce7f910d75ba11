"""The queue: a list of any length that reads only what is on screen.

It holds the sorted ids of all tickets of the view and keeps a few pages of rows; a widget per row would take
seconds to open with a hundred thousand tickets.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ClassVar, Final

from rich.cells import cell_len
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer

from agentconsole.domain.queue_rows import QueueRow
from agentconsole.tui import foreign, queue_line
from agentconsole.tui.styled_lines import StyledLines

PAGE: Final = 64
"""Rows read at once."""

PAGES_KEPT: Final = 32

AT_ONCE: Final = 8
"""Lines of news painted in one go: some milliseconds, so that a key that comes meanwhile is not late."""

NEXT_SECONDS: Final = 0.02
"""After which the next ones follow; keys come between."""

RowsReader = Callable[[Sequence[int]], Mapping[int, QueueRow]]


class QueueList(StyledLines, can_focus=True):
    """The tickets of the view, one line each."""

    ROLES: ClassVar[Mapping[str, str]] = {
        "ground": "$foreground on $background",
        "cursor": "$foreground on $cursor",
        "cursor-idle": "$foreground on $cursor-idle",
        "opened": "$foreground on $panel",
        "selected": "$foreground on $panel",
        "text": "$foreground",
        "fresh": "bold $foreground",
        "done": "$dim",
        "dim": "$dim",
        "alarm": "bold $error",
        "waiting": "$warning",
        "unread": "bold $accent",
        "due-soon": "bold $warning",
        "due-over": "bold $error",
        "priority-high": "$warning",
        "priority-urgent": "bold $error",
        "status-new": "$status-new",
        "status-open": "$status-open",
        "status-pending": "$status-pending",
        "status-hold": "$status-hold",
        "status-solved": "$status-solved",
        "status-closed": "$status-closed",
    }

    class Opened(Message):
        """A ticket was clicked."""

        def __init__(self, ticket_id: int) -> None:
            super().__init__()
            self.ticket_id = ticket_id

    def __init__(self, read_rows: RowsReader, now: Callable[[], int]) -> None:
        super().__init__(id="queue-list")
        self._read_rows = read_rows
        self._now = now
        self._ids: array[int] = array("q")
        self._rows: dict[int, QueueRow] = {}
        self._pages: OrderedDict[int, None] = OrderedDict()
        self._cursor = 0
        self.selected: set[int] = set()
        self._anchor: int | None = None
        """The ticket at which a range was begun that follows the cursor."""
        self._outside: frozenset[int] = frozenset()
        """What was selected before the range."""
        self.opened: int | None = None
        """The ticket shown in the ticket pane."""
        self._stale: set[int] = set()
        """Places whose line is still to be painted anew."""
        self._repainting: Timer | None = None
        self.empty_text = ""
        """Why there is nothing here and what to press."""

    @property
    def ids(self) -> array[int]:
        """The local ids of all tickets of the view, in order."""
        return self._ids

    @property
    def cursor(self) -> int:
        """The place of the highlighted ticket, from 0."""
        return self._cursor

    @property
    def current(self) -> int | None:
        """The local id of the highlighted ticket."""
        return self._ids[self._cursor] if self._ids else None

    def row(self, ticket_id: int) -> QueueRow | None:
        """The row of a ticket, read if need be."""
        if ticket_id not in self._rows:
            self._rows.update(self._read_rows([ticket_id]))
        return self._rows.get(ticket_id)

    def show_ids(self, ids: array[int], *, follow: int | None, whole: bool = True) -> None:
        """Show another list.

        Args:
            ids: The local ids in order.
            follow: The ticket to keep the cursor on; where it is gone, the cursor keeps its place. None
                begins at the top.
            whole: False where these are only the first ones, so that what is selected may come yet.
        """
        before, cursor = self._in_sight(), self._cursor
        self._pages.clear()
        self._ids = ids
        if self.selected and whole:
            # What is in the view no more would be changed unseen.
            self.selected &= set(ids)
        place = queue_line.place_of(ids, follow) if follow is not None else 0
        if place is None:
            place = self._cursor
        self._cursor = max(0, min(place, len(ids) - 1))
        self._keep_range(follow)
        if self.virtual_size.height != len(ids):
            self.virtual_size = Size(self.size.width, len(ids))
        self._keep_in_sight()
        after = self._in_sight()
        if follow is None or len(before) != len(after):
            self._rows.clear()
            self.refresh()
            return
        top = self.scroll_offset.y
        self._repaint_soon(
            [
                top + offset
                for offset, (was, now) in enumerate(zip(before, after, strict=True))
                if was != now or (self._cursor != cursor and top + offset in (cursor, self._cursor))
            ]
        )

    def rows_changed(self, ticket_ids: Iterable[int] | None) -> None:
        """Read rows anew and repaint those in sight that look different now.

        Args:
            ticket_ids: Which have changed; None: too many to name.
        """
        shown = self._in_sight()
        top = self.scroll_offset.y
        changed = set(shown) if ticket_ids is None else set(ticket_ids)
        fresh = self._read_rows([one for one in shown if one in changed])
        known = {one: self._rows.get(one) for one in shown}
        if ticket_ids is None:
            self._rows = {one: row for one, row in known.items() if row is not None}
            self._pages.clear()
        for ticket_id in changed:
            self._rows.pop(ticket_id, None)
        self._rows.update(fresh)
        self._repaint_soon(
            [
                top + offset
                for offset, ticket_id in enumerate(shown)
                if ticket_id in changed and fresh.get(ticket_id) != known[ticket_id]
            ]
        )

    def _repaint_soon(self, places: Iterable[int]) -> None:
        """Paint lines anew, those nearest to the cursor at once and the rest a few at a time."""
        self._stale.update(places)
        if self._repainting is None:
            self._repaint_some()

    def _repaint_some(self) -> None:
        top = self.scroll_offset.y
        # What has left the sight is painted when it comes back.
        in_sight = [place for place in self._stale if top <= place < top + self.size.height]
        nearest = sorted(in_sight, key=lambda place: abs(place - self._cursor))
        self._stale = set(nearest[AT_ONCE:])
        for place in nearest[:AT_ONCE]:
            self.refresh_line(place)
        self._repainting = self.set_timer(NEXT_SECONDS, self._repaint_some) if self._stale else None

    def _in_sight(self) -> Sequence[int]:
        top = self.scroll_offset.y
        return self._ids[top : top + self.size.height]

    def repaint_times(self) -> None:
        """Repaint what is in sight, as ages and deadlines have moved on."""
        if self._ids:
            self.refresh()

    def show_opened(self, ticket_id: int | None) -> None:
        """Mark the ticket that the ticket pane shows, and put the cursor on it."""
        before, self.opened = self.opened, ticket_id
        for one in (before, ticket_id):
            if one is not None and (place := queue_line.place_of(self._ids, one)) is not None:
                self.refresh_line(place)
                if one == ticket_id:
                    self.move_to(place)

    def toggle_selected(self) -> None:
        """Select the highlighted ticket, or give it up."""
        if (ticket_id := self.current) is not None:
            self.selected ^= {ticket_id}
            self.refresh_line(self._cursor)

    @property
    def in_range(self) -> bool:
        """Whether a range follows the cursor."""
        return self._anchor is not None

    def begin_range(self) -> None:
        """Select from the highlighted ticket on to wherever the cursor goes, until `end_range`."""
        self._anchor, self._outside = self.current, frozenset(self.selected)
        self._extend_range(self._cursor)
        self.refresh_line(self._cursor)

    def end_range(self) -> None:
        """Keep what is selected; the cursor moves freely again."""
        self._anchor = None

    def select_all(self) -> None:
        """Select every ticket of the view."""
        self._anchor = None
        self.selected = set(self._ids)
        self.refresh()

    def clear_selected(self) -> None:
        """Give up the selection."""
        self._anchor = None
        if self.selected:
            self.selected = set()
            self.refresh()

    def _keep_range(self, follow: int | None) -> None:
        """Deal with a range as the list has changed: its other end is where the cursor is now.

        What has come between joins it only once the cursor passes there: nothing is selected unseen. In
        another order, or without its first ticket, there is no range any more; what was selected stays so.
        """
        if self._anchor is None:
            return
        if follow is None or queue_line.place_of(self._ids, self._anchor) is None:
            self._anchor = None
        elif self.current is not None:
            self.selected.add(self.current)

    def _extend_range(self, before: int) -> None:
        """Follow the cursor from where it was: only the lines between are selected or given up."""
        start = None if self._anchor is None else queue_line.place_of(self._ids, self._anchor)
        if start is None:
            self._anchor = None
            return
        first, last = sorted((start, self._cursor))
        for place in range(min(before, self._cursor), max(before, self._cursor) + 1):
            if first <= place <= last:
                self.selected.add(self._ids[place])
            elif self._ids[place] not in self._outside:
                self.selected.discard(self._ids[place])
        if abs(before - self._cursor) > 1:
            self.refresh()

    def move(self, by: int) -> None:
        """Move the cursor by some lines."""
        self.move_to(self._cursor + by)

    def move_to(self, place: int) -> None:
        """Put the cursor on a line; only the line left and the line reached are painted anew."""
        place = max(0, min(place, len(self._ids) - 1))
        if place == self._cursor:
            return
        before, self._cursor = self._cursor, place
        self.refresh_line(before)
        self.refresh_line(place)
        if self._anchor is not None:
            self._extend_range(before)
        self._keep_in_sight()

    def neighbour(self, by: int) -> int | None:
        """The ticket some lines further on from the cursor; None beyond the ends."""
        place = self._cursor + by
        return self._ids[place] if 0 <= place < len(self._ids) else None

    def render_line(self, y: int) -> Strip:
        """Draw one line of what is in sight."""
        width = self.size.width
        place = self.scroll_offset.y + y
        if not self._ids:
            return self._empty_line(y, width)
        if place >= len(self._ids):
            return self.strip_of((), width, "ground")
        ticket_id = self._ids[place]
        row = self._row_of_page(place, ticket_id)
        ground = self._ground(place, ticket_id)
        if row is None:
            return self.strip_of([("  this ticket is gone", "dim")], width, ground)
        selected = ticket_id in self.selected
        return self.strip_of(queue_line.runs(row, width, self._now(), selected=selected), width, ground)

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in sight when the terminal changes its size."""
        self.virtual_size = Size(event.size.width, len(self._ids))
        self._keep_in_sight()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is, and open the ticket."""
        place = self.scroll_offset.y + event.y
        if place < len(self._ids):
            self.move_to(place)
            self.post_message(self.Opened(self._ids[place]))

    def on_focus(self) -> None:
        """Show the cursor as the one that keys move."""
        self.refresh_line(self._cursor)

    def on_blur(self) -> None:
        """Show the cursor as resting."""
        self.refresh_line(self._cursor)

    def _ground(self, place: int, ticket_id: int) -> str:
        if place == self._cursor:
            return "cursor" if self.has_focus else "cursor-idle"
        if ticket_id in self.selected:
            return "selected"
        return "opened" if ticket_id == self.opened else "ground"

    def _row_of_page(self, place: int, ticket_id: int) -> QueueRow | None:
        page = place // PAGE
        if page in self._pages:
            self._pages.move_to_end(page)
            if ticket_id not in self._rows:
                self._rows.update(self._read_rows([ticket_id]))
        else:
            wanted = [one for one in self._ids[page * PAGE : (page + 1) * PAGE] if one not in self._rows]
            self._rows.update(self._read_rows(wanted))
            self._pages[page] = None
            if len(self._pages) > PAGES_KEPT:
                old, _ = self._pages.popitem(last=False)
                for gone in self._ids[old * PAGE : (old + 1) * PAGE]:
                    self._rows.pop(gone, None)
        return self._rows.get(ticket_id)

    def _keep_in_sight(self) -> None:
        height = self.size.height
        if height < 1:
            return
        top = self.scroll_offset.y
        # Half a page at the edge: a scroll by one line would repaint the whole list at each key.
        if self._cursor < top:
            top = self._cursor - height // 2
        elif self._cursor >= top + height:
            top = self._cursor - height // 2 + 1
        else:
            return
        self.scroll_to(y=max(0, min(top, len(self._ids) - height)), animate=False)

    def _empty_line(self, y: int, width: int) -> Strip:
        from agentconsole.tui.wrapping import wrap_text

        lines = wrap_text(foreign.block(self.empty_text), width - 4)
        index = y - max(1, (self.size.height - len(lines)) // 3)
        text = foreign.cut_clean(lines[index], width - 4) if 0 <= index < len(lines) else ""
        return self.strip_of([(" " * max(2, (width - cell_len(text)) // 2) + text, "dim")], width, "ground")
