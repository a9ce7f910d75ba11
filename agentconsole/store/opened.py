"""A profile's database, opened: the queue's reads at once, all others when they are first asked for.

What the others are made of takes a tenth of a second to import, which the first frame need not wait for.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from agentconsole.store.read_tickets import TicketReads
from agentconsole.store.reads import Connections

if TYPE_CHECKING:
    from agentconsole.store.reader import Reader
    from agentconsole.store.writer import Writer


class OpenedStore:
    """Reads and writes of one profile, on a connection each."""

    def __init__(
        self,
        reading: sqlite3.Connection,
        open_writing: Callable[[], sqlite3.Connection],
        *,
        zone: tzinfo = UTC,
    ) -> None:
        """Take the database over.

        Args:
            reading: From `open_store`; closed by `close`.
            open_writing: Opens the connection that is written on; called once at most, from any thread.
            zone: The agent's time zone, in which queries' days begin.
        """
        self._reading = reading
        self._open_writing = open_writing
        self._writing: sqlite3.Connection | None = None
        self._connections = Connections(reading)
        self._zone = zone
        self._lock = threading.Lock()
        self._reader: Reader | None = None
        self._writer: Writer | None = None
        self.queue = TicketReads(self._connections, zone=zone)
        """Accounts and the queue: what the first frame reads."""

    @property
    def reader(self) -> Reader:
        """Everything that can be read."""
        if self._reader is None:
            from agentconsole.store.reader import Reader

            with self._lock:
                if self._reader is None:
                    self._reader = Reader(self._connections, zone=self._zone)
        return self._reader

    @property
    def writer(self) -> Writer:
        """What writes.

        Raises:
            StoreError: The database cannot be opened once more.
        """
        if self._writer is None:
            from agentconsole.store.writer import Writer

            with self._lock:
                if self._writer is None:
                    self._writing = self._open_writing()
                    self._writer = Writer(self._writing)
        return self._writer

    def stop_reads(self, thread: int) -> None:
        """Break off what a thread reads, as `Connections.stop` does; what is written goes on."""
        self._connections.stop(thread)

    def close(self) -> None:
        """Close the database."""
        self._connections.close()
        if self._writing is not None:
            self._writing.close()
        self._reading.close()
