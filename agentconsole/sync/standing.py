"""How an account stands with its helpdesk: kept in the store for the console, told to whoever watches."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Collection
from typing import Final, Literal

from agentconsole.clock import Clock
from agentconsole.domain.errors import StoreBusy, StoreFull
from agentconsole.store.ingest import Ingest
from agentconsole.sync.reports import Report, StateChanged
from agentconsole.sync.threads import StoreThread

State = Literal["", "ok", "syncing", "offline", "paused", "throttled"]

SLOW_SECONDS: Final = 15.0
"""After so long without an answer that is said."""
_NAMED: Final = 5
"""So many of the tickets that a login may not read are called by their numbers."""

_log = logging.getLogger(__name__)


class Standing:
    """One account's state and the sentence that explains it."""

    def __init__(
        self, name: str, ingest: Ingest, store: StoreThread, clock: Clock, report: Callable[[Report], None]
    ) -> None:
        self.state: State = ""
        self.sentence = ""
        self.why = ""
        self.asked = False
        """Whether the agent waits to hear how it stands."""
        self._waiting = False
        self._name = name
        self._ingest = ingest
        self._store = store
        self._clock = clock
        self._report = report

    async def put(
        self, state: State, sentence: str = "", *, retry_at: int | None = None, why: str = ""
    ) -> None:
        """Note the state; `ok` also notes the present as the last time that all was up to date.

        Args:
            state: How it stands.
            sentence: Why.
            retry_at: When it goes on by itself.
            why: The sentence in a few words.
        """
        changed = (state, sentence) != (self.state, self.sentence)
        self.tell(state, sentence)
        if not changed and (state == "syncing" or (state != "ok" and not self.asked)):
            return
        self.asked = self.asked and state == "syncing"
        self.why, self._waiting = why, False
        now = self._clock.now()
        await self._keep(last_sync_at=now if state == "ok" else None, retry_at=retry_at)

    @contextlib.asynccontextmanager
    async def telling_of_a_long_wait(self) -> AsyncIterator[None]:
        """Note, while what is done in it gets no answer for long, since when; it is given up much later."""
        since = self._clock.now()

        async def tell() -> None:
            await asyncio.sleep(SLOW_SECONDS)
            self._waiting = True
            await self._keep(asked_at=since)

        telling = asyncio.create_task(tell())
        try:
            yield
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
            if self._waiting:
                self._waiting = False
                await self._keep()

    async def _keep(
        self, *, last_sync_at: int | None = None, retry_at: int | None = None, asked_at: int | None = None
    ) -> None:
        try:
            await self._store(
                self._ingest.set_account_state,
                self.state,
                self.sentence,
                last_sync_at=last_sync_at,
                retry_at=retry_at,
                why=self.why,
                asked_at=asked_at,
            )
        except (StoreFull, StoreBusy) as error:
            _log.error("%s: its state cannot be stored: %s", self._name, error.sentence)

    def tell(self, state: State, sentence: str) -> None:
        """Report the state alone, where the store cannot take it."""
        if (state, sentence) != (self.state, self.sentence):
            self.state, self.sentence = state, sentence
            self._report(StateChanged(self._name, state, sentence))


def lacking(name: str, feeds: Collection[str], threads: Collection[str]) -> list[str]:
    """Say what a login has no right to read, though all else of its account is read.

    Args:
        name: The account's.
        feeds: Feeds that were refused.
        threads: Remote ids of tickets whose thread was refused.

    Returns:
        Sentences, each of which names the account.
    """
    said = []
    if lists := sorted(set(feeds) - {"messages"}):
        said.append(f"{name}: this login may not read {_listed(lists)}, so there are none here.")
    if "messages" in feeds:
        said.append(f"{name}: this login may not export, so threads are read when their tickets are opened.")
    if refused := sorted(threads, key=lambda each: (len(each), each)):
        them = "thread" if len(refused) == 1 else "threads"
        numbers = [f"#{each}" for each in refused[:_NAMED]]
        if len(refused) > _NAMED:
            numbers.append(f"{len(refused) - _NAMED:,} more")
        said.append(
            f"{name}: this login may not read the {them} of {_listed(numbers)}; ask an admin for the right."
        )
    return said


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
