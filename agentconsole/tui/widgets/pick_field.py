"""A field whose value is picked from a list, not typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from agentconsole.tui import foreign

if TYPE_CHECKING:
    from agentconsole.tui.app import ConsoleApp


class PickField(Static, can_focus=True):
    """Its name and its value; Enter picks another one, Delete leaves it empty."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "pick", "Pick", show=False),
        Binding("delete,backspace", "clear", "Empty", show=False),
    ]

    class Asked(Message):
        """Another value is wanted."""

        def __init__(self, field: PickField) -> None:
            super().__init__()
            self.field = field

    class Cleared(Message):
        """The value has been taken away."""

    def __init__(self, label: str, empty: str, *, id: str, most: int = 24) -> None:
        """Prepare the field.

        Args:
            label: Its name.
            empty: What to say where it has no value.
            id: Its id.
            most: Cells of the value that are shown.
        """
        super().__init__("", id=id, markup=False)
        self.label = label
        self._empty = empty
        self._most = most
        self.value: str | None = None
        """The value's key; None for none."""
        self._shown = ""

    def on_mount(self) -> None:
        """Draw it."""
        self._draw()

    def set(self, value: str | None, shown: str = "") -> None:
        """Give it a value and how that is shown."""
        self.value, self._shown = value, shown or (value or "")
        self._draw()

    def action_pick(self) -> None:
        """Ask for another value; what is typed meanwhile is meant for the list that comes."""
        cast("ConsoleApp", self.app).hold_keys()
        self.post_message(self.Asked(self))

    def action_clear(self) -> None:
        """Take the value away."""
        self.set(None)
        self.post_message(self.Cleared())

    def on_click(self, event: events.Click) -> None:
        """Pick with the mouse."""
        self.action_pick()

    def _draw(self) -> None:
        value = (foreign.cut(self._shown, self._most), "$foreground")
        if self.value is None:
            value = (self._empty, "$faint")
        self.update(Content.assemble((f"{self.label} ", "$dim"), value))
