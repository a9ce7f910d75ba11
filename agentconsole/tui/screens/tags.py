"""Asks for tags: a line to change, and below it the known tags that complete its last word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from agentconsole.tui import foreign
from agentconsole.tui.screens.dialog import Deeds, Dialog, moves
from agentconsole.tui.widgets.fields import CleanInput
from agentconsole.tui.widgets.pick_list import PickItem, PickList

SHOWN = 200
"""Tags that are listed at most; typing narrows them."""

MAKES_NEW: Final = "No known tag has that in it; Enter makes it."
NOT_THERE: Final = "No tag that could be removed has that in it."


class TagsDialog(Dialog[str]):
    """The tags as one line; Tab completes the last word, Enter takes the line as it stands."""

    place = "gather"

    def __init__(
        self, title: str, text: str, hint: str, known: Sequence[tuple[str, int]], had: frozenset[str]
    ) -> None:
        """Prepare the question.

        Args:
            title: What the tags are of.
            text: The line to begin with.
            hint: What may be typed.
            known: Tags with how many tickets have them, the most used first.
            had: Tags that the ticket has.
        """
        super().__init__()
        self._title_text = title
        self._text = text
        self._hint = hint
        self._known = known
        self._counts: Mapping[str, int] = dict(known)
        self._had = had
        self._tags: Sequence[str] = ()

    def compose(self) -> ComposeResult:
        """Lay out title, line and known tags."""
        with Vertical(classes="box picker"):
            yield Static(foreign.title(self._title_text), classes="box-title", markup=False)
            yield CleanInput(self._text, id="picker-field")
            with Vertical(classes="picker-body"):
                yield PickList(id="picker-list")
            keys = self.told("{gather_complete} completes · Enter sets them")
            yield Static(
                foreign.content(f"{keys} · {self._hint} · Esc leaves"), classes="box-hint", markup=False
            )

    def on_mount(self) -> None:
        """Put the caret behind the text."""
        self.query_one(CleanInput).cursor_position = len(self._text)
        super().on_mount()
        self._complete_list()

    def deeds(self) -> Deeds:
        """What its actions do."""
        return {**moves(self.query_one(PickList).move), "gather_complete": self.action_complete}

    def first_focus(self) -> CleanInput:  # type: ignore[override]
        """The line."""
        return self.query_one(CleanInput)

    def on_input_changed(self, event: Input.Changed) -> None:
        """List what completes the word at the caret."""
        self._complete_list()

    def entered(self, text: str) -> None:
        """Give the line."""
        self.dismiss(text)

    def on_pick_list_picked(self, event: PickList.Picked) -> None:
        """Complete with what was clicked."""
        self.action_complete()

    def action_complete(self) -> None:
        """Put the highlighted tag in place of the word at the end of the line."""
        place = self.query_one(PickList).cursor
        if place is None or place >= len(self._tags):
            return
        field = self.query_one(CleanInput)
        before, word = _last_word(field.value)
        sign = word[:1] if word[:1] in "+-" and word else ""
        field.value = f"{before}{sign}{self._tags[place]} "
        field.cursor_position = len(field.value)

    def _complete_list(self) -> None:
        line = self.query_one(CleanInput).value
        _, word = _last_word(line)
        typed = word.lstrip("+-").casefold()
        removes = word.startswith("-")
        others = [one for one in line.replace(",", " ").split() if one.startswith("-") or not removes]
        taken = {one.lstrip("+-") for one in others} - {word.lstrip("+-")}
        names = [tag for tag, _ in self._known if tag not in taken]
        if removes:
            names = [tag for tag in names if tag in self._had or not self._had]
        found = [tag for tag in names if tag.casefold().startswith(typed)]
        if typed:
            found += [tag for tag in names if typed in tag.casefold() and tag not in set(found)]
        self._tags = found[:SHOWN]
        picks = self.query_one(PickList)
        picks.empty_text = NOT_THERE if removes else MAKES_NEW
        picks.show([PickItem(tag, f"{self._counts[tag]:,}") for tag in self._tags])


def _last_word(line: str) -> tuple[str, str]:
    """Part a line into what stands before its last word, and the word, empty behind a space."""
    start = max(line.rfind(" "), line.rfind(",")) + 1
    return line[:start], line[start:]
