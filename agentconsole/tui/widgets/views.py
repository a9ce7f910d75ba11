"""The views pane: which lists of tickets there are, and how many stand in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from agentconsole.desk.views import BUILT_IN, View
from agentconsole.tui import foreign
from agentconsole.tui.styled_lines import StyledLines

NUMBERED: Final = 9
"""Views that have a key of their own."""

_HEADINGS: Final[Mapping[str, str]] = {"helpdesk": "Helpdesk", "own": "Yours"}


class ViewList(StyledLines, can_focus=True):
    """The views, one line each, with their counts."""

    ROLES: ClassVar[Mapping[str, str]] = {
        "ground": "$foreground on $background",
        "cursor": "$foreground on $cursor",
        "active": "$foreground on $cursor-idle",
        "text": "$foreground",
        "dim": "$dim",
        "key": "$faint",
        "current": "bold $foreground",
    }

    class Picked(Message):
        """A view was clicked."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self) -> None:
        super().__init__(id="view-list")
        self.views: Sequence[View] = BUILT_IN
        self._lines: Sequence[int | str] = _lines_of(BUILT_IN)
        self._counts: Mapping[str, int | None] = {}
        self.cursor = 0
        """The place of the highlighted view."""
        self.active: int | None = 0
        """The view that the queue shows; None for a search."""

    def show_views(self, views: Sequence[View]) -> None:
        """Show other views."""
        if tuple(views) == tuple(self.views):
            return
        self.views = views
        self._lines = _lines_of(views)
        self.cursor = min(self.cursor, len(views) - 1)
        self.virtual_size = Size(self.size.width, len(self._lines))
        self.refresh()

    def show_counts(self, counts: Mapping[str, int | None]) -> None:
        """Show how many tickets stand in each view, by the views' identities."""
        before, self._counts = self._counts, counts
        for place, view in enumerate(self.views):
            if counts.get(view.identity) != before.get(view.identity):
                self._repaint(place)

    def show_active(self, place: int | None, *, keep_cursor: bool = False) -> None:
        """Mark the view that the queue shows, and put the cursor on it."""
        before, self.active = self.active, place
        if place is not None and not (keep_cursor and self.has_focus):
            self._put_cursor(place)
        if before != place:
            self._repaint(before, place)

    def move(self, by: int) -> None:
        """Move the cursor; only the line left and the line reached are painted anew."""
        self._put_cursor(max(0, min(self.cursor + by, len(self.views) - 1)))

    def _put_cursor(self, place: int) -> None:
        before, self.cursor = self.cursor, place
        if before != place:
            self._repaint(before, place)
        self._keep_in_sight()

    def _repaint(self, *places: int | None) -> None:
        """Paint the lines of some views anew."""
        for place in places:
            if place is not None and place < len(self.views):
                self.refresh_line(self._lines.index(place))

    def render_line(self, y: int) -> Strip:
        """Draw one line: a view, or the heading of those that follow."""
        width = self.size.width
        line = self.scroll_offset.y + y
        if line >= len(self._lines):
            return self.strip_of((), width, "ground")
        place = self._lines[line]
        if isinstance(place, str):
            return self.strip_of([(f" {place} ".ljust(width)[:width], "key")], width, "ground")
        view = self.views[place]
        count = self._counts.get(view.identity)
        said = f"{count:,}" if count is not None else ""
        key = str(place + 1) if place < NUMBERED else " "
        title = foreign.fit(view.title, max(4, width - 5 - len(said)))
        here = place == self.cursor and self.has_focus
        ground = "cursor" if here else "active" if place == self.active else "ground"
        name = "current" if place == self.active else "text"
        return self.strip_of([(f" {key} ", "key"), (title, name), (f" {said} ", "dim")], width, ground)

    def on_click(self, event: events.Click) -> None:
        """Open a view with the mouse."""
        line = self.scroll_offset.y + event.y
        if line < len(self._lines) and isinstance(place := self._lines[line], int):
            self.post_message(self.Picked(place))

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in sight."""
        self.virtual_size = Size(event.size.width, len(self._lines))
        self._keep_in_sight()

    def on_focus(self) -> None:
        """Show the cursor."""
        self._repaint(self.cursor)

    def on_blur(self) -> None:
        """Hide the cursor."""
        self._repaint(self.cursor)

    def _keep_in_sight(self) -> None:
        height, top = self.size.height, self.scroll_offset.y
        line = self._lines.index(self.cursor) if self.views else 0
        if height and not top <= line < top + height:
            self.scroll_to(y=max(0, line - height // 2), animate=False)


def _lines_of(views: Sequence[View]) -> list[int | str]:
    lines: list[int | str] = []
    section = ""
    for place, view in enumerate(views):
        if view.section != section:
            section = view.section
            lines += ["", _HEADINGS[section]]
        lines.append(place)
    return lines
