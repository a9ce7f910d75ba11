"""Cuts bulk writes into short transactions, so that the console's next write never waits long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")

_LEAST, _MOST = 8, 1_000


class Pace:
    """Learns how many items fit into one short transaction."""

    def __init__(
        self, *, budget: float = 0.012, pause: float = 0.001, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Aim at transactions of `budget` seconds with `pause` seconds between them."""
        self._budget = budget
        self._pause = pause
        self._sleep = sleep
        self._size = 64

    def slices(self, items: Sequence[Item]) -> Iterator[Sequence[Item]]:
        """Go through the items in slices; the time until the next is asked for is the slice's transaction."""
        start = 0
        while start < len(items):
            part = items[start : start + self._size]
            began = time.perf_counter()
            yield part
            took = max(time.perf_counter() - began, 1e-6)
            fitting = int(len(part) * self._budget / took)
            # Grow slowly, shrink at once: one slow disk flush should not be followed by another long one.
            self._size = max(_LEAST, min(_MOST, fitting, self._size * 2))
            start += len(part)
            if start < len(items):
                self._sleep(self._pause)
