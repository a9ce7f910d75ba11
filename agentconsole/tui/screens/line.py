"""Asks for one line of text."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from agentconsole.tui import foreign
from agentconsole.tui.screens.dialog import Dialog
from agentconsole.tui.widgets.fields import CleanInput


class LineDialog(Dialog[str]):
    """A title, a field with a text to change, and what may be typed."""

    def __init__(self, title: str, text: str, hint: str) -> None:
        super().__init__()
        self._title_text = title
        self._text = text
        self._hint = hint

    def compose(self) -> ComposeResult:
        """Lay out title, field and hint."""
        with Vertical(classes="box"):
            yield Static(foreign.title(self._title_text), classes="box-title", markup=False)
            yield CleanInput(self._text, id="picker-field")
            yield Static(
                foreign.content(f"{self._hint} · Enter takes it · Esc leaves"),
                classes="box-hint",
                markup=False,
            )

    def on_mount(self) -> None:
        """Put the caret behind the text."""
        self.query_one(CleanInput).cursor_position = len(self._text)
        super().on_mount()

    def first_focus(self) -> CleanInput:  # type: ignore[override]
        """The field."""
        return self.query_one(CleanInput)

    def entered(self, text: str) -> None:
        """Give the text."""
        self.dismiss(text)
