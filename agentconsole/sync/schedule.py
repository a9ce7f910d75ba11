"""When what is read: each feed on a clock of its own, the most pressing first. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Final, Literal

from agentconsole.domain.times import HOUR, MINUTE, SECOND

Stream = Literal[
    "fields", "groups", "tickets", "macros", "views", "articles", "organisations", "people", "messages"
]

STREAMS: Final[tuple[Stream, ...]] = (
    "fields",
    "groups",
    "tickets",
    "macros",
    "views",
    "articles",
    "organisations",
    "people",
    "messages",
)

PERIODS: Final[dict[Stream, int]] = {
    "fields": HOUR,
    "groups": HOUR,
    "macros": 10 * MINUTE,
    "views": HOUR,
    "articles": 10 * MINUTE,
    "organisations": 6 * HOUR,
    "people": 10 * MINUTE,
}
"""How often a feed is read again; tickets and messages follow the configured poll."""

RANKS: Final[dict[Stream, int]] = {
    "fields": 0,
    "groups": 0,
    "tickets": 1,
    "macros": 2,
    "views": 2,
    "articles": 3,
    "organisations": 4,
    "people": 4,
    "messages": 4,
}
HISTORY_RANK: Final = 4
"""Tickets' rank once those to work on are here: history takes turns with the bulk of the rest."""

EXPORT_LAG: Final = 70 * SECOND
"""A change shows in the exports this much later at most (Zendesk withholds the last minute)."""

_NEWS: Final[tuple[Stream, ...]] = ("tickets", "messages")


@dataclass(slots=True)
class Clockwork:
    """Which feed of an account is due."""

    poll: int
    """Between two polls for changed tickets, in microseconds."""
    due: dict[Stream, int]
    """When each feed is due; a feed that is not in it is switched off."""
    _turn: dict[Stream, int] = field(default_factory=dict)
    _turns: int = 0
    _history: bool = False
    _hurried: set[Stream] = field(default_factory=set)
    """Asked for since their reading began: what came after its first page may be missing from it."""
    _under_way: set[Stream] = field(default_factory=set)

    @classmethod
    def starting(cls, now: int, poll_seconds: int, streams: tuple[Stream, ...]) -> Clockwork:
        """Make one for which everything is due at once."""
        return cls(poll_seconds * SECOND, dict.fromkeys(streams, now))

    def next(self, now: int) -> Stream | None:
        """Tell which feed to read a page of now; None when none is due."""
        ready = [stream for stream, at in self.due.items() if at <= now]
        found = min(ready, key=lambda stream: (self._rank(stream), self._turn.get(stream, 0)), default=None)
        if found is not None and found not in self._under_way:
            self._hurried.discard(found)
        return found

    def next_at(self) -> int | None:
        """Tell when the next feed is due."""
        return min(self.due.values(), default=None)

    def read(self, stream: Stream, now: int, *, more: bool, changed: bool, history: bool = False) -> None:
        """Note that a page was read.

        Args:
            stream: The feed.
            now: The present.
            more: Another page can be had at once.
            changed: The page held anything.
            history: For tickets: those to work on are all here, what follows is history.
        """
        self._turns += 1
        self._turn[stream] = self._turns
        if stream == "tickets":
            self._history = history
        if more:
            self._under_way.add(stream)
        else:
            self._under_way.discard(stream)
        if more or stream in self._hurried:
            self.due[stream] = now
        elif stream == "messages":
            # Threads change only with their tickets, whose poll asks for them.
            self.due[stream] = now + HOUR
        else:
            self.due[stream] = now + PERIODS.get(stream, self.poll)
        if stream == "tickets" and changed and "messages" in self.due and not more:
            self.due["messages"] = min(self.due["messages"], now + EXPORT_LAG)

    def postpone(self, stream: Stream, until: int) -> None:
        """Leave a feed alone for a while."""
        if stream in self.due:
            self.due[stream] = until

    def hurry(self, now: int, *streams: Stream) -> None:
        """Read feeds at once; by default those that the agent means by asking for what is new."""
        for stream in streams or _NEWS:
            if stream in self.due:
                self.due[stream] = min(self.due[stream], now)
                self._hurried.add(stream)

    def begin_again(self, now: int) -> None:
        """Have everything due at once: the clock was set back."""
        self.due = {stream: min(at, now) for stream, at in self.due.items()}

    def drop(self, stream: Stream) -> None:
        """Switch a feed off: this login may not have it."""
        self.due.pop(stream, None)

    def _rank(self, stream: Stream) -> int:
        return HISTORY_RANK if stream == "tickets" and self._history else RANKS[stream]


@dataclass(slots=True)
class Backoff:
    """Growing waits with jitter, so that many who failed together don't come back together."""

    first: int
    longest: int
    chance: random.Random = field(default_factory=random.SystemRandom)
    _failures: int = 0

    def failed(self) -> int:
        """Note a failure; return how long to wait, in microseconds."""
        whole = min(self.first << min(self._failures, 20), self.longest)
        self._failures += 1
        return whole // 2 + self.chance.randrange(whole // 2 + 1)

    def succeeded(self) -> None:
        """Begin anew."""
        self._failures = 0


def wait_after(
    attempts: int, chance: random.Random, *, first: int = 2 * SECOND, longest: int = 300 * SECOND
) -> int:
    """Tell how long to wait before a step's next attempt, in microseconds, by how many it has had."""
    whole = min(first << min(max(attempts - 1, 0), 20), longest)
    return whole // 2 + chance.randrange(whole // 2 + 1)
