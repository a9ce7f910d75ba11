"""Picks an article of the knowledge for a text, to be linked or quoted."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.content import Content

from agentconsole.tui.keymap import Keymap
from agentconsole.tui.screens.picker import Later, Picker
from agentconsole.tui.widgets.fields import CleanInput
from agentconsole.tui.widgets.pick_list import PickList


class ArticlePicker(Picker[int]):
    """A picker of articles by their ids; Enter takes one to be linked, another key to be quoted."""

    def __init__(
        self, keymap: Keymap, about: str, later: Later[int], preview: Callable[[int], Content]
    ) -> None:
        """Prepare the picker.

        Args:
            keymap: Gives the key that quotes.
            about: What is looked for first; the first letter that is typed takes its place.
            later: Finds articles for what was typed.
            preview: Draws the highlighted one.
        """
        key = keymap.shown("quote", "ask")
        super().__init__(
            "Look up an article",
            lambda text: (),
            preview=preview,
            later=later,
            placeholder="type to search the knowledge",
            notice=f"{key} quotes it" if key else "",
        )
        self._keymap_used = keymap
        self._about = about
        self.quoted = False
        """Whether the article that was taken is to be quoted."""

    def on_mount(self) -> None:
        """Begin with what is looked for first."""
        super().on_mount()
        field = self.query_one(CleanInput)
        field.value = self._about
        field.selection = type(field.selection)(0, len(field.value))

    def on_key(self, event: events.Key) -> None:
        """Take the highlighted article as a quotation."""
        if self._keymap_used.action("ask", event.key, event.character) == "quote":
            event.stop()
            place = self.query_one(PickList).cursor
            if place is not None:
                self.quoted = True
                self._take(place)

    def _show(self, text: str, *, keep: bool = False, follow: bool = False) -> None:
        self._empty_text = "No article has these words." if text.strip() else "Type what it is about."
        super()._show(text, keep=keep, follow=follow)
