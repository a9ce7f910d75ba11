"""What all writers share: one connection, and one `BEGIN IMMEDIATE` transaction a call."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from agentconsole.store.failures import transaction


class Writes:
    """Writes through one connection; safe to call from any thread, one call at a time."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        """Write through `conn`, from `open_store` with role `console` or `cli`."""
        self._conn = conn
        self._lock = threading.Lock()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, transaction(self._conn):
            yield self._conn
