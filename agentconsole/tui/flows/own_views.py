"""Renaming and removing the agent's own views."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from agentconsole.desk import views as desk_views
from agentconsole.desk.views import SORT_WORDS, View
from agentconsole.tui import foreign
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.screens.dialog import Choice
from agentconsole.tui.screens.line import LineDialog


class OwnViewsFlow(Flow):
    """Views of the agent's own: the one under the cursor in the views pane, elsewhere the one shown."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"rename_view": self._rename, "remove_view": self._remove}

    def commands(self) -> list[tuple[str, Callable[[], None]]]:
        """List for the palette what its table of actions has no key for here: label and what it does."""
        view = self._meant()
        if view.section != "own" or self.screen.place == "views":
            return []
        return [(f"Remove the view “{foreign.line(view.title)}”", self._remove)]

    def _meant(self) -> View:
        screen = self.screen
        return screen.views.views[screen.views.cursor] if screen.pane == "views" else screen.lists.view

    def _own(self) -> View | None:
        view = self._meant()
        if view.section == "own":
            return view
        self.tell(f"“{view.title}” is no view of yours: only those below “Yours” are renamed and removed.")
        return None

    def _rename(self) -> None:
        view = self._own()
        if view is None:
            return
        hint = f"{foreign.cut(view.query, 40)} · {SORT_WORDS[view.sort]} · in config.toml"
        dialog = LineDialog("New name of the view", view.title, hint)
        self.screen.app.push_screen(dialog, partial(self._named, view.title))

    def _named(self, old: str, new: str | None) -> None:
        if new is not None and new.strip():
            self.screen.begin(self._write_name(old, new), "own-views")

    async def _write_name(self, old: str, new: str) -> None:
        written = await self.screen.backstage.write(desk_views.rename_view, old, new)
        if written != old:
            self.screen.lists.renamed(old, written)
            self.tell(f"“{old}” is called “{written}” now.")

    def _remove(self) -> None:
        view = self._own()
        if view is None:
            return
        question = Choice(
            f"Remove the view “{view.title}”?",
            (view.query, "It goes out of config.toml; no ticket changes."),
            (("view_confirm", "remove it"),),
            kind="alarm",
        )

        def answered(answer: str | None) -> None:
            if answer is not None:
                self.screen.begin(self._take_out(view.title), "own-views")

        self.screen.app.push_screen(question, answered)

    async def _take_out(self, name: str) -> None:
        await self.screen.backstage.write(desk_views.remove_view, name)
        self.screen.lists.removed(name)
        self.tell(f"“{name}” is no view any more.")
