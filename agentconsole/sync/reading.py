"""Threads that are read one by one: those asked for, those soon to be opened, those that no feed brings."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Final

from agentconsole.clock import Clock
from agentconsole.domain.errors import (
    AnswerLost,
    BadAnswer,
    HelpdeskError,
    NotAllowed,
    Rejected,
    SecretError,
    ServerFailed,
    StoreError,
)
from agentconsole.domain.times import SECOND
from agentconsole.store.ingest import Ingest
from agentconsole.sync.pull import Puller
from agentconsole.sync.threads import StoreThread

FILL_EVERY: Final = 6 * SECOND
"""Between two threads that nobody waits for: twenty requests a minute at most."""
FILL_ONCE: Final = 20
"""How many of those a worker reads that runs once."""
_AHEAD: Final = 10
_MOST_FAILURES: Final = 3
"""So often a thread is tried in vain before anything else is read; no oftener than a worker that runs once
tries anything."""

_log = logging.getLogger(__name__)


class ThreadReader:
    """Reads single threads of one account, at most one a call."""

    def __init__(self, name: str, ingest: Ingest, store: StoreThread, clock: Clock, *, once: bool) -> None:
        self._name = name
        self._ingest = ingest
        self._in_store = store
        self._clock = clock
        self._once = once
        self._failures: Counter[str] = Counter()
        """How often in a row the server itself failed at a thread."""
        self._put_off: set[str] = set()
        """Those that it failed at too often, until tickets are polled again."""
        self._ahead: set[str] = set()
        """Threads read since tickets were last polled: once each, also where that was in vain."""
        self._ahead_failures = 0
        """At how many of them the server itself failed; no more are read where that is often."""
        self._vain: set[str] = set()
        """Threads that could not be filled in; tried again by the next worker."""
        self.refused: set[str] = set()
        """Tickets whose thread this login has no right to read."""
        self._whole = False
        """Whether none is left to fill in, as far as is known since tickets were last polled."""
        self._fill_at = 0
        self._fills_left = FILL_ONCE

    def polled(self, *, changed: bool) -> None:
        """Tickets were polled, so there may be other threads to read."""
        self._ahead.clear()
        self._ahead_failures = 0
        self._put_off.clear()
        self._whole = self._whole and not changed

    def next_at(self) -> int | None:
        """Tell when the next thread may be filled in; None when none is left."""
        return None if self._whole or self._once else self._fill_at

    async def asked(self, puller: Puller) -> bool:
        """Read the thread that was asked for last; False when there is none."""
        asked = await self._in_store(self._ingest.thread_asked, self._put_off)
        if asked is None:
            return False
        remote, asked_at = asked
        # One that cannot be read will be no better the next time; the others must not wait behind it.
        try:
            await self._read(puller, remote)
        except (AnswerLost, ServerFailed):
            if not self._fails_too_often(remote):
                raise
            self._put_off.add(remote)
            return True
        self._failures.pop(remote, None)
        await self._in_store(self._ingest.forget_asked, remote, asked_at)
        return True

    async def ahead(self, puller: Puller) -> bool:
        """Read a thread that tells who changed a snoozed ticket, or that the agent will probably open.

        Returns:
            False when there is none, or the server has failed at too many.
        """
        if self._ahead_failures >= _MOST_FAILURES:
            return False
        limit = len(self._ahead) + _AHEAD
        wanted = await self._in_store(self._ingest.threads_of_sleepers, limit, self._clock.now())
        if not set(wanted) - self._ahead:
            wanted = await self._in_store(self._ingest.threads_wanted, limit)
        remote = next((each for each in wanted if each not in self._ahead), None)
        if remote is None:
            return False
        self._ahead.add(remote)
        try:
            await self._read(puller, remote)
        except (AnswerLost, ServerFailed):
            self._ahead_failures += 1
            if self._ahead_failures < _MOST_FAILURES:
                raise
            _log.warning("%s: the helpdesk fails at one thread after another", self._name)
            return False
        return True

    async def fill(self, puller: Puller) -> bool:
        """Read a thread whose beginning no feed brings; False when there is none or it is not time yet.

        History begins at some instant, and so do the messages that come in bulk: of a ticket made before and
        changed since, they lack the first.
        """
        now = self._clock.now()
        if self._whole or (self._once and not self._fills_left) or (not self._once and now < self._fill_at):
            return False
        cut = await self._in_store(self._ingest.threads_cut, len(self._vain) + 1)
        remote = next((each for each in cut if each not in self._vain), None)
        if remote is None:
            self._whole = True
            return False
        self._fill_at = now + FILL_EVERY
        self._fills_left -= 1
        try:
            if not await self._read(puller, remote):
                self._vain.add(remote)
        except (AnswerLost, ServerFailed):
            if not self._fails_too_often(remote):
                raise
            self._vain.add(remote)
        return True

    def _fails_too_often(self, remote: str) -> bool:
        """Note that the server itself failed at a thread; True when it is to be put off."""
        self._failures[remote] += 1
        if self._failures[remote] < _MOST_FAILURES:
            return False
        _log.warning("%s: the helpdesk fails at the thread of #%s; it is put off", self._name, remote)
        return True

    async def _read(self, puller: Puller, remote: str) -> bool:
        """Read a thread; False when it can never be read, which is logged and stops nothing."""
        try:
            await puller.thread(remote)
        except (BadAnswer, NotAllowed, Rejected) as error:
            _log.warning("%s: a thread cannot be read: %s", self._name, error.sentence)
            if isinstance(error, NotAllowed):
                self.refused.add(remote)
            await self._in_store(self._ingest.wake, remote)
            return False
        except (HelpdeskError, SecretError, StoreError):
            raise
        except Exception:
            _log.exception("%s: reading the thread of #%s failed inside", self._name, remote)
            await self._in_store(self._ingest.wake, remote)
            return False
        self.refused.discard(remote)
        return True
