"""Rows of a form: a label, a field or a choice, and a line below that explains it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from agentconsole.tui import foreign
from agentconsole.tui.widgets.fields import CleanInput

Option = tuple[str, str]
"""What is chosen, and how it is called."""


class FormField(CleanInput):
    """A one-line field that may hide what is typed."""

    def __init__(self, value: str = "", *, id: str, placeholder: str = "", masked: bool = False) -> None:
        super().__init__(value, placeholder=placeholder, id=id)
        self.password = masked


class OptionList(Static, can_focus=True):
    """A few options below one another, one of them chosen; up and down choose another."""

    @dataclass
    class Chosen(Message):
        """Another option was chosen."""

        field: OptionList
        value: str

    def __init__(self, options: Sequence[Option], *, id: str) -> None:
        super().__init__("", id=id, markup=False)
        self._options = tuple(options)
        self.value = self._options[0][0]
        """What is chosen."""

    def on_mount(self) -> None:
        """Draw the options."""
        self._draw()

    def offer(self, options: Sequence[Option]) -> None:
        """Offer other options; what is chosen stays where it is still among them."""
        if tuple(options) == self._options:
            return
        self._options = tuple(options)
        if self.value not in [value for value, _ in self._options]:
            self.value = self._options[0][0]
        self._draw()

    def choose(self, value: str) -> None:
        """Choose an option."""
        if value != self.value and value in [one for one, _ in self._options]:
            self.value = value
            self._draw()
            self.post_message(self.Chosen(self, value))

    def on_key(self, event: events.Key) -> None:
        """Choose by arrow; here and not by a binding, which would look where the focus is by then."""
        by = {"down": 1, "right": 1, "up": -1, "left": -1}.get(event.key)
        if by is not None:
            event.stop()
            self.move(by)

    def move(self, by: int) -> None:
        """Choose the next or the previous option."""
        values = [value for value, _ in self._options]
        self.choose(values[max(0, min(len(values) - 1, values.index(self.value) + by))])

    def on_click(self, event: object) -> None:
        """Choose what is clicked."""
        row = getattr(event, "y", -1)
        if 0 <= row < len(self._options):
            self.choose(self._options[row][0])

    def _draw(self) -> None:
        lines = []
        for value, words in self._options:
            chosen = value == self.value
            mark = ("● ", "$accent") if chosen else ("○ ", "$dim")
            lines.append(Content.assemble(mark, (foreign.line(words), "$foreground" if chosen else "$dim")))
        self.update(Content("\n").join(lines))


class FormRow(Vertical):
    """A label, what is filled in, and a line that explains it."""

    def __init__(self, label: str, field: Widget, note: str = "") -> None:
        """Prepare the row.

        Args:
            label: Of our own, short.
            field: What the person fills in.
            note: Below it; empty for none.
        """
        super().__init__(id=f"row-{field.id}", classes="form-row")
        self._label = Static(Content(label), classes="form-label", markup=False)
        self.field = field
        """What is filled in."""
        self._note = Static("", classes="form-note", markup=False)
        self.explain(note)

    def compose(self) -> ComposeResult:
        """Lay the row out."""
        with Horizontal(classes="form-line"):
            yield self._label
            yield self.field
        yield self._note

    def label(self, label: str) -> None:
        """Call the row something else."""
        self._label.update(Content(label))

    def explain(self, note: str, style: str = "$dim") -> None:
        """Say something else below the field."""
        self._note.display = bool(note)
        self._note.update(foreign.content(note, style))


def text_of(widget: Widget) -> str:
    """Tell what a field or a choice holds."""
    if isinstance(widget, OptionList):
        return widget.value
    return widget.value if isinstance(widget, Input) else ""
