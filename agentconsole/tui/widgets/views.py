"""The views pane: which lists of tickets there are, and how many stand in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from agentconsole.domain.queries import Sort
from agentconsole.tui import foreign
from agentconsole.tui.styled_lines import StyledLines


@dataclass(frozen=True, slots=True)
class QueueView:
    """A named query."""

    title: str
    query: str
    sort: Sort
    empty: str
    """Why there may be nothing in it, and what to press."""


BUILT_IN: Final[tuple[QueueView, ...]] = (
    QueueView(
        "My unsolved",
        "status<solved assignee:me",
        "due",
        "Nothing of yours is unsolved.\n2 shows what nobody has taken · 3 all that is unsolved",
    ),
    QueueView(
        "Unassigned",
        "status<solved assignee:none",
        "due",
        "Everything unsolved has an assignee.\n1 shows your own · 3 all that is unsolved",
    ),
    QueueView(
        "All unsolved",
        "status<solved",
        "due",
        "No ticket is unsolved.\n4 shows what was solved last · R syncs now",
    ),
    QueueView(
        "Recently solved", "status:solved", "updated", "No ticket is solved yet.\n3 shows what is open"
    ),
    QueueView("Everything", "", "updated", "There are no tickets here yet.\nR syncs now"),
)


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
        self.views: Sequence[QueueView] = BUILT_IN
        self._counts: Sequence[int | None] = ()
        self.cursor = 0
        self.active: int | None = 0
        """The view that the queue shows; None for a search."""

    def show_views(self, views: Sequence[QueueView]) -> None:
        """Show other views."""
        self.views = views
        self.virtual_size = Size(self.size.width, len(views))
        self.refresh()

    def show_counts(self, counts: Sequence[int | None]) -> None:
        """Show how many tickets stand in each view."""
        if tuple(counts) != tuple(self._counts):
            self._counts = counts
            self.refresh()

    def show_active(self, place: int | None) -> None:
        """Mark the view that the queue shows."""
        self.active = place
        if place is not None:
            self.cursor = place
        self.refresh()

    def move(self, by: int) -> None:
        """Move the cursor."""
        self.cursor = max(0, min(self.cursor + by, len(self.views) - 1))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one view."""
        width = self.size.width
        place = self.scroll_offset.y + y
        if place >= len(self.views):
            return self.strip_of((), width, "ground")
        count = self._counts[place] if place < len(self._counts) else None
        said = f"{count:,}" if count is not None else ""
        key = str(place + 1) if place < 5 else " "
        title = foreign.fit(self.views[place].title, max(4, width - 5 - len(said)))
        here = place == self.cursor and self.has_focus
        ground = "cursor" if here else "active" if place == self.active else "ground"
        name = "current" if place == self.active else "text"
        return self.strip_of([(f" {key} ", "key"), (title, name), (f" {said} ", "dim")], width, ground)

    def on_click(self, event: events.Click) -> None:
        """Open a view with the mouse."""
        place = self.scroll_offset.y + event.y
        if place < len(self.views):
            self.post_message(self.Picked(place))

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()
