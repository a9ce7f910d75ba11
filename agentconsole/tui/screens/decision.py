"""Shows both sides of fields that somebody else changed too, and has each decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from agentconsole.tui import foreign
from agentconsole.tui.screens.dialog import Deeds, Dialog

Side = Literal["mine", "theirs"]

_MOST_OF_SIDE: Final = 150
"""Cells of a label or a value, so that all fields stay in sight."""


@dataclass(frozen=True, slots=True)
class TwoSides:
    """A field that was changed on both sides; all texts may be foreign."""

    field: str
    """Its name in the Change."""
    label: str
    base: str
    """What it was before either."""
    mine: str
    theirs: str


class DecisionDialog(Dialog[dict[str, Side]]):
    """One field a line; the side that shall hold is marked."""

    place = "decide"

    def __init__(self, title: str, fields: Sequence[TwoSides]) -> None:
        super().__init__()
        self._title_text = title
        self._fields = fields
        self._at = 0
        self.sides: dict[str, Side] = {one.field: "mine" for one in fields}
        """What is decided so far."""

    def compose(self) -> ComposeResult:
        """Lay the fields out."""
        with Vertical(classes="box decision"):
            yield Static(foreign.title(self._title_text), classes="box-title", markup=False)
            yield Static("", id="decision-fields", classes="box-text", markup=False)
            hint = self.told(
                "{decide_mine} mine · {decide_theirs} theirs · {decide_up} {decide_down} field · "
                "{accept} decides and sends · Esc leaves"
            )
            yield Static(hint, classes="box-hint", markup=False)

    def on_mount(self) -> None:
        """Show the fields."""
        super().on_mount()
        self._show()

    def deeds(self) -> Deeds:
        """What its actions do."""
        return {
            "decide_down": lambda: self.action_move(1),
            "decide_up": lambda: self.action_move(-1),
            "decide_mine": lambda: self.action_take("mine"),
            "decide_theirs": lambda: self.action_take("theirs"),
            "decide_other": self.action_other,
            "accept": self.action_done,
        }

    def action_move(self, by: int) -> None:
        """Go to another field."""
        self._at = max(0, min(self._at + by, len(self._fields) - 1))
        self._show()

    def action_take(self, side: Side) -> None:
        """Let a side hold, and go on."""
        self.sides[self._fields[self._at].field] = side
        self._show()

    def action_other(self) -> None:
        """Let the other side hold."""
        name = self._fields[self._at].field
        self.sides[name] = "theirs" if self.sides[name] == "mine" else "mine"
        self._show()

    def action_done(self) -> None:
        """Give what is decided."""
        self.dismiss(dict(self.sides))

    def _show(self) -> None:
        lines: list[Content] = []
        for place, one in enumerate(self._fields):
            here = place == self._at
            lines.append(
                Content.assemble(
                    ("▸ " if here else "  ", "bold $accent"),
                    (foreign.cut(one.label, _MOST_OF_SIDE), "bold" if here else ""),
                    (f"  was {foreign.cut(one.base, _MOST_OF_SIDE)}", "$dim"),
                )
            )
            for side, value in (("mine", one.mine), ("theirs", one.theirs)):
                held = self.sides[one.field] == side
                style = "bold $success" if held else "$dim"
                who = "yours" if side == "mine" else "theirs"
                lines.append(
                    Content.styled(
                        f"    {'●' if held else '○'} {who:<7}{foreign.cut(value, _MOST_OF_SIDE)}", style
                    )
                )
        self.query_one("#decision-fields", Static).update(Content("\n").join(lines))
