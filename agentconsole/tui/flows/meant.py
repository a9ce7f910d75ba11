"""Which tickets an action means: what is selected, or the one under the cursor or in the ticket pane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agentconsole.desk import tickets as desk_tickets
from agentconsole.domain.account_states import AccountState
from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.views import TicketDetail
from agentconsole.tui.flows.flow import Flow


@dataclass(frozen=True, slots=True)
class Meant:
    """The tickets that an action is about to change; at least one."""

    ids: Sequence[int]
    """Local ids, in the order of the queue."""
    accounts: tuple[AccountState, ...]
    """Whose they are, in the order of the config."""
    detail: TicketDetail
    """The first of them, without its thread unless it is open."""

    @property
    def many(self) -> bool:
        """Whether there is more than one."""
        return len(self.ids) > 1

    @property
    def title(self) -> str:
        """For a dialog's title: the ticket's name and subject, or how many there are; foreign text."""
        if not self.many:
            return f"{self.detail.row.name} {self.detail.row.subject}"
        names = [account.name for account in self.accounts]
        return f"{len(self.ids):,} selected tickets" + (f" of {' and '.join(names)}" if names[1:] else "")

    @property
    def words(self) -> str:
        """For a sentence: `#41`, or `50 tickets`."""
        return f"{len(self.ids):,} tickets" if self.many else self.detail.row.name


class TicketsMeant(Flow):
    """A flow that acts on what is meant."""

    def meant(self) -> Meant | None:
        """Tell what an action means now; says so where there is nothing."""
        screen = self.screen
        ids = screen.tickets.targets()
        if not ids:
            self.tell("There is no ticket here.")
            return None
        detail = screen.detail
        if detail is None or detail.row.ticket_id != ids[0]:
            detail = self._first(ids)
        states = self.desk.queue.account_states()
        names = {detail.row.account}
        if len(ids) > 1 and len(states) > 1:
            names = set(self.desk.reader.accounts_of(ids))
        return Meant(ids, tuple(state for state in states if state.name in names), detail)

    def _first(self, ids: Sequence[int]) -> TicketDetail:
        for ticket_id in ids[:20]:
            try:
                return desk_tickets.ticket_without_thread(self.desk, ticket_id)
            except ConsoleError:
                continue
        return desk_tickets.ticket_without_thread(self.desk, ids[0])
