"""Working through a list one ticket after another, and what has been done today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Final, Literal

from agentconsole.desk.context import Desk
from agentconsole.domain.queue_rows import QueueRow
from agentconsole.domain.times import instant_of, moment_of

LONGEST: Final = 500
"""Tickets of one round."""

_WINDOW: Final = 60
_OVER: Final = frozenset({"solved", "closed"})

Left = Literal["gone", "taken", "answered", "solved", "snoozed"]
"""Why a ticket is left out: it is gone, a colleague has it or has written, it is solved or sleeps."""


@dataclass(slots=True)
class Round:
    """The tickets of a list as they were when the round began."""

    began_at: int
    left: list[int]
    """Local ids of those still to come, the one that is shown first."""
    assignees: dict[int, str] = field(default_factory=dict)
    solved: frozenset[int] = frozenset()
    """Those that were solved when it began, which the list shows all the same."""
    done: set[int] = field(default_factory=set)
    left_out: dict[int, Left] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """Which ticket of the round is shown, from 1 on."""
        return len(self.done) + 1

    @property
    def total(self) -> int:
        """How many tickets it has, without those that were left out."""
        return len(self.done) + len(self.left)


@dataclass(frozen=True, slots=True)
class Today:
    """What has gone out since the agent's day began."""

    replies: int = 0
    solved: int = 0
    done: int = 0
    """Tickets answered or solved."""


def begin_round(desk: Desk, ticket_ids: Sequence[int]) -> Round:
    """Begin a round over a list's first tickets, in its order."""
    left = list(ticket_ids[:LONGEST])
    rows = _rows(desk, left)
    return Round(
        desk.clock.now(),
        [one for one in left if one in rows],
        {key: row.assignee for key, row in rows.items()},
        frozenset(key for key, row in rows.items() if row.status in _OVER),
    )


def first_left(desk: Desk, round_: Round) -> int | None:
    """Bring the next ticket that is still to be done to the front; None at the end."""
    while round_.left:
        ticket_id = round_.left[0]
        why = why_left_out(desk, round_, ticket_id)
        if why is None:
            return ticket_id
        round_.left.pop(0)
        round_.left_out[ticket_id] = why
    return None


def why_left_out(desk: Desk, round_: Round, ticket_id: int) -> Left | None:
    """Tell why a ticket of the round needs nothing of the agent any more; None where it does."""
    row = desk.reader.queue_rows([ticket_id]).get(ticket_id)
    if row is None or desk.reader.is_hidden(ticket_id):
        return "gone"
    if row.assignee != round_.assignees.get(ticket_id) and not row.assigned_to_me and row.assignee:
        return "taken"
    if row.snoozed_until is not None and row.snoozed_until > desk.clock.now():
        return "snoozed"
    if row.status in _OVER and ticket_id not in round_.solved:
        return "solved"
    if desk.reader.colleague_wrote_since(ticket_id, round_.began_at):
        return "answered"
    return None


def ask_ahead(desk: Desk, ticket_ids: Iterable[int]) -> None:
    """Have the threads read that will be looked at next, where they may be stale; writes."""
    asked = False
    for ticket_id in ticket_ids:
        detail = desk.reader.ticket_detail(ticket_id, desk.clock.now(), thread=False)
        if detail is not None and not detail.thread_fresh and detail.row.remote_id is not None:
            desk.writer.request_thread(ticket_id, desk.clock.now())
            asked = True
    if asked:
        desk.wake()


def done_today(desk: Desk) -> Today:
    """Count what this profile has sent since the agent's day began; takes a moment, so read it behind."""
    here = moment_of(desk.clock.now(), desk.config.zone)
    begin = instant_of(datetime.combine(here.date(), time(), here.tzinfo))
    answered: set[int] = set()
    solved: set[int] = set()
    replies = 0
    for ticket_id, public, solves in desk.reader.sent_since(begin):
        if public:
            replies += 1
            answered.add(ticket_id)
        if solves:
            solved.add(ticket_id)
    return Today(replies, len(solved), len(answered | solved))


def _rows(desk: Desk, ticket_ids: Sequence[int]) -> dict[int, QueueRow]:
    found: dict[int, QueueRow] = {}
    for start in range(0, len(ticket_ids), _WINDOW):
        found |= desk.reader.queue_rows(ticket_ids[start : start + _WINDOW])
    return found
