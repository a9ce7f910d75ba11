"""The outbox on its way out: each Change's next step, claimed, sent by exactly one request, and settled.

queued -> claim (committed) -> one request -> sent
                                           -> queued    certainly not applied: offline, throttled,
                                           passing collision -> unknown   may be applied: looked for
                                           after the settle time -> conflict  somebody wrote first and
                                           the merge needs the agent -> rejected  the helpdesk's reason;
                                           the text is a draft again
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Final

from agentconsole.clock import Clock
from agentconsole.domain.changes import Applied, Change, Step
from agentconsole.domain.errors import (
    AnswerLost,
    BadAnswer,
    Conflict,
    ConsoleError,
    HelpdeskError,
    LoginRefused,
    NotAllowed,
    NotFound,
    Rejected,
    SecretError,
    ServerFailed,
    StoreBusy,
    StoreFull,
    Throttled,
    TryAgain,
    Unreachable,
)
from agentconsole.domain.times import SECOND
from agentconsole.helpdesks.base import Capabilities, Helpdesk, Thread
from agentconsole.store.outbox import Outbox
from agentconsole.sync.reconcile import judge
from agentconsole.sync.schedule import wait_after
from agentconsole.sync.threads import StoreThread

SIDE_BY_SIDE: Final = 4
"""How many tickets' Changes go out at the same time."""
_OFFLINE_FIRST: Final = 1 * SECOND
_OFFLINE_LONGEST: Final = 8 * SECOND
_STORE_PAUSE: Final = 1.0

_log = logging.getLogger(__name__)


class Pusher:
    """Sends one account's Changes."""

    def __init__(
        self,
        account_id: int,
        outbox: Outbox,
        store: StoreThread,
        clock: Clock,
        *,
        keep_thread: Callable[[Thread], Awaitable[None]],
        trouble: Callable[[HelpdeskError | SecretError], Awaitable[None]],
    ) -> None:
        """Prepare.

        Args:
            account_id: Local id of the account.
            outbox: The outbox, on a connection whose commits reach the disk.
            store: The thread that the outbox's connection belongs to.
            clock: Tells the present.
            keep_thread: Stores a thread that was read on the way.
            trouble: Told of errors that concern the whole account.
        """
        self._account_id = account_id
        self._outbox = outbox
        self._store = store
        self._clock = clock
        self._keep_thread = keep_thread
        self._trouble = trouble
        self._chance = random.SystemRandom()
        self._running: dict[int, asyncio.Task[None]] = {}
        self.me: str | None = None

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self._running)

    async def release(self) -> None:
        """Let go what was held until now."""
        await self._store(self._outbox.release_held, self._clock.now())

    async def start_due(self, helpdesk: Helpdesk, capabilities: Capabilities) -> int:
        """Set out with what is due, a few tickets at a time; return how many were begun."""
        begun = 0
        for change in await self._store(self._outbox.due, self._clock.now(), self._account_id):
            if len(self._running) >= SIDE_BY_SIDE:
                break
            if change.ticket_id in self._running:
                continue
            task = asyncio.create_task(self._deliver(change, helpdesk, capabilities))
            self._running[change.ticket_id] = task
            task.add_done_callback(lambda done, ticket=change.ticket_id: self._ended(ticket, done))
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

    async def _deliver(self, change: Change, helpdesk: Helpdesk, capabilities: Capabilities) -> None:
        step = _next_step(change)
        if step is None:
            return
        if step.state == "unknown":
            await self._look(change, step, helpdesk)
            return
        try:
            change = await self._brought_up_to_date(change, step, helpdesk)
        except HelpdeskError as error:
            # Nothing was claimed and nothing left: it stays queued.
            await self._not_sent(change, step, error)
            return
        except SecretError as error:
            await self._trouble(error)
            await self._requeue(step, 30 * SECOND)
            return
        if change.state != "queued" or not await self._store(self._outbox.claim, step.id, self._clock.now()):
            return
        await self._send(change, step, helpdesk, capabilities)

    async def _brought_up_to_date(self, change: Change, step: Step, helpdesk: Helpdesk) -> Change:
        """Read ticket and thread before a public reply, so that it never answers over an unseen message.

        Returns:
            The Change, rebased where the ticket has moved on; its state tells whether it may still go out.
        """
        message = change.message
        if message is None or not message.public or change.send_anyway or change.remote_ticket is None:
            return change
        if step.kind != change.steps[-1].kind or change.last_seen_message is None:
            return change
        thread = await helpdesk.thread(change.remote_ticket)
        await self._keep_thread(thread)
        return await self._merged(change, thread)

    async def _merged(self, change: Change, thread: Thread) -> Change:
        verdict = judge(change, thread, self.me)
        now = self._clock.now()
        if verdict.asks:
            await self._store(self._outbox.settle_conflict, change, verdict.conflicts, verdict.moved, now)
        elif verdict.version != change.base_version or verdict.edits != change.edits:
            await self._store(self._outbox.rebase, change, verdict.edits, verdict.version)
        else:
            return change
        return await self._store(self._outbox.change, change.uuid) or change

    async def _send(self, change: Change, step: Step, helpdesk: Helpdesk, capabilities: Capabilities) -> None:
        try:
            applied = await helpdesk.apply(change, step, change.base_version)
        except Conflict:
            await self._after_conflict(change, step, helpdesk)
        except (AnswerLost, ServerFailed, BadAnswer) as error:
            await self._unknown(step, error, capabilities.settle_seconds)
            await self._trouble(error)
        except (Rejected, NotAllowed, NotFound) as error:
            await self._settle(self._outbox.settle_rejected, change, error.sentence, self._clock.now())
        except HelpdeskError as error:
            await self._not_sent(change, step, error)
        except SecretError as error:
            await self._requeue(step, 30 * SECOND)
            await self._trouble(error)
        except Exception as error:
            # A fault of the program's own after the claim: the request may have left.
            _log.exception("Applying a step failed inside")
            await self._unknown(step, error, capabilities.settle_seconds)
        else:
            await self._sent(change, step, applied)

    async def _look(self, change: Change, step: Step, helpdesk: Helpdesk) -> None:
        """Look on the server for a step whose answer was lost."""
        try:
            found = await helpdesk.find_applied(change, step)
        except (HelpdeskError, SecretError) as error:
            wait = error.wait_seconds * SECOND if isinstance(error, Throttled) else self._pause(step)
            now = self._clock.now()
            await self._settle(self._outbox.settle_unknown, step, error.sentence, now, now + int(wait))
            await self._trouble(error)
            return
        if found.verdict == "applied":
            await self._sent(change, step, found.applied or Applied())
        elif found.verdict == "absent":
            again = wait_after(step.attempts - 1, self._chance) if step.attempts > 1 else 0
            await self._requeue(step, again)
        else:
            await self._settle(self._outbox.ask, change, found.candidates, self._clock.now())

    async def _after_conflict(self, change: Change, step: Step, helpdesk: Helpdesk) -> None:
        """Somebody wrote first, or this very Change did, by an earlier request that was thought lost."""
        try:
            found = await helpdesk.find_applied(change, step) if change.remote_ticket is not None else None
            if found is not None and found.verdict == "applied":
                await self._sent(change, step, found.applied or Applied())
                return
            thread = await helpdesk.thread(change.remote_ticket or "")
        except (HelpdeskError, SecretError) as error:
            # The write was refused, so it is certain that nothing was applied by it.
            await self._requeue(step, self._pause(step))
            await self._trouble(error)
            return
        await self._keep_thread(thread)
        await self._requeue(step, 0)
        current = await self._store(self._outbox.change, change.uuid)
        if current is not None:
            await self._merged(current, thread)

    async def _sent(self, change: Change, step: Step, applied: Applied) -> None:
        await self._settle(self._outbox.settle_sent, change, step, applied, self._clock.now())

    async def _unknown(self, step: Step, error: Exception, settle_seconds: float) -> None:
        known = isinstance(error, ConsoleError)
        sentence = error.sentence if known else "The request failed inside; the log says more."
        now = self._clock.now()
        look_at = now + int(settle_seconds * SECOND)
        await self._settle(self._outbox.settle_unknown, step, sentence, now, look_at)

    async def _not_sent(self, change: Change, step: Step, error: HelpdeskError) -> None:
        """The request was certainly not processed."""
        if isinstance(error, NotFound | NotAllowed | Rejected):
            await self._settle(self._outbox.settle_rejected, change, error.sentence, self._clock.now())
            return
        if isinstance(error, Throttled):
            wait = int(error.wait_seconds * SECOND)
        elif isinstance(error, Unreachable):
            wait = wait_after(step.attempts, self._chance, first=_OFFLINE_FIRST, longest=_OFFLINE_LONGEST)
        elif isinstance(error, TryAgain):
            wait = wait_after(step.attempts, self._chance, first=SECOND // 2, longest=30 * SECOND)
        elif isinstance(error, LoginRefused):
            wait = 0
        else:
            wait = self._pause(step)
        await self._requeue(step, wait)
        await self._trouble(error)

    async def _requeue(self, step: Step, wait: int) -> None:
        now = self._clock.now()
        await self._settle(self._outbox.requeue, step, now, now + wait)

    def _pause(self, step: Step) -> int:
        return wait_after(step.attempts, self._chance)

    async def _settle(self, work: Callable[..., object], *args: object) -> None:
        """Write an outcome down. Known only here, it waits out a full disk or a locked database."""
        while True:
            try:
                await self._store(work, *args)
                return
            except (StoreFull, StoreBusy) as error:
                _log.error("An outcome waits to be stored: %s", error.sentence)
                await asyncio.sleep(_STORE_PAUSE)


def _next_step(change: Change) -> Step | None:
    return next((step for step in change.steps if step.state in ("queued", "unknown")), None)
