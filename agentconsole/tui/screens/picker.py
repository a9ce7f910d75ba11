"""Picks one of a list by typing part of it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from agentconsole.tui import foreign
from agentconsole.tui.fuzzy import match
from agentconsole.tui.screens.dialog import Deeds, Dialog, moves
from agentconsole.tui.widgets.fields import CleanInput
from agentconsole.tui.widgets.pick_list import PickItem, PickList

if TYPE_CHECKING:
    from agentconsole.tui.app import ConsoleApp

Value = TypeVar("Value")

FOUND_SECONDS = 5.0
"""How long keys are held, after Enter, for what is still being looked for."""

_BY_NOTE = 3
"""Rank of what is found by its note: behind words of labels, before scattered letters."""

Option = tuple[PickItem, Value]
Later = Callable[[str], Awaitable[Sequence[Option[Value]]]]
Search = Callable[[str], Sequence[Option[Value]]]


class Picker(Dialog[Value], Generic[Value]):
    """A field, the items that fit what was typed, and where wanted a preview of the highlighted one."""

    place = "pick"

    def __init__(
        self,
        title: str,
        search: Search[Value],
        *,
        preview: Callable[[Value], Content] | None = None,
        empty_text: str = "Nothing fits. Type less, or Esc.",
        notice: str = "",
        refused: Callable[[Value], bool] | None = None,
        placeholder: str = "type to find",
        moved: Callable[[Value], None] | None = None,
        start: int = 0,
        later: Later[Value] | None = None,
    ) -> None:
        """Prepare the picker.

        Args:
            title: What is picked.
            search: Gives the options for what was typed, best first; all of them for an empty text.
            preview: Draws the highlighted option.
            empty_text: What to say where nothing fits.
            notice: A sentence below the list, about what could not be listed.
            refused: Whether an option is only there to be seen and cannot be taken.
            placeholder: What the empty field says.
            moved: Told whenever another option is highlighted; the dialog leaves room to see its effect.
            start: The place of the option that is highlighted first.
            later: Finds more for what was typed, which takes a moment; an answer that comes too late is
                dropped.
        """
        shape = "-preview" if preview is not None else "-live" if moved is not None else ""
        super().__init__(classes=shape)
        self._title_text = title
        self._search = search
        self._preview = preview
        self._empty_text = empty_text
        self._notice = notice
        self._refused = refused
        self._placeholder = placeholder
        self._moved = moved
        self._start = start
        self._options: Sequence[Option[Value]] = ()
        self._later = later
        self._found: tuple[str, Sequence[Option[Value]]] = ("", ())
        """What was found later, and for which text."""
        self._wanted = ""
        self._looking = False
        self._take_first = False
        """Whether Enter was pressed before there was anything to take."""

    def compose(self) -> ComposeResult:
        """Lay out field, list and preview."""
        with Vertical(classes="box picker"):
            yield Static(foreign.title(self._title_text), classes="box-title", markup=False)
            yield CleanInput(placeholder=self._placeholder, id="picker-field")
            with Horizontal(classes="picker-body"):
                picks = PickList(id="picker-list")
                picks.empty_text = self._empty_text
                yield picks
                if self._preview is not None:
                    with VerticalScroll(classes="picker-preview", can_focus=False):
                        yield Static("", id="picker-preview", markup=False)
            # A field's own keys, and Esc, are not remapped.
            hint = "Enter takes it · Esc leaves" + (f" · {self._notice}" if self._notice else "")
            yield Static(foreign.content(hint), classes="box-hint", markup=False)

    def on_mount(self) -> None:
        """Show all options."""
        super().on_mount()
        self._show("")
        self.query_one(PickList).move(self._start)

    def deeds(self) -> Deeds:
        """What its actions do."""
        return moves(self.query_one(PickList).move)

    def first_focus(self) -> CleanInput:  # type: ignore[override]
        """The field."""
        return self.query_one(CleanInput)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what fits."""
        self._take_first = False
        self._wanted = event.value
        self._show(event.value)
        if self._later is not None and not self._looking:
            self._looking = True
            self.run_worker(self._look(self._later), group="picker", exit_on_error=False)

    async def _look(self, later: Later[Value]) -> None:
        """Look for more, one text after another; those typed over meanwhile are passed by."""
        try:
            while self._found[0] != self._wanted:
                text = self._wanted
                try:
                    found = await later(text)
                except Exception:
                    logging.getLogger(__name__).exception("a search failed")
                    found = ()
                if text == self._wanted:
                    self._found = (text, found)
        finally:
            self._looking = False
        if not self.is_attached:
            return
        self._show(self._wanted, follow=True)
        if self._take_first:
            self._take_first = False
            self._take(0)
            cast("ConsoleApp", self.app).release_keys()

    def entered(self, text: str) -> None:
        """Take the highlighted option; of what was typed last, not of what is drawn."""
        self._show(text, keep=True)
        self._take_first = self._looking and not self._options
        if self._take_first:
            # What is typed next is meant for what this brings.
            cast("ConsoleApp", self.app).hold_keys(FOUND_SECONDS)
        self._take(self.query_one(PickList).cursor)

    def on_pick_list_moved(self, event: PickList.Moved) -> None:
        """Draw the preview."""
        if self._moved is not None and event.place < len(self._options):
            self._moved(self._options[event.place][1])
        if self._preview is not None and event.place < len(self._options):
            self.query_one("#picker-preview", Static).update(self._preview(self._options[event.place][1]))
            self.query_one(VerticalScroll).scroll_home(animate=False)

    def on_pick_list_picked(self, event: PickList.Picked) -> None:
        """Take what was clicked."""
        self._take(event.place)

    def _show(self, text: str, *, keep: bool = False, follow: bool = False) -> None:
        picks = self.query_one(PickList)
        place = picks.cursor or 0 if keep else 0
        options = self._search(text)
        if self._later is not None:
            done = self._found[0] == text
            at_once = [value for _, value in options]
            options = [*options, *(one for one in self._found[1] if done and one[1] not in at_once)]
            picks.empty_text = self._empty_text if done else "Searching …"
        if follow and picks.cursor is not None:
            highlighted = self._options[picks.cursor][1]
            place = next((at for at, (_, value) in enumerate(options) if value == highlighted), 0)
        if keep and [one[0] for one in options] == [one[0] for one in self._options]:
            return
        self._options = options
        picks.show([item for item, _ in options], cursor=place)
        if not options and self._preview is not None:
            self.query_one("#picker-preview", Static).update("")

    def _take(self, place: int | None) -> None:
        if place is None or place >= len(self._options):
            return
        value = self._options[place][1]
        if self._refused is None or not self._refused(value):
            self.dismiss(value)


def plain_search(options: Sequence[Option[Value]]) -> Search[Value]:
    """Search options by the words of their labels and notes, in any order, or by some letters of a label."""

    def search(text: str) -> Sequence[Option[Value]]:
        words = text.casefold().split()
        if not words:
            return options
        found: list[tuple[tuple[int, int], Option[Value]]] = []
        for item, value in options:
            fit = match(text, item.label)
            if fit is not None:
                found.append((fit.rank, (replace(item, highlights=fit.spans), value)))
            elif all(word in f"{item.label} {item.note}".casefold() for word in words):
                found.append(((_BY_NOTE, 0), (item, value)))
        return [option for _, option in sorted(found, key=lambda one: one[0])]

    return search
