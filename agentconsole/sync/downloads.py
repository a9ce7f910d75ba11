"""Reads files that an agent has asked for, one after another, beside the feeds of the account."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable
from typing import Final

from agentconsole.clock import Clock
from agentconsole.domain.errors import ConsoleError
from agentconsole.domain.messages import RemoteAttachment
from agentconsole.domain.times import SECOND
from agentconsole.helpdesks.base import Helpdesk
from agentconsole.store.downloads import Downloads, FileCache
from agentconsole.sync.threads import StoreThread

_TELL_EVERY: Final = SECOND // 4
"""How often the progress of a file is noted."""

_log = logging.getLogger(__name__)


class Downloader:
    """Reads the wanted files of one account."""

    def __init__(
        self,
        name: str,
        downloads: Downloads,
        store: StoreThread,
        cache: FileCache,
        clock: Clock,
        helpdesk: Callable[[], Helpdesk | None],
    ) -> None:
        """Prepare.

        Args:
            name: Of the account.
            downloads: What is wanted.
            store: The thread of their connection.
            cache: Where files go.
            clock: Tells the present.
            helpdesk: The connected helpdesk; None while there is none.
        """
        self._name = name
        self._downloads = downloads
        self._in_store = store
        self._cache = cache
        self._clock = clock
        self._helpdesk = helpdesk
        self._bell = asyncio.Event()

    def ring(self) -> None:
        """Look for wanted files."""
        self._bell.set()

    async def run(self) -> None:
        """Read what is wanted, until cancelled."""
        await self._in_store(self._downloads.recover)
        while True:
            self._bell.clear()
            try:
                while await self.one():
                    pass
            except ConsoleError as error:
                _log.error("%s: files cannot be read: %s", self._name, error.sentence)
            await self._bell.wait()

    async def one(self) -> bool:
        """Read one wanted file, or note why it cannot be read; False when there is none or no connection.

        Raises:
            StoreError: The database cannot be written.
        """
        helpdesk = self._helpdesk()
        if helpdesk is None:
            return False
        wanted = await self._in_store(self._downloads.take)
        if wanted is None:
            return False
        attachment_id, attachment = wanted
        try:
            sha256, size = await self._read(helpdesk, attachment_id, attachment)
        except ConsoleError as error:
            await self._in_store(self._downloads.failed, attachment_id, error.sentence)
        except OSError as error:
            await self._in_store(self._downloads.failed, attachment_id, _disk_sentence(error))
        except Exception:
            _log.exception("%s: reading a file failed inside", self._name)
            sentence = "The file cannot be read, the program failed inside; the log has the details."
            await self._in_store(self._downloads.failed, attachment_id, sentence)
        else:
            await self._in_store(self._downloads.finished, attachment_id, sha256, size)
            keep = await self._in_store(self._downloads.in_use)
            await asyncio.to_thread(self._cache.trim, keep)
        return True

    async def _read(
        self, helpdesk: Helpdesk, attachment_id: int, attachment: RemoteAttachment
    ) -> tuple[str, int]:
        file = await asyncio.to_thread(self._cache.begin)
        told_at = self._clock.now()
        try:
            async for piece in helpdesk.download(attachment):
                await asyncio.to_thread(file.write, piece)
                if self._clock.now() - told_at >= _TELL_EVERY:
                    told_at = self._clock.now()
                    await self._in_store(self._downloads.progress, attachment_id, file.size)
            return await asyncio.to_thread(file.keep), file.size
        finally:
            await asyncio.to_thread(file.drop)


def _disk_sentence(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The file cannot be kept: the disk is full. Make room, then ask for it again."
    return f"The file cannot be kept ({error.strerror})."
