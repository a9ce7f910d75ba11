"""The search line above the queue."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from agentconsole.tui import foreign
from agentconsole.tui.widgets.fields import CleanInput


class FilterLine(Vertical):
    """A query, and below it what is wrong with it."""

    class Asked(Message):
        """Enter was pressed on a query."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self) -> None:
        super().__init__(id="filter")

    def compose(self) -> ComposeResult:
        """Lay out the field and the line for errors."""
        with Horizontal(id="filter-row"):
            yield Static(" / ", id="filter-mark", markup=False)
            yield CleanInput(
                placeholder="words, #41, status<solved assignee:me tags:refund",
                id="filter-field",
            )
        yield Static("", id="filter-error", markup=False)

    @property
    def field(self) -> CleanInput:
        """The query's field."""
        return self.query_one(CleanInput)

    def open(self, text: str) -> None:
        """Show the line with a query to change."""
        self.set_class(True, "-open")
        self.field.value = text
        self.field.cursor_position = len(text)
        self.say("")

    def close(self) -> None:
        """Hide the line."""
        self.set_class(False, "-open")

    def say(self, sentence: str, position: int | None = None) -> None:
        """Tell what is wrong, with a mark under the place; an empty sentence takes it away."""
        error = self.query_one("#filter-error", Static)
        error.display = bool(sentence)
        mark = " " * (position + 2) + "↑\n" if position is not None and sentence else ""
        error.update(foreign.paragraphs(mark + sentence))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Ask for the search."""
        event.stop()
        self.post_message(self.Asked(event.value))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Take an error away as soon as the query changes."""
        event.stop()
        self.say("")
