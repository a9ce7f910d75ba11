"""Keeps an account's writes under its helpdesk's limits, so that bulk work never runs into them.

Each ticket's Change goes out by a request of its own. What nobody waits for uses a part of the limit only, so
that a reply written in the middle of bulk work finds room at once. The helpdesk's limit is for all agents
together; when others use it up, it says so itself, and everything waits as long as it asks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from agentconsole.domain import pacing
from agentconsole.domain.changes import Change
from agentconsole.helpdesks.base import Capabilities

Started = Callable[[int], Awaitable[Sequence[tuple[int, int]]]]
"""Reads the ticket and the instant of each write that began after an instant."""


class Pace:
    """What one account has written of late."""

    def __init__(self, started: Started) -> None:
        """Learn from `started` what an earlier run of the program wrote."""
        self._started = started
        self._writes: list[tuple[int, int]] | None = None
        self._a_minute: int | None = None
        self._a_ticket: int | None = None

    async def prepare(self, capabilities: Capabilities, now: int) -> None:
        """Look up the limits, and forget what counts no more."""
        self._a_minute = capabilities.updates_a_minute
        self._a_ticket = capabilities.updates_a_ticket
        since = now - pacing.TICKET_SPAN
        if self._writes is None:
            self._writes = list(await self._started(since))
        # A clock that was set back must not let them count for ever.
        self._writes = [write for write in self._writes if since < write[1] <= now]

    def may_begin(self, change: Change, now: int) -> bool:
        """Whether a Change may go out now."""
        writes = self._writes or ()
        if self._a_minute is not None:
            most = pacing.most_of(self._a_minute, urgent=change.message is not None)
            if pacing.free_at((at for _, at in writes), most, pacing.SPAN, now) > now:
                return False
        if self._a_ticket is None:
            return True
        own = (at for ticket, at in writes if ticket == change.ticket_id)
        return pacing.free_at(own, self._a_ticket, pacing.TICKET_SPAN, now) <= now

    def begun(self, change: Change, now: int) -> None:
        """Count a write."""
        if self._writes is not None:
            self._writes.append((change.ticket_id, now))

    def never_left(self, change: Change) -> None:
        """Count the latest write of a Change's ticket no more: the helpdesk was not reached."""
        writes = self._writes or []
        for place in range(len(writes) - 1, -1, -1):
            if writes[place][0] == change.ticket_id:
                del writes[place]
                return

    def crowded(self, now: int) -> int:
        """Count the tickets that have reached their own limit: others must be looked for behind them."""
        if self._a_ticket is None:
            return 0
        tickets: dict[int, int] = {}
        for ticket, at in self._writes or ():
            if at > now - pacing.TICKET_SPAN:
                tickets[ticket] = tickets.get(ticket, 0) + 1
        return sum(count >= self._a_ticket for count in tickets.values())
