"""How an account stands with its helpdesk: kept in the store for the console, told to whoever watches."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Literal

from agentconsole.clock import Clock
from agentconsole.domain.errors import StoreBusy, StoreFull
from agentconsole.store.ingest import Ingest
from agentconsole.sync.reports import Report, StateChanged
from agentconsole.sync.threads import StoreThread

State = Literal["", "ok", "syncing", "offline", "paused", "throttled"]

_log = logging.getLogger(__name__)


class Standing:
    """One account's state and the sentence that explains it."""

    def __init__(
        self, name: str, ingest: Ingest, store: StoreThread, clock: Clock, report: Callable[[Report], None]
    ) -> None:
        self.state: State = ""
        self.sentence = ""
        self._name = name
        self._ingest = ingest
        self._store = store
        self._clock = clock
        self._report = report

    async def put(self, state: State, sentence: str = "", *, retry_at: int | None = None) -> None:
        """Note the state; `ok` also notes the present as the last time that all was up to date."""
        changed = (state, sentence) != (self.state, self.sentence)
        self.tell(state, sentence)
        if not changed and state != "ok":
            return
        now = self._clock.now()
        try:
            await self._store(
                self._ingest.set_account_state,
                state,
                sentence,
                last_sync_at=now if state == "ok" else None,
                retry_at=retry_at,
            )
        except (StoreFull, StoreBusy) as error:
            _log.error("%s: its state cannot be stored: %s", self._name, error.sentence)

    def tell(self, state: State, sentence: str) -> None:
        """Report the state alone, where the store cannot take it."""
        if (state, sentence) != (self.state, self.sentence):
            self.state, self.sentence = state, sentence
            self._report(StateChanged(self._name, state, sentence))
