"""The company's service level agreement: how soon an answer is due."""

from __future__ import annotations

from agentconsole.demo.records import MessageRecord, SlaRecord

FIRST_REPLY = {"urgent": 1 * 3600, "high": 4 * 3600, "normal": 8 * 3600, "low": 24 * 3600}
"""Seconds from the ticket's creation to the first public answer, by priority."""
NEXT_REPLY = {"urgent": 1 * 3600, "high": 4 * 3600, "normal": 12 * 3600, "low": 24 * 3600}
"""Seconds from the customer's first unanswered message to the answer, by priority."""


def clocks(
    status: str,
    priority: str | None,
    messages: tuple[MessageRecord, ...],
    requester_id: int,
) -> tuple[SlaRecord, ...]:
    """Return the clocks that run on a ticket.

    Tickets without a priority have none, as in the original, and so have solved ones. While a ticket is
    pending or on hold the clock is paused and has no time of breach.
    """
    if priority is None or status in {"solved", "closed"}:
        return ()
    answered = False
    waiting_since: int | None = None
    for message in messages:
        if not message.public:
            continue
        if message.author_id == requester_id:
            if waiting_since is None:
                waiting_since = message.created_at
        else:
            answered = True
            waiting_since = None
    metric = "next_reply_time" if answered else "first_reply_time"
    if status in {"pending", "hold"}:
        return (SlaRecord(metric, "paused", None),)
    if waiting_since is None:
        return (SlaRecord(metric, "achieved", None),)
    limit = NEXT_REPLY[priority] if answered else FIRST_REPLY[priority]
    return (SlaRecord(metric, "active", waiting_since + limit),)
