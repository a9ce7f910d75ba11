"""A field for somebody's name or mail address, with people who may be meant below it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from agentconsole.tui.screens.list_editor import Suggestion
from agentconsole.tui.screens.picker import FOUND_SECONDS
from agentconsole.tui.widgets.fields import CleanInput
from agentconsole.tui.widgets.pick_list import PickList

if TYPE_CHECKING:
    from agentconsole.tui.app import ConsoleApp

FindPeople = Callable[[str], Awaitable[Sequence[Suggestion]]]

_MOST = 6
"""People that are suggested."""


class PersonField(Vertical):
    """The field, and while something is typed that fits somebody, a list of them."""

    def __init__(self, label: str, value: str, find: FindPeople) -> None:
        """Prepare the field.

        Args:
            label: Its name.
            value: Who is named already.
            find: Finds people by a part of their name.
        """
        super().__init__(id="new-person")
        self._label = label
        self._start = value
        self._find = find
        self._suggestions: Sequence[Suggestion] = ()
        self._round = 0
        self._taken = value
        self._looking = False
        self._then: Callable[[], None] | None = None
        """What waits for those who fit what was typed last; keys wait too."""

    def compose(self) -> ComposeResult:
        """Lay out field and list."""
        with Horizontal(classes="new-row"):
            yield Static(self._label, classes="new-label", markup=False)
            yield CleanInput(self._start, placeholder="name or mail address", id="new-requester")
        yield PickList(id="new-people")

    def on_mount(self) -> None:
        """Begin without suggestions."""
        self._people.display = False

    @property
    def field(self) -> CleanInput:
        """The field."""
        return self.query_one(CleanInput)

    @property
    def suggesting(self) -> bool:
        """Whether people are suggested now."""
        return bool(self._people.display)

    @property
    def _people(self) -> PickList:
        return self.query_one(PickList)

    def on_key(self, event: events.Key) -> None:
        """Move among the suggestions."""
        if self.suggesting and event.key in ("up", "down"):
            self._people.move(1 if event.key == "down" else -1)
            event.stop()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look for people while a name is typed."""
        text = event.value
        self._round += 1
        if len(text.strip()) < 2 or text == self._taken or not self.field.has_focus:
            self.hide()
            return
        self._looking = True
        self.run_worker(self._look(text, self._round), group="new-people", exit_on_error=False)

    def once_found(self, job: Callable[[], None]) -> None:
        """Do a job once what is suggested fits what was typed last."""
        if not self._looking:
            job()
            return
        self._then = job
        cast("ConsoleApp", self.app).hold_keys(FOUND_SECONDS)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Suggest nobody where nothing is typed."""
        self.hide()

    def on_pick_list_picked(self, event: PickList.Picked) -> None:
        """Take the person that was clicked."""
        event.stop()
        self.take(event.place)

    def take(self, place: int | None = None) -> None:
        """Take the person that is highlighted, where somebody is; a whole address is meant as it stands.

        Args:
            place: Which of the suggestions; None: the highlighted one.
        """
        if not self.suggesting:
            return
        chosen = self._people.cursor if place is None else place
        if chosen is not None and chosen < len(self._suggestions):
            field = self.field
            if place is not None or not _is_whole(field.value):
                self._taken = self._suggestions[chosen].value
                field.value = self._taken
                field.cursor_position = len(self._taken)
        self.hide()

    def hide(self) -> None:
        """Suggest nobody."""
        self._round += 1
        self._people.display = False
        self._found()

    def _found(self) -> None:
        self._looking = False
        then, self._then = self._then, None
        if then is not None:
            then()
            cast("ConsoleApp", self.app).release_keys()

    async def _look(self, text: str, this_round: int) -> None:
        try:
            found = await self._find(text)
            if this_round == self._round and self.is_attached:
                self._suggest(found)
        finally:
            if this_round == self._round:
                self._found()

    def _suggest(self, found: Sequence[Suggestion]) -> None:
        self._suggestions = [one for one in found if one.item.note != "as typed"][:_MOST]
        people = self._people
        people.display = bool(self._suggestions)
        people.styles.height = len(self._suggestions)
        people.show([one.item for one in self._suggestions])


def _is_whole(text: str) -> bool:
    from agentconsole.desk.replies import address_of

    address = address_of(text)
    return address is not None and "." in address.rpartition("@")[2]
