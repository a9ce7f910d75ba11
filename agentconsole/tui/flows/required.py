"""Asks, one after another, for the fields that a helpdesk wants filled before something goes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from textual.app import App

from agentconsole.domain.changes import FieldChange
from agentconsole.domain.fields import TicketField, read_number
from agentconsole.domain.tickets import FieldValue
from agentconsole.tui import foreign
from agentconsole.tui.screens.line import LineDialog
from agentconsole.tui.screens.picker import Option, Picker, plain_search
from agentconsole.tui.widgets.pick_list import PickItem

GoOn = Callable[[tuple[FieldChange, ...]], None]

HINTS = {"date": "as 2026-01-31", "integer": "a whole number", "decimal": "a number"}


def ask_required(
    app: App[str], ticket_name: str, fields: Sequence[TicketField], go_on: GoOn, *, solves: bool
) -> None:
    """Ask for each field in turn, then go on with all values; Esc at any of them changes nothing.

    Args:
        app: The app.
        ticket_name: How the ticket is called.
        solves: Whether the ticket is about to be solved; else its form alone asks for the fields.
        fields: What is missing, in the helpdesk's order.
        go_on: Given the values once all are there.
    """
    _ask(app, f"To solve {ticket_name}" if solves else f"For {ticket_name}", tuple(fields), (), go_on, "")


def _ask(
    app: App[str],
    purpose: str,
    fields: tuple[TicketField, ...],
    given: tuple[FieldChange, ...],
    go_on: GoOn,
    typed: str,
) -> None:
    if len(given) == len(fields):
        go_on(given)
        return
    item = fields[len(given)]
    count = f" ({len(given) + 1} of {len(fields)})" if len(fields) > 1 else ""
    title = f"{purpose}{count}: {item.label}, which the helpdesk asks for"

    def take(value: FieldValue) -> None:
        _ask(app, purpose, fields, (*given, FieldChange(item.name, value)), go_on, "")

    def picked(value: str | None) -> None:
        if value is not None:
            take(True if item.kind == "checkbox" else (value,) if item.kind == "multichoice" else value)

    def entered(text: str | None) -> None:
        if text is None:
            return
        value, wrong = read_value(item, text)
        if wrong:
            foreign.tell(app, f"{item.label}: {wrong}", severity="warning")
            _ask(app, purpose, fields, given, go_on, text)
        else:
            take(value)

    if item.kind == "checkbox":
        ticked: list[Option[str]] = [(PickItem("Yes", "must be ticked"), "yes")]
        app.push_screen(Picker(title, plain_search(ticked)), picked)
    elif item.options:
        options: list[Option[str]] = [(PickItem(option.label), option.key) for option in item.options]
        app.push_screen(Picker(title, plain_search(options)), picked)
    else:
        app.push_screen(LineDialog(title, typed, HINTS.get(item.kind, "required")), entered)


def read_value(item: TicketField, text: str) -> tuple[FieldValue, str]:
    """Read what was typed for a field: its value, or what is wrong with it."""
    text = text.strip()
    if not text:
        return None, "must be filled in"
    try:
        if item.kind in ("integer", "decimal"):
            return read_number(item.kind, text), ""
        if item.kind == "date":
            return date.fromisoformat(text).isoformat(), ""
    except ValueError:
        return None, f"“{foreign.cut(text, 20)}” is no {'date' if item.kind == 'date' else 'number'}"
    return text, ""
