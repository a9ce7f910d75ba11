"""Asks for the fields that a helpdesk wants filled before a ticket is solved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Checkbox, Input, Select, Static

from agentconsole.domain.changes import FieldChange
from agentconsole.domain.fields import TicketField
from agentconsole.domain.tickets import FieldValue
from agentconsole.tui import foreign
from agentconsole.tui.screens.dialog import Dialog
from agentconsole.tui.widgets.fields import CleanInput


class RequiredFields(Dialog[tuple[FieldChange, ...]]):
    """A small form; it gives the values once all are filled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "done", "Solve", show=False, priority=True),
        Binding("tab", "app.focus_next", "Next field", show=False),
        Binding("shift+tab", "app.focus_previous", "Previous field", show=False),
    ]

    def __init__(self, ticket_name: str, fields: Sequence[TicketField]) -> None:
        super().__init__()
        self._ticket_name = ticket_name
        self._fields = fields

    def compose(self) -> ComposeResult:
        """Lay out a line for each field."""
        with Vertical(classes="box form"):
            title = f"To solve {self._ticket_name}, fill in"
            yield Static(foreign.content(title, "bold"), classes="box-title", markup=False)
            with VerticalScroll(classes="form-fields", can_focus=False):
                for place, item in enumerate(self._fields):
                    yield Static(foreign.content(item.label), classes="form-label", markup=False)
                    yield _entry(item, place)
            yield Static("", id="form-error", markup=False)
            yield Static("Tab next · Enter or ctrl+s solves · Esc leaves", classes="box-hint", markup=False)

    def first_focus(self) -> Widget:  # type: ignore[override]
        """The first field."""
        return self.query_one("#field-0", Widget)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on."""
        event.stop()
        self._on()

    def on_select_changed(self, event: Select.Changed) -> None:
        """A choice made goes on to the next field."""
        event.stop()
        if not event.select.is_blank():
            self._forget_error()

    def action_done(self) -> None:
        """Give the values, if all are filled."""
        self._on()

    def _on(self) -> None:
        changes: list[FieldChange] = []
        for place, item in enumerate(self._fields):
            value, wrong = _value(self.query_one(f"#field-{place}", Widget), item)
            if wrong:
                self.query_one("#form-error", Static).update(
                    foreign.content(f"{item.label}: {wrong}", "$error")
                )
                self.set_focus(self.query_one(f"#field-{place}", Widget))
                return
            changes.append(FieldChange(item.name, value))
        self.dismiss(tuple(changes))

    def _forget_error(self) -> None:
        self.query_one("#form-error", Static).update("")


def _entry(item: TicketField, place: int) -> Widget:
    name = f"field-{place}"
    if item.kind == "checkbox":
        return Checkbox("yes", id=name, compact=True)
    if item.options and item.kind != "multichoice":
        choices = [(foreign.content(option.label), option.key) for option in item.options]
        return Select(choices, prompt="choose (Enter opens)", id=name, compact=True)
    hint = {"date": "2026-01-31", "integer": "a whole number", "decimal": "a number"}.get(item.kind, "")
    if item.kind == "multichoice":
        hint = foreign.cut(", ".join(option.key for option in item.options), 60)
    return CleanInput(placeholder=hint, id=name, compact=True)


def _value(entry: Widget, item: TicketField) -> tuple[FieldValue, str]:
    """Read a field: its value, or what is wrong with it."""
    if isinstance(entry, Checkbox):
        return entry.value, "" if entry.value else "must be ticked"
    if isinstance(entry, Select):
        return (None, "choose one") if entry.is_blank() else (str(entry.value), "")
    text = entry.value.strip() if isinstance(entry, CleanInput) else ""
    if not text:
        return None, "must be filled in"
    try:
        if item.kind == "integer":
            return int(text), ""
        if item.kind == "decimal":
            return float(text), ""
        if item.kind == "date":
            return date.fromisoformat(text).isoformat(), ""
    except ValueError:
        return None, f"“{foreign.cut(text, 20)}” is no {'date' if item.kind == 'date' else 'number'}"
    if item.kind == "multichoice":
        return tuple(sorted(part.strip() for part in text.split(",") if part.strip())), ""
    return text, ""
