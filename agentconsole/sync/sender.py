"""The task of one account that sends what is due, as soon as it is due."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Final

from agentconsole.clock import Clock
from agentconsole.domain.errors import StoreError
from agentconsole.domain.times import SECOND
from agentconsole.helpdesks.base import Capabilities, Helpdesk
from agentconsole.sync.push import Pusher

ONCE_LONGEST_WAIT: Final = 90 * SECOND
"""A worker that runs once doesn't stay for what goes on later than this."""
_WAITING_SECONDS: Final = 0.5
_IDLE_SECONDS: Final = 30.0
_SETTLE_SECONDS: Final = 10.0

_log = logging.getLogger(__name__)

Gate = Callable[[], tuple[Helpdesk, Capabilities] | None]
"""Gives the helpdesk while anything may be sent."""


class Sender:
    """Drives a Pusher."""

    def __init__(self, name: str, pusher: Pusher, clock: Clock, gate: Gate, *, once: bool) -> None:
        self.not_before = 0
        """The helpdesk asks not to be written to before this instant."""
        self.given_up = False
        """With `once`: the account cannot be reached, so what waits for it is left."""
        self._name = name
        self._pusher = pusher
        self._clock = clock
        self._gate = gate
        self._once = once
        self._bell = asyncio.Event()
        self._stopping = False

    def ring(self) -> None:
        """There may be something to send."""
        self._bell.set()

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopping = True
        self._bell.set()

    async def run(self) -> None:
        """Send until stopped, or, with `once`, until nothing is left that goes on by itself."""
        while True:
            self._bell.clear()
            waiting = await self._round()
            if self._stopping or (self._once and not waiting):
                return
            await self._rest(_WAITING_SECONDS if waiting else _IDLE_SECONDS)

    async def settle(self) -> None:
        """Let what is under way come to its end; what doesn't in time is looked for at the next start."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SETTLE_SECONDS):
                await self._pusher.settled()
        self._pusher.cancel()

    async def waiting(self) -> bool:
        """Whether anything waits in the outbox that settles by itself."""
        if not self._once:
            return await self._pusher.waiting()
        soon = self._clock.now() + ONCE_LONGEST_WAIT
        if self.given_up or self.not_before > soon:
            return self._pusher.busy
        return await self._pusher.waiting(until=soon)

    async def _round(self) -> bool:
        try:
            await self._pusher.release()
            opened = self._gate() if self.not_before <= self._clock.now() else None
            if opened is not None:
                await self._pusher.start_due(*opened)
            return await self.waiting()
        except StoreError as error:
            _log.error("%s: the outbox cannot be read: %s", self._name, error.sentence)
            return not self._once

    async def _rest(self, seconds: float) -> None:
        tasks: set[asyncio.Task[Any]] = {asyncio.create_task(self._bell.wait())}
        if self._pusher.busy:
            tasks.add(asyncio.create_task(self._pusher.any_settled()))
        try:
            await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
