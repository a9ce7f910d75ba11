"""Upkeep behind the feeds: what nobody needs any more goes, what an older cleaner made is cleaned again."""

from __future__ import annotations

import asyncio
import itertools
import logging
from typing import Final

from agentconsole.clock import Clock
from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.times import DAY, HOUR
from agentconsole.store.blobs import Blobs
from agentconsole.store.downloads import FileCache
from agentconsole.store.upkeep import Upkeep
from agentconsole.sync.threads import StoreThread

KEPT: Final = 90 * DAY
"""Settled Changes are listed for so long."""
_FILES_KEPT: Final = HOUR
"""A file copied this recently may belong to a Change that is about to be stored."""
_OPENED_KEPT: Final = 7 * DAY
"""A copy that another program has opened may be open for days."""
_EVERY_SECONDS: Final = 3600.0
_PAUSE_SECONDS: Final = 0.2
_TROUBLE_SECONDS: Final = 300.0
_ONCE_SLICES: Final = 100
"""How many slices of texts a worker cleans that runs once; the next one goes on."""

_log = logging.getLogger(__name__)


class Keeper:
    """Does the upkeep of a profile; all work is done on `thread`."""

    def __init__(
        self, upkeep: Upkeep, blobs: Blobs, cache: FileCache, thread: StoreThread, clock: Clock
    ) -> None:
        self._upkeep = upkeep
        self._blobs = blobs
        self._cache = cache
        self._thread = thread
        self._clock = clock

    async def run(self) -> None:
        """Do what there is to do, once an hour, until cancelled."""
        while True:
            try:
                await self._tidy()
                await self._clean(None, _PAUSE_SECONDS)
            except (ConsoleError, OSError) as error:
                _log.error("The upkeep is behind: %s", error)
                await asyncio.sleep(_TROUBLE_SECONDS)
            else:
                await asyncio.sleep(_EVERY_SECONDS)

    async def once(self) -> None:
        """Do what there is to do, but no endless work."""
        try:
            await self._tidy()
            await self._clean(_ONCE_SLICES, 0)
        except (ConsoleError, OSError) as error:
            _log.error("The upkeep is behind: %s", error)

    async def _tidy(self) -> None:
        now = self._clock.now()
        await self._thread(self._upkeep.forget_settled, now - KEPT)
        await self._thread(self._drop_files, now - _FILES_KEPT)
        left = await self._thread(self._cache.drop_opened, now - _OPENED_KEPT)
        if left:
            _log.warning("Copies that were made to be opened cannot be removed, such as %s", left[0])
        await self._thread(self._upkeep.shrink_log)

    async def _clean(self, slices: int | None, pause: float) -> None:
        """Clean so many slices, or all, with pauses."""
        for done in itertools.count(1):
            articles = await self._thread(self._upkeep.clean_articles)
            messages = await self._thread(self._upkeep.clean_messages)
            if done == slices or not (articles or messages):
                return
            await asyncio.sleep(pause)

    def _drop_files(self, before: int) -> None:
        # The names are read after the instant was taken, so a Change that came between keeps its files.
        self._blobs.keep_only(self._upkeep.files_needed(), before=before)
