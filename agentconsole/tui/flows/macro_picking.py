"""Picking a macro, with what it would write and set in sight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.content import Content

from agentconsole.desk import macros
from agentconsole.desk.context import Desk
from agentconsole.desk.wording import value_word
from agentconsole.domain.changes import FieldChange, TagsEdit
from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.fields import TicketField
from agentconsole.domain.tickets import FieldValue
from agentconsole.domain.views import TicketDetail
from agentconsole.tui import foreign
from agentconsole.tui.flows.flow import Flow
from agentconsole.tui.line_blocks import shown_as, shown_value
from agentconsole.tui.screens.picker import Option, Picker
from agentconsole.tui.widgets.pick_list import PickItem


@dataclass(frozen=True, slots=True)
class MacroTarget:
    """What a macro is used on: a ticket, several, or one that is being written."""

    title: str
    """For the picker's title; foreign text."""
    accounts: Sequence[str]
    """Macros of other accounts than these are left out."""
    render: Callable[[macros.MacroItem], macros.MacroPreview]
    """Raises ConsoleError for a macro that is broken."""
    fields: Sequence[TicketField]
    shown_now: Callable[[str], str]
    """How a field's present value is shown."""


def ticket_target(
    flow: Flow, detail: TicketDetail, title: str = "", accounts: Sequence[str] = ()
) -> MacroTarget:
    """Use a macro on a ticket, or on several of which this is the first."""
    return MacroTarget(
        title or detail.row.name,
        accounts or [detail.row.account],
        lambda item: macros.preview(flow.desk, item, detail),
        detail.field_defs,
        lambda name: detail.labels.get(name) or shown_value(detail.fields.get(name)),
    )


async def pick_macro(
    flow: Flow, target: MacroTarget, chosen: Callable[[macros.MacroItem | None], None]
) -> None:
    """Have a macro picked; the keys were held before, and go to the picker.

    Args:
        flow: Whose screen it is.
        target: What the macro is for.
        chosen: Told which; None where the agent left.
    """
    screen = flow.screen
    try:
        items, broken = await screen.backstage.read(macros.all_macros)
    except BaseException:
        screen.the_app.release_keys()
        raise
    usable = [item for item in items if any(macros.usable([item], name) for name in target.accounts)]

    def search(text: str) -> Sequence[Option[macros.MacroItem]]:
        return [(PickItem(item.name, item.account or ""), item) for item in macros.pick(usable, text)]

    picker = Picker(
        f"Macro for {target.title}",
        search,
        preview=lambda item: _drawn(item, target, flow.desk),
        empty_text="No macro fits.\nYour own go into the profile's macros folder.",
        notice=f"{len(broken)} cannot be used: {broken[0]}" if broken else "",
    )
    screen.app.push_screen(picker, chosen)


def tell_of_mode(flow: Flow, shown: macros.MacroPreview, *, public: bool) -> None:
    """Say where a macro is meant for other readers than the text has."""
    if shown.public is not None and shown.public != public:
        meant = "a public reply" if shown.public else "an internal note"
        said = f"This macro is meant for {meant}; your text stays as it is. {{switch_mode}} switches."
        flow.tell(flow.screen.keymap_used.told(said, "composer"), severity="warning")


def tell_of_missing(flow: Flow, shown: macros.MacroPreview) -> None:
    """Say what a macro had no value for."""
    if shown.missing:
        flow.tell(f"Fill in by hand: {', '.join(shown.missing)}.", severity="warning")


def _drawn(item: macros.MacroItem, target: MacroTarget, desk: Desk) -> Content:
    try:
        shown = target.render(item)
    except ConsoleError as error:
        return foreign.paragraphs(error.sentence, "$error")
    lines: list[Content] = []
    if item.description:
        lines += [foreign.content(item.description, "$dim"), Content("")]
    if shown.public is not None:
        word, color = ("PUBLIC REPLY", "public") if shown.public else ("INTERNAL NOTE", "internal")
        lines += [Content.styled(f" {word} ", f"bold ${color}-text on ${color}"), Content("")]
    if shown.text.strip():
        lines += [foreign.paragraphs(shown.text.strip()), Content("")]
    lines += [foreign.content(said, "$accent") for said in _effects(shown.changes, target, desk)]
    if shown.missing:
        lines.append(foreign.content(f"has no value here: {', '.join(shown.missing)}", "$warning"))
    return Content("\n").join(lines)


def _word(target: MacroTarget, desk: Desk, field: str, value: FieldValue) -> str:
    if field in ("assignee", "group") and value:
        return value_word(desk, desk.account(target.accounts[0]).id, target.fields, field, value)
    return shown_as(target.fields, field, value)


def _effects(changes: Sequence[FieldChange], target: MacroTarget, desk: Desk) -> list[str]:
    labels = {item.name: item.label for item in target.fields}
    said = []
    for change in changes:
        if isinstance(change.value, TagsEdit):
            said += [f"+ tag {tag}" for tag in change.value.add] + [
                f"- tag {tag}" for tag in change.value.remove
            ]
        else:
            label = labels.get(change.field, change.field.removeprefix("custom:"))
            value = _word(target, desk, change.field, change.value)
            said.append(f"{label}: {target.shown_now(change.field)} → {value}")
    return said
