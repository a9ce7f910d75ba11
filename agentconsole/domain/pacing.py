"""How fast writes may go out under a helpdesk's limits. Pure: instants are passed in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from agentconsole.domain.times import MINUTE

SPAN: Final = MINUTE
"""The limit of an account is counted over this time."""
TICKET_SPAN: Final = 10 * MINUTE
"""The limit of a single ticket is counted over this time."""
PATIENT_SHARE: Final = 0.8
"""The share of the limit that work nobody waits for may use: the rest is kept free for replies."""


def most_of(limit: int, *, urgent: bool) -> int:
    """Tell how many writes of the span something may be the last of.

    Args:
        limit: Writes in a span.
        urgent: A message; else a change of fields alone.
    """
    return limit if urgent else max(1, int(limit * PATIENT_SHARE))


def free_at(started: Iterable[int], most: int, span: int, now: int) -> int:
    """Tell when one more write may begin.

    Args:
        started: When earlier ones began.
        most: How many may begin within a span.
        span: Microseconds.
        now: The present instant, which is the answer when there is room.
    """
    recent = sorted(at for at in started if now - span < at <= now)
    if len(recent) < most:
        return now
    return recent[-most] + span
