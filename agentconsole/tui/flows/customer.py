"""Reads about the open ticket's customer, behind the screen."""

from __future__ import annotations

import asyncio

from agentconsole.desk import customer
from agentconsole.domain.views import TicketDetail
from agentconsole.tui.flows.flow import Flow
from agentconsole.tui.widgets.customer import CustomerCard

PAUSE = 0.1
"""Seconds that a ticket has to stay open: who leafs through tickets wants none of it."""


class CustomerFlow(Flow):
    """The customer's card."""

    _read_for: int | None = None

    @property
    def card(self) -> CustomerCard:
        """The card."""
        return self.screen.side.card

    def show(self, detail: TicketDetail | None) -> None:
        """Show who asks, and what else is known of them as soon as it is read."""
        self.card.show(detail, self.desk.clock.now())
        ticket_id = None if detail is None else detail.row.ticket_id
        if detail is not None and ticket_id != self._read_for:
            self.screen.begin(self._read(detail), "customer")
        self._read_for = ticket_id

    def repaint_times(self) -> None:
        """Write the customer's time of day anew."""
        if self.screen.detail is not None:
            self.card.repaint_times(self.desk.clock.now())

    async def _read(self, detail: TicketDetail) -> None:
        await asyncio.sleep(PAUSE)
        if self._read_for == detail.row.ticket_id:
            # The card drops what is of another ticket than the one it shows by then.
            self.card.show_more(await self.screen.backstage.read(customer.customer_of, detail))
