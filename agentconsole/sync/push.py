"""The outbox on its way out: which Changes of an account are due, and how many go out side by side."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from agentconsole.clock import Clock
from agentconsole.domain.changes import OPEN_STATES, WAITING_STATES, Change
from agentconsole.domain.errors import HelpdeskError, SecretError
from agentconsole.helpdesks.base import Capabilities, Helpdesk, Thread
from agentconsole.store.outbox import Outbox
from agentconsole.store.reader import Reader
from agentconsole.sync.delivery import Delivery
from agentconsole.sync.pace import Pace
from agentconsole.sync.threads import StoreThread

SIDE_BY_SIDE: Final = 4
"""How many tickets' Changes go out at the same time."""

_log = logging.getLogger(__name__)


class Pusher:
    """Sends one account's Changes."""

    def __init__(
        self,
        account_id: int,
        outbox: Outbox,
        reader: Reader,
        store: StoreThread,
        clock: Clock,
        *,
        keep_thread: Callable[[Thread, int], Awaitable[None]],
        trouble: Callable[[HelpdeskError | SecretError], Awaitable[None]],
        held_back: str | None = None,
    ) -> None:
        """Prepare.

        Args:
            account_id: Local id of the account.
            outbox: The outbox, on a connection whose commits reach the disk.
            reader: Reads through the same connection.
            store: The thread that this connection belongs to.
            clock: Tells the present.
            keep_thread: Stores a thread that was read on the way, with the instant when that began.
            trouble: Told of errors that concern the whole account.
            held_back: Why nothing may be sent; None where it may.
        """
        self._account_id = account_id
        self._outbox = outbox
        self._reader = reader
        self._store = store
        self._clock = clock
        self._held_back = held_back
        self._running: dict[int, asyncio.Task[None]] = {}
        self._pace = Pace(lambda since: store(reader.started_since, account_id, since))
        self.me: str | None = None
        self._delivery = Delivery(
            outbox,
            store,
            clock,
            keep_thread=keep_thread,
            trouble=trouble,
            never_left=self._pace.never_left,
            me=lambda: self.me,
        )

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self._running)

    async def recover(self) -> None:
        """Look anew for what an earlier run of this account left under way."""
        await self._store(self._outbox.recover, self._clock.now(), self._account_id)

    async def release(self) -> None:
        """Let go what was held until now; for an account that nothing may be sent to, hold it back."""
        await self._store(self._outbox.release_held, self._clock.now())
        if self._held_back is not None:
            now = self._clock.now()
            await self._store(self._outbox.hold_back, self._account_id, self._held_back, now)

    async def waiting(self, *, until: int | None = None) -> bool:
        """Whether anything is left that goes on by itself; what waits behind a question does not.

        Args:
            until: Only what goes on before this instant; None: whenever.
        """
        if self._running:
            return True
        blocked: set[int] = set()
        for change in await self._store(self._reader.changes, OPEN_STATES):
            if change.account_id != self._account_id or change.ticket_id in blocked or change.held_back:
                continue
            step = next((each for each in change.steps if each.state in WAITING_STATES), None)
            begins = max(change.held_until, (step.next_attempt_at or 0) if step is not None else 0)
            soon = until is None or begins <= until
            if change.state in WAITING_STATES and not change.ask and soon:
                return True
            blocked.add(change.ticket_id)
        return False

    async def start_due(self, helpdesk: Helpdesk, capabilities: Capabilities) -> int:
        """Set out with what is due, a few tickets at a time; return how many were begun."""
        begun = 0
        now = self._clock.now()
        await self._pace.prepare(capabilities, now)
        # Those under way can be among them only until they have been claimed.
        most = 2 * SIDE_BY_SIDE + self._pace.crowded(now)
        lost = await self._store(self._outbox.unknown, now, self._account_id, most)
        due: tuple[Change, ...] = ()
        if self._held_back is None:
            due = await self._store(self._outbox.due, now, self._account_id, most)
        for change in (*lost, *due):
            if len(self._running) >= SIDE_BY_SIDE:
                break
            if change.ticket_id in self._running:
                continue
            if change.state == "queued":
                if not self._pace.may_begin(change, now):
                    continue
                self._pace.begun(change, now)
            task = asyncio.create_task(self._delivery.deliver(change, helpdesk, capabilities))
            self._running[change.ticket_id] = task
            task.add_done_callback(partial(self._ended, change.ticket_id))
            begun += 1
        return begun

    async def settled(self) -> None:
        """Wait until all that is under way has been settled."""
        while self._running:
            await asyncio.wait(set(self._running.values()))
            await asyncio.sleep(0)

    async def any_settled(self) -> None:
        """Wait until one of those under way has been settled."""
        if self._running:
            await asyncio.wait(set(self._running.values()), return_when=asyncio.FIRST_COMPLETED)

    def cancel(self) -> None:
        """Drop what is still under way; its steps are found `sending` at the next start."""
        for task in self._running.values():
            task.cancel()

    def _ended(self, ticket_id: int, task: asyncio.Task[None]) -> None:
        self._running.pop(ticket_id, None)
        if not task.cancelled() and task.exception() is not None:
            _log.error("Sending a Change failed inside", exc_info=task.exception())
