"""The server's own clock: whole epoch seconds, movable for a seeded date and for tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime


class ServerClock:
    """A clock that runs with the wall clock, shifted by a fixed number of seconds."""

    def __init__(self, offset: int = 0, wall: Callable[[], float] = time.time) -> None:
        self._offset = offset
        self._wall = wall
        self._lock = threading.Lock()

    @classmethod
    def starting_at(cls, now: int, wall: Callable[[], float] = time.time) -> ServerClock:
        """A clock that shows `now` (epoch seconds) at this moment and goes on from there."""
        return cls(now - int(wall()), wall)

    @property
    def offset(self) -> int:
        """Seconds ahead of the wall clock."""
        return self._offset

    def now(self) -> int:
        """The present, in whole epoch seconds."""
        return int(self._wall()) + self._offset

    def advance(self, seconds: int) -> None:
        """Move the clock forward by `seconds`."""
        with self._lock:
            self._offset += seconds


def iso(stamp: int | None) -> str | None:
    """`stamp` (epoch seconds) as the dialect writes it: `2026-03-02T09:15:00Z`; None stays None."""
    if stamp is None:
        return None
    return datetime.fromtimestamp(stamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_iso(text: str) -> int | None:
    """Epoch seconds of an ISO-8601 date or time (UTC when it names no zone); None when it is neither."""
    try:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp())
