"""The search line above the queue: a query, what may come next in it, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from agentconsole.domain.query_completion import Suggestion, Vocabulary, complete, take
from agentconsole.tui import foreign
from agentconsole.tui.widgets.fields import CleanInput
from agentconsole.tui.widgets.pick_list import PickItem, PickList

_MARK_CELLS = 2
"""Cells between the left edge of what is said and the query's first character, less the padding."""


class FilterLine(Vertical):
    """A query, below it what may come next, and what is wrong with it."""

    def __init__(self) -> None:
        super().__init__(id="filter")
        self.vocabulary = Vocabulary()
        """What queries can name here."""
        self.past: Sequence[str] = ()
        """What was searched for, the latest last."""
        self._back = 0
        """How many searches back the line shows; 0: what the agent types."""
        self._typed = ""
        """What the agent had typed before looking back."""
        self._suggestions: tuple[Suggestion, ...] = ()
        self._chosen = False
        """Whether the agent has moved to a suggestion, so that Enter means it."""

    def compose(self) -> ComposeResult:
        """Lay out the field, the list of what may come next and the line for errors."""
        with Horizontal(id="filter-row"):
            yield Static(" / ", id="filter-mark", markup=False)
            yield CleanInput(
                placeholder="words, #41, status<solved assignee:me tags:refund",
                id="filter-field",
            )
        yield Static("", id="filter-error", markup=False)
        yield PickList(id="filter-picks")

    @property
    def field(self) -> CleanInput:
        """The query's field."""
        return self.query_one(CleanInput)

    @property
    def picks(self) -> PickList:
        """The list of what may come next."""
        return self.query_one(PickList)

    def open(self, text: str) -> None:
        """Show the line with a query to change."""
        self.set_class(True, "-open")
        self._back = 0
        self._put(text, len(text))
        self.say("")
        self._show(())

    def close(self) -> None:
        """Hide the line."""
        self.set_class(False, "-open")
        self._show(())

    def say(self, sentence: str, position: int | None = None) -> None:
        """Tell what is wrong, with a mark under the place; an empty sentence takes it away."""
        error = self.query_one("#filter-error", Static)
        error.display = bool(sentence)
        mark = ""
        if position is not None and sentence:
            self._show(())
            # A field that was opened just now has no size yet, and has scrolled for want of it.
            width = self.field.size.width or self.app.size.width
            scrolled = int(self.field.scroll_offset.x) if cell_len(self.field.value) >= width else 0
            place = cell_len(self.field.value[:position]) - scrolled
            mark = " " * (max(0, min(place, width - 1)) + _MARK_CELLS) + "↑\n"
        error.update(foreign.paragraphs(mark + sentence))

    def offer(self) -> None:
        """Show what may come next at the caret; nothing where nothing was typed, or while looking back."""
        field = self.field
        quiet = not field.value.strip() or self._back
        self._show(() if quiet else complete(field.value, field.cursor_position, self.vocabulary))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Take an error away as soon as the query changes, and offer what may come next."""
        event.stop()
        self.say("")
        if self._back and event.value != self.past[-self._back]:
            self._back = 0
        self.offer()

    def on_pick_list_picked(self, event: PickList.Picked) -> None:
        """Take what was clicked."""
        event.stop()
        self._take(event.place)
        self.field.focus()

    def on_pick_list_moved(self, event: PickList.Moved) -> None:
        """Keep the list's moves to oneself."""
        event.stop()

    def on_key(self, event: events.Key) -> None:
        """Take a suggestion, choose another one, or look back at past searches."""
        does: dict[str, Callable[[], None]] = {"tab": self._take_chosen, "up": self._up, "down": self._down}
        if event.key in does and self.field.has_focus:
            event.stop()
            event.prevent_default()
            does[event.key]()

    def take_chosen(self) -> bool:
        """Take the suggestion that the agent has moved to; False where that is none."""
        chosen = self._chosen and bool(self._suggestions)
        if chosen:
            self._take(self.picks.cursor or 0)
        return chosen

    def _take_chosen(self) -> None:
        self.offer()
        self._take(self.picks.cursor or 0)

    def _take(self, place: int) -> None:
        if place < len(self._suggestions):
            self._put(*take(self.field.value, self._suggestions[place]))

    def _up(self) -> None:
        if self._suggestions and self.picks.cursor:
            self.picks.move(-1)
            self._chosen = True
        elif self._back < len(self.past):
            if not self._back:
                self._typed = self.field.value
            self._look_back(self._back + 1)

    def _down(self) -> None:
        if self._back:
            self._look_back(self._back - 1)
        else:
            self.picks.move(1)
            self._chosen = True

    def _look_back(self, back: int) -> None:
        self._back = back
        text = self.past[-back] if back else self._typed
        self._put(text, len(text))

    def _put(self, text: str, caret: int) -> None:
        self.field.value = text
        self.field.cursor_position = caret

    def _show(self, suggestions: tuple[Suggestion, ...]) -> None:
        picks = self.picks
        same = suggestions == self._suggestions
        self._chosen = self._chosen and same
        self._suggestions = suggestions
        picks.display = bool(suggestions)
        if not same:
            picks.show([PickItem(one.label, one.note) for one in suggestions])
