"""A Change's next step: claimed, sent by exactly one request, and settled.

```
queued -> claim (committed) -> one request -> sent
                                           -> queued    certainly not applied: offline, throttled, collision
                                           -> unknown   may be applied: looked for after the settle time
                                           -> conflict  somebody wrote first, and the agent decides
                                           -> rejected  the helpdesk's reason; the text is a draft again
```
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from agentconsole.clock import Clock
from agentconsole.domain.changes import Applied, Change, MergeInto, Removal, Step
from agentconsole.domain.errors import (
    AnswerLost,
    BadAnswer,
    Conflict,
    ConsoleError,
    FieldsChanged,
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
from agentconsole.sync.reconcile import Verdict, judge, judge_fields
from agentconsole.sync.schedule import wait_after
from agentconsole.sync.threads import StoreThread

_SPARE: Final = 60 * SECOND
"""A result that expires within this time is not relied upon."""
_UNSURE: Final = "It cannot be told whether this arrived. Look at the thread, then send it again or drop it."
_OFFLINE_LONGEST: Final = 8 * SECOND
_STORE_PAUSE: Final = 1.0
_CONFLICTS_AT_ONCE: Final = 2
"""So often a merged Change is sent again at once; a helpdesk that still refuses it is asked ever later."""


_log = logging.getLogger(__name__)


class Delivery:
    """Brings one account's Changes to its helpdesk, each a step at a time."""

    def __init__(
        self,
        outbox: Outbox,
        store: StoreThread,
        clock: Clock,
        *,
        keep_thread: Callable[[Thread, int], Awaitable[None]],
        trouble: Callable[[HelpdeskError | SecretError], Awaitable[None]],
        never_left: Callable[[Change], None],
        me: Callable[[], str | None],
    ) -> None:
        """Prepare.

        Args:
            outbox: The outbox, on a connection whose commits reach the disk.
            store: The thread that this connection belongs to.
            clock: Tells the present.
            keep_thread: Stores a thread that was read on the way, with the instant when that began.
            trouble: Told of errors that concern the whole account.
            never_left: Told of a Change that was begun, but the helpdesk was not reached.
            me: Gives the remote id of the login's person; None before it is known.
        """
        self._outbox = outbox
        self._store = store
        self._clock = clock
        self._keep_thread = keep_thread
        self._trouble = trouble
        self._never_left = never_left
        self._me = me
        self._chance = random.SystemRandom()
        self._vain: dict[int, int] = {}
        """How often a step was looked for in vain, by its id."""

    async def deliver(self, change: Change, helpdesk: Helpdesk, capabilities: Capabilities) -> None:
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
            # It may have been settled, or put off, since the list was read that it stood in.
            lost = await self._store(self._outbox.unknown, self._clock.now(), change.account_id)
            current = next((each for each in lost if each.uuid == change.uuid), None)
            if current is not None:
                await self._look(current, helpdesk)
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
            if not isinstance(error, NotFound) or not isinstance(change.action, Removal):
                # Only reads were made: nothing of it can have been applied.
                await self._not_applied(change, step, error)
                return
            # No message is there to be seen first, and the helpdesk knows whether the ticket is gone already.
            ready = change
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
        began = self._clock.now()
        thread = await helpdesk.thread(change.remote_ticket or "")
        await self._keep_thread(thread, began)
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
        return judge(replace(change, message=None) if change.message_sent else change, thread, self._me())

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
            began = self._clock.now()
            thread = await helpdesk.thread(change.remote_ticket or "")
        except (HelpdeskError, SecretError) as error:
            # The write was refused, so nothing of it was applied.
            await self._not_applied(change, step, error)
            return
        await self._keep_thread(thread, began)
        if await self._merged(change, self._judged(change, thread)) is not None:
            often = step.attempts - _CONFLICTS_AT_ONCE
            await self._requeue(step, wait_after(often, self._chance) if often > 0 else 0, None)

    async def _sent(self, change: Change, step: Step, applied: Applied, helpdesk: Helpdesk) -> None:
        await self._settle(self._outbox.settle_sent, change, step, applied, self._clock.now())
        if isinstance(change.action, MergeInto) and step.id == change.steps[-1].id:
            for number in (change.action.target, change.remote_ticket or ""):
                try:
                    began = self._clock.now()
                    await self._keep_thread(await helpdesk.thread(number), began)
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
            sentence = _why_refused(change, error)
            look = isinstance(error, NotFound) and change.remote_ticket is not None
            await self._settle(self._outbox.settle_rejected, change, sentence, self._clock.now(), look=look)
            if isinstance(error, FieldsChanged):
                await self._trouble(error)
            return
        if isinstance(error, Unreachable | SecretError):
            # Else hours without a line would use up the ticket's limit, and keep its reply once there is one.
            self._never_left(change)
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


def _why_refused(change: Change, error: HelpdeskError | SecretError) -> str:
    if not isinstance(error, NotFound) or change.remote_ticket is None:
        return error.sentence
    # An address and a number would tell an agent nothing.
    _log.info("A Change was refused: %s", error.sentence)
    which, they = f"#{change.remote_ticket}", "it"
    if isinstance(change.action, MergeInto):
        which, they = f"{which} or no #{change.action.target}", "that one"
    return (
        f"The helpdesk has no {which} any more, or does not show {they} to this login: "
        "it may have been deleted."
    )


def _why_held(verdict: Verdict) -> str:
    what: list[str] = []
    if verdict.moved:
        count = len(verdict.moved)
        what.append("a message came" if count == 1 else f"{count} messages came")
    if verdict.conflicts:
        names = ", ".join(each.field for each in verdict.conflicts)
        what.append(f"somebody else changed {names}")
    return f"Not sent: since you wrote, {' and '.join(what)}. Look at both sides and decide."
