"""What a login may do on Request Tracker and how much there is for it, found out by reading alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from agentconsole.helpdesks.base import Rights, Speed
from agentconsole.helpdesks.rt.client import PAGE, TICKET_FIELDS, RtClient

_SAMPLE: Final = 20
"""So many tickets are read whole, to see what may be done with them and how long they take."""
_LISTS: Final = 9
"""Requests of a first sync beside tickets and threads, where there are few articles."""
_REQUESTS_A_THREAD: Final = 2


async def find_rights(
    client: RtClient,
    mine: str,
    active: str,
    history: str,
    *,
    read_only: bool,
    steady: Callable[[], float] = time.monotonic,
) -> Rights:
    """Find out what a login may do.

    RT tells with each ticket what this login may do with it, so nothing has to be tried.

    Args:
        client: The account's API.
        mine: The query for the agent's own unsolved tickets.
        active: The query for all unsolved tickets.
        history: The query for those of the history that is read.
        read_only: Don't tell of writing.
        steady: Tells seconds, for the measuring.

    Raises:
        HelpdeskError: It does not answer, or refuses the login.
    """
    began = steady()
    past = await client.page("tickets", {"query": history, "per_page": "1", "fields": "Subject"})
    a_request = steady() - began
    newest = {"orderby": "id", "order": "DESC", "per_page": str(_SAMPLE)}
    began = steady()
    page = await client.page("tickets", {**TICKET_FIELDS, "query": active, **newest})
    rows = page.rows
    if not rows:
        began = steady()
        rows = (await client.page("tickets", {**TICKET_FIELDS, "query": history, **newest})).rows
    a_ticket = max(0.0, steady() - began - a_request) / max(1, len(rows))
    may = {
        str(link.get("ref"))
        for row in rows
        if isinstance(row, dict) and isinstance(row.get("_hyperlinks"), list)
        for link in row["_hyperlinks"]
        if isinstance(link, dict)
    }
    replies, notes = "correspond" in may, "comment" in may
    return Rights(
        reads=bool(rows) or bool((await client.page("queues/all", {})).rows),
        writes=None if read_only or not rows else replies or notes,
        exports=False,
        notes_only=notes and not replies,
        tickets=None if page.total is None or past.total is None else page.total + past.total,
        mine=(await client.page("tickets", {"query": mine, "per_page": "1", "fields": "Subject"})).total,
        speed=Speed(_LISTS, PAGE, a_request, a_ticket, _REQUESTS_A_THREAD),
    )
