"""Selecting tickets: one by one, a range, all of the view."""

from __future__ import annotations

from agentconsole.tui.flows.flow import Flow, Handlers


class SelectingFlow(Flow):
    """What the next action will mean."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {"select": self._one, "select_range": self._range, "select_all": self._all_once_there}

    def clear(self) -> None:
        """Give the selection up."""
        self.screen.queue.clear_selected()
        self.screen.pulse.show_status()

    def _one(self) -> None:
        queue = self.screen.queue
        if queue.in_range:
            queue.end_range()
        else:
            queue.toggle_selected()
            queue.move(1)
        self.screen.pulse.show_status()

    def _range(self) -> None:
        queue = self.screen.queue
        if queue.in_range:
            queue.end_range()
        elif queue.current is not None:
            queue.begin_range()
        self.screen.pulse.show_status()

    def select_all(self) -> None:
        """Select all that the queue shows."""
        self.screen.queue.select_all()
        self.screen.pulse.show_status()

    def _all_once_there(self) -> None:
        self.screen.lists.when_whole(self._all)

    def _all(self) -> None:
        queue = self.screen.queue
        if queue.ids and len(queue.selected) == len(queue.ids):
            self.clear()
        else:
            self.select_all()
