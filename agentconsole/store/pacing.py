"""Cuts bulk writes into short transactions, so that the console's next write never waits long."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypeVar

from agentconsole.store.failures import translated_errors

Item = TypeVar("Item")

_LEAST, _MOST = 32, 1_000

CHECKPOINT_PAGES: Final = 8_000
"""A checkpoint writes every page that an index touched anew: rarer ones, fewer pages."""


class Checkpoints:
    """Moves what was written from the log into the database, between transactions and not within a commit."""

    def __init__(self, conn: sqlite3.Connection, *, first: int = 2_000) -> None:
        """Checkpoint through `conn` about every CHECKPOINT_PAGES pages, at first after `first` items."""
        self._conn = conn
        self._items = 0
        self._due = first

    def wrote(self, count: int) -> None:
        """Note that so many items have been written; outside a transaction."""
        self._items += count
        if self._items < self._due or self._conn.in_transaction:
            return
        # Readers go on, and so does another writer; what they still need waits for the next time.
        with translated_errors():
            _, pages, _ = self._conn.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        self._due = max(_MOST, min(2 * self._due, self._items * CHECKPOINT_PAGES // max(1, pages)))
        self._items = 0


class Pace:
    """Learns how many items fit into one short transaction.

    Between two transactions the caller makes the next items ready; in that time, or a short sleep where it
    takes none, another program gets the lock.
    """

    def __init__(
        self,
        *,
        budget: float = 0.018,
        pause: float = 0.001,
        sleep: Callable[[float], None] = time.sleep,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        """Aim at transactions of `budget` seconds with at least `pause` seconds between them.

        The budget is time at work. Waiting for a turn on a busy machine counts a third: shorter transactions
        would not make it less busy, they would make more pages to write.
        """
        self._budget = budget
        self._pause = pause
        self._sleep = sleep
        self._size = 64
        self._ended = 0.0
        self._checkpoints = checkpoints
        self.longest = 0.0
        """Seconds that the longest transaction took."""
        self.longest_work = 0.0
        """Seconds of them at work, without waiting for a turn or the disk."""

    def slices(self, items: Sequence[Item]) -> Iterator[Sequence[Item]]:
        """Go through the items in slices, each of which is written in one `timed()` transaction."""
        start = 0
        while start < len(items):
            part = items[start : start + self._size]
            yield part
            start += len(part)

    @contextmanager
    def timed(self, count: int) -> Iterator[None]:
        """Wait if the last transaction has only just ended, then measure one that writes `count` items."""
        gap = time.perf_counter() - self._ended
        if gap < self._pause:
            self._sleep(self._pause - gap)
        began, began_work = time.perf_counter(), time.thread_time()
        yield
        self._ended = time.perf_counter()
        took, worked = self._ended - began, time.thread_time() - began_work
        self.longest = max(self.longest, took)
        self.longest_work = max(self.longest_work, worked)
        fitting = int(count * self._budget / max(worked, took / 3, 1e-6))
        # Not all at once: a slow flush of the disk says little about the next transaction.
        self._size = max(_LEAST, self._size // 2, min(_MOST, fitting, self._size * 2))
        if self._checkpoints is not None:
            self._checkpoints.wrote(count)
