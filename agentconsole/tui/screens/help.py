"""The keys that work where the focus is, and, by searching, all others."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from agentconsole.tui import foreign
from agentconsole.tui.actions import ABOUT_PANES, ACTIONS, Action
from agentconsole.tui.availability import PLACE_NAMES, Situation, why_not
from agentconsole.tui.dialog_actions import DIALOG_ACTIONS, GROUP
from agentconsole.tui.fuzzy import match
from agentconsole.tui.keymap import Keymap, shown_key
from agentconsole.tui.screens.dialog import Deeds, Dialog, moves
from agentconsole.tui.widgets.fields import CleanInput
from agentconsole.tui.wrapping import wrap_text

_KEYS_WIDTH: Final = 15
_HELP_WIDTH: Final = 37
_LINE_WIDTH: Final = 70
"""What there is in a terminal of 80 columns."""

_EDITING: Final = (
    ("ctrl+z ctrl+y", "Take back what was typed, and redo it"),
    ("ctrl+a ctrl+e", "To the start and the end of the line"),
    ("ctrl+u ctrl+k", "Delete to the start, to the end of it"),
    ("ctrl+w ctrl+d", "Delete the word, the next character"),
    ("f6 f7", "Mark the line, mark all"),
)
"""What a text does itself; these keys cannot be remapped."""


class HelpScreen(Dialog[None]):
    """A field to search in, and actions with their keys."""

    place = "pick"

    def __init__(self, keymap: Keymap, now: Situation) -> None:
        """Prepare the help.

        Args:
            keymap: The keys.
            now: Where the focus is and what there is to act on.
        """
        super().__init__()
        self._keys = keymap
        self._now = now

    def compose(self) -> ComposeResult:
        """Lay out field and keys."""
        title = f"The keys that work {PLACE_NAMES[self._now.place]}"
        with Vertical(classes="box help"):
            yield Static(Content.styled(title, "bold"), classes="box-title", markup=False)
            yield CleanInput(placeholder="type to search all keys", id="picker-field")
            with VerticalScroll(id="help-scroll", can_focus=False):
                yield Static(self.text(""), id="help-text", markup=False)
            hint = "{pick_up} {pick_down} scroll · [keys] in config.toml remaps by these names · Esc closes"
            yield Static(self.told(hint), classes="box-hint", markup=False)

    def first_focus(self) -> CleanInput:  # type: ignore[override]
        """The field."""
        return self.query_one(CleanInput)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what fits."""
        self.query_one("#help-text", Static).update(self.text(event.value))
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def deeds(self) -> Deeds:
        """What its actions do."""
        return moves(self._scroll, 10)

    def take_key(self, event: events.Key) -> bool:
        """Do what a key means here; what has shown the help closes it too, but a letter is searched for."""
        if super().take_key(event):
            return True
        again = self.keymap.action("queue", event.key, event.character) == "help"
        if again and not (event.character or "").isalnum():
            self.action_leave()
            return True
        return False

    def _scroll(self, by: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False, immediate=True)

    def text(self, typed: str) -> Content:
        """Draw the actions of this place, or those of any place that fit what was typed."""
        shown = self._found(typed.strip())
        lines: list[Content] = []
        if self._keys.problems and not typed.strip():
            lines.append(Content.styled("Asked for in [keys], and not to be had", "bold $warning"))
            for one in self._keys.problems:
                lines += [Content(f" {line}") for line in wrap_text(foreign.line(one), _LINE_WIDTH - 1)]
            lines.append(Content(""))
        for group, actions in groupby(shown, key=lambda action: action.group):
            lines.append(Content.styled(group, "bold $accent"))
            lines += [self._line(action) for action in actions]
            lines.append(Content(""))
        if not typed.strip() and self._now.place == "composer":
            lines.append(Content.styled("Editing", "bold $accent"))
            lines += [_columns(keys, said, "", on=True) for keys, said in _EDITING]
        if not lines:
            lines.append(foreign.content("No action fits. Type less, or Esc.", "$dim"))
        return Content("\n").join(lines)

    def _found(self, typed: str) -> list[Action]:
        if not typed:
            here = [action for action in ACTIONS if self._now.place in action.places]
            # What is done to tickets first: there is no room for all, and arrows are found without help.
            return sorted(
                here, key=lambda one: ABOUT_PANES.index(one.group) if one.group in ABOUT_PANES else -1
            )
        # A key that was typed means itself before it means a letter of some word.
        known = (*ACTIONS, *DIALOG_ACTIONS)
        by_key = [action for action in known if typed in self._keys.keys[action.id]]
        if by_key:
            return by_key
        fits = [(action, match(typed, f"{action.help} {action.id}")) for action in known]
        # Letters scattered over the line would find nearly all.
        return [action for action, fit in fits if fit is not None and fit.rank[0] < 3]

    def _line(self, action: Action) -> Content:
        # Of a dialog's key it matters only what it is called.
        why = "" if action.group == GROUP else why_not(action, self._now)
        keys = self._keys.keys_in(action.id, None if why or action.group == GROUP else self._now.place)
        return _columns(_keys(keys), action.help, f"– {why}" if why else action.id, on=not why)


def _keys(keys: Sequence[str]) -> str:
    shown = " ".join(shown_key(key) for key in keys)
    return shown if cell_len(shown) < _KEYS_WIDTH or len(keys) == 1 else _keys(keys[:-1])


def _columns(keys: str, said: str, last: str, *, on: bool) -> Content:
    head = keys + " " * max(1, _KEYS_WIDTH - cell_len(keys))
    # A long reason moves to the left rather than out of sight.
    width = min(_HELP_WIDTH, _LINE_WIDTH - _KEYS_WIDTH - 2 - cell_len(last))
    return Content.assemble(
        (f" {head}", "bold" if on else "$dim"),
        (f"{foreign.cut_clean(said, width):<{width}} ", "" if on else "$dim"),
        (last, "$dim"),
    )
