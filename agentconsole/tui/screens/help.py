"""All keys on one page."""

from __future__ import annotations

from itertools import groupby
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from agentconsole.tui.actions import ACTIONS
from agentconsole.tui.keymap import Keymap, shown_key
from agentconsole.tui.screens.dialog import Dialog


class HelpScreen(Dialog[None]):
    """Every action with its keys."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,question_mark", "leave", "Close", show=False)]

    def __init__(self, keymap: Keymap) -> None:
        super().__init__()
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        """Lay out the groups."""
        with Vertical(classes="box help"):
            yield Static(Content.styled("Keys", "bold"), classes="box-title", markup=False)
            with VerticalScroll(id="help-scroll"):
                yield Static(self._text(), markup=False)
            yield Static(
                "config.toml can remap them by the names at the right · Esc closes",
                classes="box-hint",
                markup=False,
            )

    def first_focus(self) -> Widget:  # type: ignore[override]
        """The text, so that it scrolls."""
        return self.query_one("#help-scroll", Widget)

    def _text(self) -> Content:
        lines: list[Content] = []
        for group, actions in groupby(ACTIONS, key=lambda action: action.group):
            lines.append(Content.styled(group, "bold $accent"))
            for action in actions:
                keys = " ".join(shown_key(key) for key in self._keymap.keys[action.id]) or "–"
                lines.append(
                    Content.assemble(
                        (f"  {keys:<18}", "bold"), (f"{action.help:<42}", ""), (action.id, "$faint")
                    )
                )
            lines.append(Content(""))
        return Content("\n").join(lines)
