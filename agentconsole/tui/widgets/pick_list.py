"""A short list to pick from, drawn line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from agentconsole.tui import foreign
from agentconsole.tui.styled_lines import StyledLines
from agentconsole.tui.wrapping import wrap_text

NARROW = 36
"""Cells below which a note gives way to a label that needs its room."""


@dataclass(frozen=True, slots=True)
class PickItem:
    """One line of a pick list."""

    label: str
    note: str = ""
    """Stands at the right, dimmed."""
    highlights: tuple[tuple[int, int], ...] = ()
    """Parts of the label to show strongly: (from, to) in characters."""
    off: bool = False
    """Whether it stands back, as it cannot be taken."""


class PickList(StyledLines, can_focus=False):
    """Lines with a cursor; the keys are those of the field above it."""

    PREFIX = "pick"

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "pick--ground",
        "pick--cursor",
        "pick--text",
        "pick--dim",
        "pick--match",
    }

    class Moved(Message):
        """The cursor stands on another item."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    class Picked(Message):
        """An item was clicked."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._items: Sequence[PickItem] = ()
        self._cursor = 0
        self.empty_text = ""
        """Why there is nothing to pick."""

    @property
    def cursor(self) -> int | None:
        """The place of the highlighted item; None for an empty list."""
        return self._cursor if self._items else None

    def show(self, items: Sequence[PickItem], *, cursor: int = 0) -> None:
        """Show other items."""
        self._items = items
        self._cursor = max(0, min(cursor, len(items) - 1))
        self.virtual_size = Size(self.size.width, len(items))
        self.scroll_to(y=0, animate=False)
        self._keep_in_sight()
        self.refresh()
        if items:
            self.post_message(self.Moved(self._cursor))

    def move(self, by: int) -> None:
        """Move the cursor by some items."""
        place = max(0, min(self._cursor + by, len(self._items) - 1))
        if self._items and place != self._cursor:
            self._cursor = place
            self._keep_in_sight()
            self.refresh()
            self.post_message(self.Moved(place))

    def render_line(self, y: int) -> Strip:
        """Draw one item."""
        width = self.size.width
        place = self.scroll_offset.y + y
        if not self._items:
            lines = wrap_text(foreign.block(self.empty_text), width - 2)
            text = lines[y] if y < len(lines) else ""
            return self.strip_of([(f" {text}", "dim")], width, "ground")
        if place >= len(self._items):
            return self.strip_of((), width, "ground")
        item = self._items[place]
        label_cells = cell_len(foreign.line(item.label))
        note = foreign.cut(item.note, max(width // 2 if item.off else width // 3, width - 3 - label_cells))
        if width < NARROW and not item.off and label_cells + cell_len(note) + 3 > width:
            note = ""
        room = width - 2 - (cell_len(note) + 1 if note else 0)
        runs = [(" ", "text"), *_label_runs(item, room)]
        if note:
            used = sum(cell_len(text) for text, _ in runs)
            runs += [(" " * max(1, width - used - cell_len(note) - 1), "text"), (note, "dim")]
        return self.strip_of(runs, width, "cursor" if place == self._cursor else "ground")

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in sight."""
        self.virtual_size = Size(event.size.width, len(self._items))
        self._keep_in_sight()

    def on_click(self, event: events.Click) -> None:
        """Pick with the mouse."""
        place = self.scroll_offset.y + event.y
        if place < len(self._items):
            self._cursor = place
            self.refresh()
            self.post_message(self.Picked(place))

    def _keep_in_sight(self) -> None:
        height, top = self.size.height, self.scroll_offset.y
        if height and not top <= self._cursor < top + height:
            self.scroll_to(y=max(0, self._cursor - height // 2), animate=False)


def _label_runs(item: PickItem, room: int) -> list[tuple[str, str]]:
    label = foreign.line(item.label)
    if item.off:
        return [(foreign.cut_clean(label, room), "dim")]
    if label != item.label or not item.highlights:
        # Cleaning moved the characters, so the marks would stand beside their words.
        return [(foreign.cut_clean(label, room), "text")]
    shown = foreign.cut_clean(label, room)
    runs: list[tuple[str, str]] = []
    done = 0
    for start, stop in item.highlights:
        if start >= len(shown):
            break
        runs += [(shown[done:start], "text"), (shown[start:stop], "match")]
        done = min(stop, len(shown))
    runs.append((shown[done:], "text"))
    return [run for run in runs if run[0]]
