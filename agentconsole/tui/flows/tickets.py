"""Opening tickets, and keeping what is open up to date."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from agentconsole.desk import tickets as desk_tickets
from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.views import TicketDetail
from agentconsole.tui.flows.flow import Flow, Handlers
from agentconsole.tui.widgets.ticket_header import TicketHeader


class TicketsFlow(Flow):
    """The ticket pane."""

    def handlers(self) -> Handlers:
        """The actions that this flow does."""
        return {
            "next_ticket": partial(self._neighbour, 1),
            "previous_ticket": partial(self._neighbour, -1),
            "unfold": self._unfold,
        }

    def open(self, ticket_id: int, *, focus: bool = True) -> TicketDetail:
        """Show a ticket at once; reading its thread anew from the helpdesk happens behind.

        Raises:
            ConsoleError: The ticket is gone.
        """
        screen = self.screen
        detail = desk_tickets.open_ticket(self.desk, ticket_id)
        if screen.composer.writing is not None and screen.composer.writing.ticket_id != ticket_id:
            screen.writing.put_away()
        another = screen.detail is None or screen.detail.row.ticket_id != ticket_id
        screen.detail = detail
        if another:
            if screen.thread.searching:
                screen.thread_search.end()
            screen.thread.begin(detail)
        if focus:
            screen.focus_pane("ticket")
        else:
            screen.relayout()
        self._show(detail)
        screen.queue.show_opened(ticket_id)
        if another:
            screen.begin(self._mark_opened(detail), "opened")
            screen.writing.offer_draft(ticket_id)
        return detail

    def reload(self) -> None:
        """Read the open ticket anew, as something about it has changed."""
        screen = self.screen
        if screen.detail is None:
            return
        try:
            detail = desk_tickets.open_ticket(self.desk, screen.detail.row.ticket_id)
        except ConsoleError as gone:
            self.tell(gone.sentence, severity="warning")
            if screen.composer.writing is None:
                self.close()
            return
        before = screen.detail
        if replace(detail, row=replace(detail.row, unread=before.row.unread)) == before:
            return
        self._show(detail)
        screen.writing.recipients_changed(detail)

    def close(self) -> None:
        """Go back to the queue."""
        screen = self.screen
        if screen.composer.writing is not None:
            screen.writing.put_away()
        screen.detail = None
        screen.customer.show(None)
        screen.queue.show_opened(None)
        screen.focus_pane("queue")

    def following(self) -> int | None:
        """The ticket after the one that is being dealt with, or before it at the end of the queue."""
        queue = self.screen.queue
        after = queue.neighbour(1)
        return after if after is not None else queue.neighbour(-1)

    def open_or_close(self, ticket_id: int | None) -> None:
        """Show a ticket; with None, go back to the queue."""
        if ticket_id is None:
            self.close()
        else:
            self.open(ticket_id)

    def target(self) -> int | None:
        """The ticket that an action means: in the queue the highlighted one, else the open one."""
        screen = self.screen
        if screen.pane in ("queue", "views") or screen.detail is None:
            return screen.queue.current
        return screen.detail.row.ticket_id

    def targets(self) -> list[int]:
        """The tickets that an action means, in the queue's order: those selected, else the one.

        In the ticket pane that is the open one alone: what is selected may be out of sight.
        """
        screen = self.screen
        queue = screen.queue
        if queue.selected and (screen.pane in ("queue", "views") or screen.detail is None):
            return [one for one in queue.ids if one in queue.selected]
        one = self.target()
        return [one] if one is not None else []

    def _show(self, detail: TicketDetail) -> None:
        screen = self.screen
        screen.detail = detail
        self.show_header()
        screen.thread.show(detail, screen.ticket_width)
        screen.customer.show(detail)

    def show_header(self) -> None:
        """Show what the open ticket is, and where a round of guided mode is."""
        screen = self.screen
        if screen.detail is not None:
            head = screen.query_one(TicketHeader)
            head.show(screen.detail, self.desk.clock.now(), screen.guided.words)

    async def _mark_opened(self, detail: TicketDetail) -> None:
        await self.screen.backstage.write(desk_tickets.mark_opened, detail)

    def _neighbour(self, by: int) -> None:
        screen = self.screen
        if by > 0 and screen.guided.active:
            screen.guided.skip()
            return
        following = screen.queue.neighbour(by)
        gone = screen.detail is not None and screen.detail.row.ticket_id not in screen.queue.ids
        if gone and by > 0:
            # It left the list by what was done to it: the next one has come to its place.
            following = screen.queue.current
        if following is None and screen.detail is None and not screen.queue.ids:
            self.tell("There is no ticket here.")
        elif following is None:
            self.tell("This is the last ticket." if by > 0 else "This is the first ticket.")
        elif screen.detail is not None:
            self.open(following)
        else:
            screen.queue.move(by)

    def _unfold(self) -> None:
        if self.screen.detail is not None:
            self.screen.thread.toggle_folds()
            self.screen.customer.card.show_whole(self.screen.thread.unfolded)
