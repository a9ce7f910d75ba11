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
from dataclasses import replace
from functools import partial
from typing import Final

from agentconsole.clock import Clock
from agentconsole.domain.changes import OPEN_STATES, WAITING_STATES, Applied, Change, MergeInto, Removal, Step
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
from agentconsole.store.reader import Reader
from agentconsole.sync.pace import Pace
from agentconsole.sync.reconcile import Verdict, judge, judge_fields
from agentconsole.sync.schedule import wait_after
from agentconsole.sync.threads import StoreThread

SIDE_BY_SIDE: Final = 4
"""How many tickets' Changes go out at the same time."""
_SPARE: Final = 60 * SECOND
"""A result that expires within this time is not relied upon."""
_UNSURE: Final = "It cannot be told whether this arrived. Look at the thread, then send it again or drop it."
_OFFLINE_LONGEST: Final = 8 * SECOND
_STORE_PAUSE: Final = 1.0
_CONFLICTS_AT_ONCE: Final = 2
"""So often a merged Change is sent again at once; a helpdesk that still refuses it is asked ever later."""

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
        keep_thread: Callable[[Thread], Awaitable[None]],
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
            keep_thread: Stores a thread that was read on the way.
            trouble: Told of errors that concern the whole account.
            held_back: Why nothing may be sent; None where it may.
        """
        self._account_id = account_id
        self._outbox = outbox
        self._reader = reader
        self._store = store
        self._clock = clock
        self._keep_thread = keep_thread
        self._trouble = trouble
        self._held_back = held_back
        self._chance = random.SystemRandom()
        self._running: dict[int, asyncio.Task[None]] = {}
        self._vain: dict[int, int] = {}
        """How often a step was looked for in vain, by its id."""
        self._pace = Pace(lambda since: store(reader.started_since, account_id, since))
        self.me: str | None = None

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
            task = asyncio.create_task(self._deliver(change, helpdesk, capabilities))
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

    async def _deliver(self, change: Change, helpdesk: Helpdesk, capabilities: Capabilities) -> None:
        """Bring a Change one step further; whatever happens, its step is not left `sending`."""
        try:
            await self._go_on(change, helpdesk, capabilities)
        except Exception as error:
            if isinstance(error, ConsoleError):
                _log.error("Sending a Change: %s", error.sentence)
            else:
                _log.exception("Sending a Change failed inside")
            await asyncio.sleep(_STORE_PAUSE)
            for step in change.steps:
                if step.state in ("queued", "unknown"):
                    # Of a step that was not claimed this changes nothing.
                    seconds = max(capabilities.settle_seconds, self._later(step) / SECOND)
                    await self._unknown(step, error, seconds)
                    return

    async def _go_on(self, change: Change, helpdesk: Helpdesk, capabilities: Capabilities) -> None:
        if change.state == "unknown":
            await self._look(change, helpdesk)
            return
        step = _next_step(change)
        if step is None:
            return
        now = self._clock.now()
        expired = [
            each
            for each in change.steps
            if each.state == "sent" and each.expires_at is not None and each.expires_at <= now + _SPARE
        ]
        if expired and step is change.steps[-1]:
            for each in expired:
                await self._store(self._outbox.run_again, each, now)
            return
        if not await self._store(self._outbox.claim, step.id, now):
            return
        claimed = await self._store(self._outbox.change, change.uuid)
        if claimed is None:
            return
        step = next((each for each in claimed.steps if each.id == step.id), step)
        await self._send(claimed, step, helpdesk, capabilities)

    async def _send(self, change: Change, step: Step, helpdesk: Helpdesk, capabilities: Capabilities) -> None:
        """Make the claimed step."""
        try:
            ready = await self._brought_up_to_date(change, step, helpdesk)
        except (HelpdeskError, SecretError) as error:
            # Only reads were made: nothing of it can have been applied.
            await self._not_applied(change, step, error)
            return
        if ready is None:
            return
        try:
            applied = await helpdesk.apply(ready, step, ready.base_version)
        except Conflict:
            await self._after_conflict(ready, step, helpdesk)
        except (AnswerLost, ServerFailed, BadAnswer) as error:
            await self._unknown(step, error, capabilities.settle_seconds)
            await self._trouble(error)
        except (HelpdeskError, SecretError) as error:
            await self._not_applied(ready, step, error)
        except Exception as error:
            # A fault of the program's own after the claim: the request may have left.
            _log.exception("Applying a step failed inside")
            await self._unknown(step, error, capabilities.settle_seconds)
        else:
            await self._sent(ready, step, applied, helpdesk)

    async def _brought_up_to_date(self, change: Change, step: Step, helpdesk: Helpdesk) -> Change | None:
        """Read ticket and thread before a public reply, so that it never answers over an unseen message.

        The same before what is changed on its behalf, so that a reply that is held has changed nothing, and
        before a ticket is taken away, so that no unseen message goes with it.

        Returns:
            The Change, based on the ticket as it is now; None when the agent is asked first.
        """
        message = change.message
        carrier = change.message_step
        leads = bool(step.payload.get("leads_message"))
        carries = leads or (carrier is not None and step.id == carrier.id)
        carries = carries and message is not None and message.public
        carries = carries or isinstance(change.action, Removal)
        unread = change.remote_ticket is None or change.last_seen_message is None
        if not carries or unread:
            return await self._over_what_is_stored(change) if step.id == change.steps[-1].id else change
        thread = await helpdesk.thread(change.remote_ticket or "")
        await self._keep_thread(thread)
        if step.attempts > 1 and await self._arrived_after_all(change, step, helpdesk):
            return None
        return await self._merged(change, self._judged(change, thread))

    async def _over_what_is_stored(self, change: Change) -> Change | None:
        """Merge a Change with the server's values that were read since it was based on their version.

        The helpdesk compares versions alone, so a Change that is based on the newest one would carry values
        that somebody else has changed meanwhile, and tags as a whole set.
        """
        server, version = await self._store(self._outbox.server_values, change.ticket_id)
        if version != change.base_version:
            # The helpdesk refuses it, and ticket and thread are read.
            return change
        return await self._merged(change, judge_fields(change, server, version))

    async def _arrived_after_all(self, change: Change, step: Step, helpdesk: Helpdesk) -> bool:
        """Look for an earlier attempt that reached the server later than it was looked for."""
        found = await helpdesk.find_applied(change, step)
        if found.verdict != "applied":
            return False
        await self._sent(change, step, found.applied or Applied(), helpdesk)
        return True

    def _judged(self, change: Change, thread: Thread) -> Verdict:
        """Merge a Change with what was read; a message that has gone out answers over nothing any more."""
        return judge(replace(change, message=None) if change.message_sent else change, thread, self.me)

    async def _merged(self, change: Change, verdict: Verdict) -> Change | None:
        now = self._clock.now()
        if verdict.asks:
            await self._settle(
                self._outbox.settle_conflict,
                change,
                verdict.conflicts,
                verdict.moved,
                now,
                sentence=_why_held(verdict),
            )
            return None
        if verdict.version == change.base_version and verdict.edits == change.edits:
            return change
        await self._settle(self._outbox.rebase, change, verdict.edits, verdict.version, now)
        return replace(change, edits=verdict.edits, base_version=verdict.version)

    async def _look(self, change: Change, helpdesk: Helpdesk) -> None:
        """Look on the server for a step whose answer was lost."""
        step = next((each for each in change.steps if each.state == "unknown"), None)
        if step is None:
            return
        try:
            found = await helpdesk.find_applied(change, step)
        except (NotAllowed, Rejected, NotFound) as error:
            # Looking again would tell no more.
            sentence = f"{error.sentence} {_UNSURE}"
            await self._settle(self._outbox.ask, change, self._clock.now(), (), sentence=sentence)
            return
        except (HelpdeskError, SecretError) as error:
            now = self._clock.now()
            wait = max(self._wait(step, error), self._later(step))
            await self._settle(self._outbox.settle_unknown, step, error.sentence, now, now + wait)
            await self._trouble(error)
            return
        self._vain.pop(step.id, None)
        if found.verdict == "applied":
            await self._sent(change, step, found.applied or Applied(), helpdesk)
        elif found.verdict == "absent":
            again = wait_after(step.attempts - 1, self._chance) if step.attempts > 1 else 0
            await self._requeue(step, again, step.error)
        else:
            ids = [each.remote_id for each in found.candidates]
            await self._settle(self._outbox.ask, change, self._clock.now(), ids, sentence=_UNSURE)

    async def _after_conflict(self, change: Change, step: Step, helpdesk: Helpdesk) -> None:
        """Somebody wrote first, or this very Change did, by an earlier request that was thought lost."""
        try:
            if await self._arrived_after_all(change, step, helpdesk):
                return
            thread = await helpdesk.thread(change.remote_ticket or "")
        except (HelpdeskError, SecretError) as error:
            # The write was refused, so nothing of it was applied.
            await self._not_applied(change, step, error)
            return
        await self._keep_thread(thread)
        if await self._merged(change, self._judged(change, thread)) is not None:
            often = step.attempts - _CONFLICTS_AT_ONCE
            await self._requeue(step, wait_after(often, self._chance) if often > 0 else 0, None)

    async def _sent(self, change: Change, step: Step, applied: Applied, helpdesk: Helpdesk) -> None:
        await self._settle(self._outbox.settle_sent, change, step, applied, self._clock.now())
        if isinstance(change.action, MergeInto) and step.id == change.steps[-1].id:
            for number in (change.action.target, change.remote_ticket or ""):
                try:
                    await self._keep_thread(await helpdesk.thread(number))
                except (HelpdeskError, SecretError) as error:
                    # It has been asked for, so it is read with the next opportunity.
                    _log.info("A merged thread could not be read at once: %s", error.sentence)

    async def _unknown(self, step: Step, error: Exception, settle_seconds: float) -> None:
        sentence = "The request failed inside; the log says more."
        if isinstance(error, ConsoleError):
            sentence = error.sentence
        now = self._clock.now()
        look_at = now + int(settle_seconds * SECOND)
        await self._settle(self._outbox.settle_unknown, step, sentence, now, look_at)

    async def _not_applied(self, change: Change, step: Step, error: HelpdeskError | SecretError) -> None:
        """The claimed step was certainly not applied."""
        if isinstance(error, NotFound | NotAllowed | Rejected):
            await self._settle(self._outbox.settle_rejected, change, error.sentence, self._clock.now())
            return
        if isinstance(error, Unreachable | SecretError):
            # Else hours without a line would use up the ticket's limit, and keep its reply once there is one.
            self._pace.never_left(change)
        await self._requeue(step, self._wait(step, error), error.sentence)
        await self._trouble(error)

    def _wait(self, step: Step, error: HelpdeskError | SecretError) -> int:
        if isinstance(error, Throttled):
            return int(error.wait_seconds * SECOND)
        if isinstance(error, Unreachable | LoginRefused | SecretError):
            # The account's own probes tell when it goes on; until then nothing is begun.
            return wait_after(step.attempts, self._chance, first=SECOND, longest=_OFFLINE_LONGEST)
        if isinstance(error, TryAgain):
            return wait_after(step.attempts, self._chance, first=SECOND // 2, longest=30 * SECOND)
        return wait_after(step.attempts, self._chance)

    def _later(self, step: Step) -> int:
        """Tell how long to wait before a step is looked for again: ever longer."""
        self._vain[step.id] = self._vain.get(step.id, 0) + 1
        return wait_after(self._vain[step.id], self._chance)

    async def _requeue(self, step: Step, wait: int, sentence: str | None) -> None:
        now = self._clock.now()
        await self._settle(self._outbox.requeue, step, now, now + wait if wait else None, sentence=sentence)

    async def _settle(self, work: Callable[..., object], *args: object, **named: object) -> None:
        """Write an outcome down. Known only here, it waits out a full disk or a locked database."""
        while True:
            try:
                await self._store(work, *args, **named)
                return
            except (StoreFull, StoreBusy) as error:
                _log.error("An outcome waits to be stored: %s", error.sentence)
                await asyncio.sleep(_STORE_PAUSE)


def _next_step(change: Change) -> Step | None:
    return next((step for step in change.steps if step.state == "queued"), None)


def _why_held(verdict: Verdict) -> str:
    what: list[str] = []
    if verdict.moved:
        count = len(verdict.moved)
        what.append("a message came" if count == 1 else f"{count} messages came")
    if verdict.conflicts:
        names = ", ".join(each.field for each in verdict.conflicts)
        what.append(f"somebody else changed {names}")
    return f"Not sent: since you wrote, {' and '.join(what)}. Look at both sides and decide."
