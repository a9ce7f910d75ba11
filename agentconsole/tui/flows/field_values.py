"""Asking for a field's value, as its kind wants."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import App

from agentconsole.domain.fields import TicketField
from agentconsole.domain.tickets import FieldValue
from agentconsole.tui import foreign
from agentconsole.tui.flows.required import HINTS, read_value
from agentconsole.tui.line_blocks import shown_value
from agentconsole.tui.screens.line import LineDialog
from agentconsole.tui.screens.picker import Option, Picker, plain_search
from agentconsole.tui.widgets.pick_list import PickItem

SetValue = Callable[[FieldValue], None]

ELSEWHERE = frozenset({"subject", "status", "priority", "assignee", "group", "tags"})
"""Fields with a key of their own."""

Answer = tuple[FieldValue]
"""A value that was chosen, nothing included."""


def ask_value(
    app: App[str],
    item: TicketField,
    of: str,
    now: FieldValue,
    set_value: SetValue,
    *,
    typed: str | None = None,
) -> None:
    """Ask for a value of a field; Esc leaves it as it is.

    Args:
        app: The app.
        item: The field.
        of: Whose value it is, for the title; foreign text.
        now: Its value as it is; None where there is none, or where several tickets have theirs.
        set_value: Given the value, None for nothing.
        typed: What was typed before and was no value.
    """
    title = f"{item.label}: {of}"
    if item.kind == "multichoice":
        _ask_several(
            app, item, title, frozenset(now) if isinstance(now, tuple) else frozenset(), "", set_value
        )
        return
    if item.kind == "checkbox" or item.options:
        options: list[Option[Answer]] = [
            (PickItem(label, "as it is" if value == now and now is not None else ""), (value,))
            for label, value in _choices(item)
        ]
        if item.kind != "checkbox" and item.name != "form":
            options.append((PickItem("Nothing", "empties it"), (None,)))

        def picked(answer: Answer | None) -> None:
            if answer is not None:
                set_value(answer[0])

        app.push_screen(Picker(title, plain_search(options)), picked)
        return

    def entered(text: str | None) -> None:
        if text is None:
            return
        if not text.strip():
            set_value(None)
            return
        value, wrong = read_value(item, text)
        if wrong:
            foreign.tell(app, f"{item.label}: {wrong}", severity="warning")
            ask_value(app, item, of, now, set_value, typed=text)
        else:
            set_value(value)

    start = typed if typed is not None else "" if now is None else str(now)
    hint = HINTS.get(item.kind, "a text")
    app.push_screen(LineDialog(title, start, f"{hint} · empty: nothing"), entered)


def _ask_several(
    app: App[str], item: TicketField, title: str, ticked: frozenset[str], last: str, set_value: SetValue
) -> None:
    """Have choices ticked one after another, until they are set."""
    labels = {option.key: option.label for option in item.options}
    chosen_now = ", ".join(labels.get(key, key) for key in sorted(ticked)) or "nothing"
    done: Option[str] = (PickItem(f"Set {chosen_now}"), "")
    ticks: list[Option[str]] = [
        (PickItem(f"{'●' if option.key in ticked else '○'} {option.label}"), option.key)
        for option in item.options
    ]
    # What was ticked last is at hand, then what sets them all.
    options = [done, *ticks] if last or ticked else [*ticks, done]

    def picked(key: str | None) -> None:
        if key == "":
            set_value(tuple(sorted(ticked)) or None)
        elif key is not None:
            _ask_several(app, item, title, ticked ^ {key}, key, set_value)

    app.push_screen(Picker(title, plain_search(options), placeholder="Enter ticks"), picked)


def _choices(item: TicketField) -> Sequence[tuple[str, FieldValue]]:
    if item.kind == "checkbox":
        return (("Yes", True), ("No", False))
    return [(option.label, option.key) for option in item.options if option.active]


def shown_in(item: TicketField, value: FieldValue) -> str:
    """Say what a field's value means, choices by their labels."""
    labels = {option.key: option.label for option in item.options}
    keys = value if isinstance(value, tuple) else () if value is None else (value,)
    if labels and keys and not isinstance(value, bool):
        return ", ".join(labels.get(str(key), str(key)) for key in keys)
    return shown_value(value)
