"""The one place where time is read; all else is given a clock or an instant."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Tells the present instant."""

    def now(self) -> int:
        """The present instant in UTC microseconds."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """The present instant in UTC microseconds."""
        return time.time_ns() // 1000


@dataclass
class FixedClock:
    """A clock that stands still until it is moved; for tests and screenshots."""

    instant: int

    def now(self) -> int:
        """The instant it was set to."""
        return self.instant
