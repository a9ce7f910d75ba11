"""Finding something in the open thread, and what is new in it."""

from __future__ import annotations

from functools import partial

from agentconsole.tui import foreign
from agentconsole.tui.flows.flow import Flow, Handlers


class ThreadSearchFlow(Flow):
    """A search within the thread, with its hits."""

    _text = ""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {
            "find": self._ask,
            "next_hit": partial(self._next, 1),
            "previous_hit": partial(self._next, -1),
            "newest": self._newest,
        }

    def end(self) -> None:
        """Take the marks away."""
        self.screen.thread.search("")
        self.screen.lists.say("")

    def _ask(self) -> None:
        from agentconsole.tui.screens.line import LineDialog

        if self.screen.detail is None:
            self.tell("Open a ticket first.")
            return
        dialog = LineDialog("Search in this thread", "", "an empty line ends the search")
        self.screen.app.push_screen(dialog, self._search)

    def _search(self, text: str | None) -> None:
        if text is None or self.screen.detail is None:
            return
        screen = self.screen
        self._text = foreign.line(text)
        if not self._text:
            self.end()
            return
        screen.focus_pane("ticket")
        screen.thread.search(self._text)
        if not screen.thread.hit[1]:
            self.end()
            self.tell(f"“{foreign.cut(self._text, 40)}” is nowhere in this thread.")
            return
        self._say()

    def _next(self, by: int) -> None:
        screen = self.screen
        if screen.detail is None or not screen.thread.searching:
            self.tell(screen.keymap_used.told("Nothing is searched for; {find} does that."))
            return
        screen.thread.next_hit(by)
        self._say()

    def _say(self) -> None:
        number, count = self.screen.thread.hit
        keys = self.screen.keymap_used.told(
            "{next_hit} next · {previous_hit} previous · {back} ends", "ticket"
        )
        where = f"“{foreign.cut(self._text, 30)}” {number}/{count}"
        self.screen.lists.say(f"{where} · {keys}" if keys else where)

    def _newest(self) -> None:
        screen = self.screen
        if screen.detail is None:
            self.tell("Open a ticket first.")
            return
        screen.focus_pane("ticket")
        if not screen.thread.to_new():
            self.tell("Nothing is new since you last looked; this is the last message.")
