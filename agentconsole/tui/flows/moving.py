"""Moving: inside a pane, between panes, in and out."""

from __future__ import annotations

from functools import partial

from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.layout import PANE_ORDER, Pane


class MovingFlow(Flow):
    """Cursor and focus."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {
            "down": partial(self._move, 1),
            "up": partial(self._move, -1),
            "half_page_down": partial(self._half_page, 1),
            "half_page_up": partial(self._half_page, -1),
            "page_down": partial(self._half_page, 2),
            "page_up": partial(self._half_page, -2),
            "first": self._first,
            "last": self._last,
            "next_pane": partial(self._pane, 1),
            "previous_pane": partial(self._pane, -1),
            "open": self._open,
            "back": self._back,
            "close": self._close,
        }

    def _move(self, by: int) -> None:
        screen = self.screen
        if screen.pane == "queue":
            screen.queue.move(by)
            if screen.queue.in_range:
                screen.pulse.show_status()
        elif screen.pane == "ticket":
            screen.thread.move(by)
        elif screen.pane == "views":
            screen.views.move(by)
        else:
            screen.side.hits.move(by)

    def _half_page(self, halves: int) -> None:
        screen = self.screen
        if screen.pane == "side":
            screen.side.scroll_article(halves * 5)
            return
        height = screen.thread.size.height if screen.pane == "ticket" else screen.queue.size.height
        self._move(halves * max(1, height // 2))

    def _first(self) -> None:
        if self.screen.pane == "ticket":
            self.screen.thread.to_start()
        else:
            self._move(-(10**9))

    def _last(self) -> None:
        if self.screen.pane == "ticket":
            self.screen.thread.to_end()
        elif self.screen.pane == "queue":
            self.screen.lists.when_whole(lambda: self._move(10**9))
        else:
            self._move(10**9)

    def _pane(self, by: int) -> None:
        screen = self.screen
        hidden = {"views": screen.wishes.views_hidden, "side": screen.wishes.side_hidden}
        hidden["ticket"] = screen.detail is None
        there: list[Pane] = [pane for pane in PANE_ORDER if pane == screen.pane or not hidden.get(pane)]
        place = there.index(screen.pane) if screen.pane in there else 0
        pane = there[(place + by) % len(there)]
        if pane == "side":
            screen.lookup.open_side()
        else:
            screen.focus_pane(pane)

    def _open(self) -> None:
        screen = self.screen
        if screen.pane == "queue":
            if (ticket_id := screen.queue.current) is not None:
                screen.tickets.open(ticket_id)
        elif screen.pane == "views":
            screen.lists.show_view(screen.views.cursor)
            screen.focus_pane("queue")

    def _back(self) -> None:
        screen = self.screen
        place = screen.place
        if place == "composer":
            screen.writing.leave()
        elif place == "filter":
            screen.lists.close_filter()
        elif place in ("ask", "side"):
            screen.lookup.close_side()
        elif place == "ticket" and screen.thread.searching:
            screen.thread_search.end()
        elif place == "ticket" and screen.guided.active:
            screen.guided.leave()
        elif place in ("ticket", "views"):
            screen.focus_pane("queue")
        elif screen.queue.selected:
            screen.selecting.clear()
        elif screen.lists.searching:
            screen.lists.leave_search()
        elif screen.detail is not None:
            screen.tickets.close()

    def _close(self) -> None:
        screen = self.screen
        at_top = screen.pane == "queue" and (screen.detail is None or screen.has_class("-narrow"))
        if at_top and not screen.queue.selected and not screen.lists.searching:
            screen.leaving.ask()
        else:
            self._back()
