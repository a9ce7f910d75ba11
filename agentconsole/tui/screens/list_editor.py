"""Gathers a list by typing: what is chosen stands below the field until something is typed into it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from agentconsole.domain.errors import ConsoleError
from agentconsole.tui import foreign
from agentconsole.tui.screens.dialog import Deeds, Dialog, moves
from agentconsole.tui.screens.picker import FOUND_SECONDS
from agentconsole.tui.widgets.fields import CleanInput
from agentconsole.tui.widgets.pick_list import PickItem, PickList

if TYPE_CHECKING:
    from agentconsole.tui.app import ConsoleApp


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What may be meant by what was typed."""

    item: PickItem
    value: str
    """What goes into the list, or into the field."""
    opens: bool = False
    """It is a folder: choosing it goes on typing behind it."""


Suggest = Callable[[str], Awaitable[Sequence[Suggestion]]]
"""Gives suggestions for what was typed; may take long, so it waits for a thread."""
Take = Callable[[str], Awaitable[tuple[PickItem, str]]]
"""Checks what is to go into the list: how it is shown, and its value. Raises ConsoleError with the reason."""


class ListEditor(Dialog[tuple[str, ...]]):
    """A field, and below it either what has been chosen or what fits what was typed."""

    place = "gather"

    def __init__(
        self,
        title: str,
        *,
        lines: Sequence[str] = (),
        chosen: Sequence[tuple[PickItem, str]],
        suggest: Suggest,
        take: Take,
        placeholder: str,
        nothing_chosen: str,
        nothing_fits: str,
        start: str = "",
        kind: str = "",
    ) -> None:
        """Prepare the dialog; it gives the values chosen, or None for Esc.

        Args:
            title: What is gathered.
            lines: What the agent needs to know.
            chosen: What is in the list already.
            suggest: Gives what may be meant.
            take: Checks what goes into the list.
            placeholder: What to type.
            nothing_chosen: What to say of an empty list.
            nothing_fits: What to say where nothing is suggested.
            start: What stands in the field at first.
            kind: Colours the box, as in `Choice`.
        """
        super().__init__(classes=f"-{kind}" if kind else "")
        self._title_text = title
        self._lines = tuple(lines)
        self._chosen = list(chosen)
        self._suggest = suggest
        self._take = take
        self._placeholder = placeholder
        self._nothing_chosen = nothing_chosen
        self._nothing_fits = nothing_fits
        self._start = start
        self._suggestions: Sequence[Suggestion] = ()
        self._round = 0
        self._said = ""

    def compose(self) -> ComposeResult:
        """Lay out lines, field and list."""
        with Vertical(classes="box picker"):
            yield Static(foreign.title(self._title_text), classes="box-title", markup=False)
            if self._lines:
                text = Content("\n").join([foreign.content(line, "$dim") for line in self._lines])
                yield Static(text, classes="box-text", markup=False)
            yield CleanInput(self._start, placeholder=self._placeholder, id="picker-field")
            with Vertical(classes="picker-body"):
                yield PickList(id="picker-list")
            yield Static("", classes="box-hint", id="list-hint", markup=False)

    def on_mount(self) -> None:
        """Show what is chosen."""
        field = self.query_one(CleanInput)
        field.cursor_position = len(self._start)
        super().on_mount()
        self._look(self._start)

    def deeds(self) -> Deeds:
        """What its actions do."""
        return {
            **moves(self.query_one(PickList).move),
            "gather_complete": self.action_complete,
            "gather_done": self.action_done,
            "gather_remove": self.action_remove,
        }

    def first_focus(self) -> CleanInput:  # type: ignore[override]
        """The field."""
        return self.query_one(CleanInput)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what fits what has been typed."""
        event.stop()
        self._said = ""
        self._look(event.value)

    def entered(self, text: str) -> None:
        """Take what is highlighted, or, with nothing typed, be done."""
        typed = text.strip()
        if typed:
            self._begin_taking(self._submit(typed))
        else:
            self.action_done()

    def _begin_taking(self, job: Coroutine[Any, Any, None]) -> None:
        """Take something into the list, which empties the field: what is typed next waits for that."""
        app = cast("ConsoleApp", self.app)
        app.hold_keys(FOUND_SECONDS)

        async def take() -> None:
            try:
                await job
            finally:
                app.release_keys()

        self.run_worker(take(), group="list-take", exit_on_error=False)

    async def _submit(self, typed: str) -> None:
        # What is typed last, not what is drawn.
        suggestions = await self._suggest(typed)
        if not self.is_attached:
            return
        place = self.query_one(PickList).cursor
        shown = [one.value for one in self._suggestions] == [one.value for one in suggestions]
        picked = suggestions[place if shown and place is not None else 0] if suggestions else None
        if picked is not None and picked.opens:
            self._type(picked.value)
        else:
            await self._add(picked.value if picked is not None else typed)

    async def _add(self, value: str) -> None:
        try:
            item, taken = await self._take(value)
        except ConsoleError as error:
            if self.is_attached:
                self._say(error.sentence)
            return
        if not self.is_attached:
            return
        if all(taken.casefold() != known.casefold() for _, known in self._chosen):
            self._chosen.append((item, taken))
        self._type(self._after(taken))

    def _after(self, taken: str) -> str:
        """What stands in the field once something has been taken."""
        return ""

    def on_pick_list_picked(self, event: PickList.Picked) -> None:
        """Take what was clicked."""
        event.stop()
        if self.query_one(CleanInput).value.strip() and event.place < len(self._suggestions):
            picked = self._suggestions[event.place]
            if picked.opens:
                self._type(picked.value)
            else:
                self.run_worker(self._add(picked.value), group="list-take", exit_on_error=False)

    def action_complete(self) -> None:
        """Put the highlighted suggestion into the field, to be typed on."""
        place = self.query_one(PickList).cursor
        if self.query_one(CleanInput).value and place is not None and place < len(self._suggestions):
            self._type(self._suggestions[place].value)

    def action_remove(self) -> None:
        """Take the highlighted one out of the list; within a text, delete a character."""
        field = self.query_one(CleanInput)
        if field.value:
            field.action_delete_right()
            return
        place = self.query_one(PickList).cursor
        if place is not None and place < len(self._chosen):
            gone, _ = self._chosen.pop(place)
            self._look("")
            self._say(f"{gone.label} taken out.")

    def action_done(self) -> None:
        """Give the list; what is typed goes into it first, or keeps the dialog open with the reason."""
        typed = self.query_one(CleanInput).value.strip()
        if typed:
            self._begin_taking(self._add_and_give(typed))
        else:
            self._give()

    async def _add_and_give(self, typed: str) -> None:
        self._said = ""
        await self._add(typed)
        if not self._said:
            self._give()

    def _give(self) -> None:
        self.dismiss(tuple(value for _, value in self._chosen))

    def _type(self, text: str) -> None:
        field = self.query_one(CleanInput)
        field.value = text
        field.cursor_position = len(text)
        self._look(text)

    def _say(self, sentence: str) -> None:
        self._said = sentence
        self._show_hint()

    def _show_hint(self) -> None:
        typing = bool(self.query_one(CleanInput).value)
        keys = self.told(
            "Enter adds · {gather_complete} completes · {gather_done} done · Esc leaves all as it was"
            if typing
            else "Enter done · {gather_remove} takes out · Esc leaves all as it was"
        )
        parts = [foreign.content(self._said, "$warning"), Content("\n")] if self._said else []
        hint = Content.assemble(*parts, (keys, "$dim"))
        self.query_one("#list-hint", Static).update(hint)

    def _look(self, text: str) -> None:
        self._round += 1
        self._show_hint()
        picks = self.query_one(PickList)
        if not text.strip():
            self._suggestions = ()
            picks.empty_text = self._nothing_chosen
            picks.show([item for item, _ in self._chosen], cursor=len(self._chosen) - 1)
            return
        self.run_worker(self._find(text, self._round), group="list-suggest", exit_on_error=False)

    async def _find(self, text: str, this_round: int) -> None:
        try:
            suggestions = await self._suggest(text)
        except ConsoleError as error:
            self._say(error.sentence)
            return
        if this_round != self._round or not self.is_attached:
            return
        self._suggestions = suggestions
        picks = self.query_one(PickList)
        picks.empty_text = self._nothing_fits
        picks.show([one.item for one in suggestions])
