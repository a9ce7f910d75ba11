"""Reads what notices are found in."""

from __future__ import annotations

from collections.abc import Sequence

from agentconsole.desk.context import Desk
from agentconsole.domain.notices import Watched
from agentconsole.domain.queries import parse_query

_WINDOW = 64
_MOST = 2_000
"""Of an agent's own unsolved tickets, so many are watched."""


def mine(desk: Desk, also: Sequence[int] = ()) -> list[Watched]:
    """Read the agent's unsolved tickets, asleep or not, all with a change that asks, and some more."""
    now = desk.clock.now()
    ids: dict[int, None] = {}
    for query in ("assignee:me status<solved", "assignee:me status<solved is:snoozed"):
        ids.update(dict.fromkeys(desk.reader.ticket_ids(parse_query(query), "due", now)[:_MOST]))
    asking = {change.ticket_id for change in desk.reader.changes(("conflict", "rejected", "unknown"), None)}
    return some(desk, [*ids, *sorted((asking | set(also)) - ids.keys())])


def resting(desk: Desk) -> frozenset[int]:
    """Read which solved tickets are the agent's: a customer's answer opens them again."""
    query = parse_query("assignee:me status:solved")
    return frozenset(desk.reader.ticket_ids(query, "updated", desk.clock.now()))


def some(desk: Desk, ids: Sequence[int]) -> list[Watched]:
    """Read some tickets; those that are gone are left out."""
    asking = {change.ticket_id for change in desk.reader.changes(("unknown",), None) if change.ask}
    found: list[Watched] = []
    for start in range(0, len(ids), _WINDOW):
        window = ids[start : start + _WINDOW]
        answered = desk.reader.answered_at(window)
        rows = desk.reader.queue_rows(window)
        found += [Watched(row, answered.get(key), key in asking) for key, row in rows.items()]
    return found
